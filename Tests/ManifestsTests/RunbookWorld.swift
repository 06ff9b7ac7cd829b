import Manifests
import MigrationSpec
import SystemPackage
import TestSupport
import Testing

/// A way of installing Backstage and of moving it, as far as the runbooks differ by it.
struct RunbookWorld: Sendable, CustomTestStringConvertible {
    /// What is rendered, one after another.
    struct Step: Sendable {
        var moment: PhaseTests.Moment
        var generation = 1
        var attempt = 1
        /// How the Job of it fails; a person reads on where the runbook says so.
        var failure: KubectlCluster.Failure?

        var title: String { "\(moment.testDescription), generation \(generation), attempt \(attempt)" }
    }

    let name: String
    var mode = "copy"
    var gate = "job"
    var engine = ""
    var target = "cloudNativePG: {}"
    var release = #""1.9""#
    var localDatabase = "retire"
    var cutover = ""
    var migration = ""
    var steps = whole
    /// A golden tree's config in the place of all these.
    var golden: String?

    var testDescription: String { name }

    var operatorRelease: OperatorStandIn.Release {
        release == #""1.9""# && golden == nil ? .upTo1_9 : .from1_10
    }

    // MARK: Steps

    private static let prepare = PhaseTests.Moment(phase: .prepare)
    private static let migrate = PhaseTests.Moment(phase: .migrate)
    private static let done = PhaseTests.Moment(phase: .done)
    private static let back = [
        Step(moment: .init(phase: .rollback)), Step(moment: .init(phase: .rollback, step: .cutoverBack)),
    ]

    /// From the rehearsal to a second move after a rollback.
    private static let whole =
        [Step(moment: prepare), Step(moment: migrate)] + back
        + [Step(moment: migrate, generation: 2), Step(moment: done, generation: 2)]

    /// With a Job that fails for good, and one that comes to its deadline.
    private static let failing =
        [
            Step(moment: prepare), Step(moment: migrate, failure: .exit),
            Step(moment: migrate, attempt: 2, failure: .deadline), Step(moment: migrate, attempt: 3),
        ] + back + [Step(moment: migrate, generation: 2), Step(moment: done, generation: 2)]

    private static let onward = [Step(moment: migrate), Step(moment: done)]

    static let all =
        [
            RunbookWorld(name: "a copied CR by hand, alerts, operator 1.9", migration: ", alerts: true"),
            RunbookWorld(
                name: "a copied CR by hand, no gate, operator 1.10", gate: "none", release: #""1.10""#,
                localDatabase: "keep", steps: onward),
            RunbookWorld(
                name: "a CR in git, a receipt by hand, Argo CD, operator 1.10", mode: "inPlace", gate: "manual",
                engine: EngineTests.argocd, release: #""1.10""#, localDatabase: "keep"),
            RunbookWorld(
                name: "an overlay's CR, a StatefulSet of the official image, the newest operator, Jobs that fail",
                mode: "patch", target: "statefulSet: {image: 'docker.io/library/postgres:17', tls: {mode: disabled}}",
                release: #""1.11""#, localDatabase: "keep", steps: failing),
            RunbookWorld(
                name: "a door, a word, Flux, a StatefulSet of the sclorg image", mode: "inPlace",
                engine: EngineTests.flux,
                target: "statefulSet: {image: 'quay.io/sclorg/postgresql-16-c9s:latest', tls: {mode: disabled}}",
                release: #""1.10""#, localDatabase: "keep", cutover: ", door: true",
                migration: ", cutover: onCommand", steps: onward),
        ]
        + [
            ("helm-rhdh", onward), ("helm-backstage-in-place", onward),
            ("external-plain-backstage", [Step(moment: prepare)] + onward),
            ("external-plain-text-by-hand", onward), ("external-sealed-secrets-two-roles", [Step(moment: migrate)]),
            ("zalando-other-namespace", [Step(moment: migrate)]), ("cloudnativepg", onward),
            ("sops-by-hand", [Step(moment: migrate)]),
        ].map { RunbookWorld(name: $0.0, steps: $0.1, golden: $0.0) }

    // MARK: Config

    /// The folder of the golden tree's config and of what it names.
    var folder: FilePath? {
        golden.map { GoldenTree.folder.appending($0 == "sops-by-hand" ? "external-sops-flux" : $0) }
    }

    static let cr = """
        apiVersion: rhdh.redhat.com/v1alpha4
        kind: Backstage
        metadata: {name: portal, namespace: portal}
        spec: {application: {extraEnvs: {secrets: [{name: portal-secrets}]}}}

        """

    func config(at step: Step, mode: String? = nil) throws -> String {
        let rollback = step.moment.phase == .rollback ? "  rollback: {step: \(step.moment.step.rawValue)}\n" : ""
        let phase = "  phase: \(step.moment.phase.rawValue)\n\(rollback)"
        if let folder {
            var text = try folder.appending("rehome.yaml").text().replacing("../../../../", with: "\(Checkout.folder)/")
            if golden == "sops-by-hand" {
                text = text.replacing(#/\x20\x20engine:\n.*\n/#, with: "")
            }
            if let mode { text = text.replacing("mode: none", with: "mode: \(mode)") }
            return text + phase
        }
        return """
            apiVersion: rehome.dev/v1alpha1
            kind: Migration
            metadata: {name: portal-db, namespace: portal}
            spec:
              backstage: {file: cr.yaml, operatorVersion: \(release)}
            \(phase)  platform: kubernetes
              target: {\(target)}
              credentials: {existing: {secretName: portal-db-credentials}}
              migration: {image: 'registry.example.com/rehome-job:1', generation: \(step.generation), attempt: \(step.attempt)\(migration)}
              cutover: {mode: \(mode ?? self.mode), gate: \(gate), localDatabase: \(localDatabase), savedSecret: portal-db-source-credentials\(cutover)}
              orchestrator: {enabled: true}
            \(engine)
            """
    }

    /// - Parameters:
    ///   - mode: who changes Backstage, in the place of its own.
    ///   - own: the folder with the team's own files as they have become; as they were before any migration where it is
    ///     `nil`.
    func render(_ step: Step, mode: String? = nil, own: FilePath? = nil) throws -> RenderedMigration {
        let config = try config(at: step, mode: mode)
        let folder = folder
        let disk = InputFiles.disk(environment: [:])
        let input = InputFiles(environment: ["GOLDEN_PASSWORD": "throw-away"]) { path throws(InputFiles.Failure) in
            if path.string == "rehome.yaml" { return Array(config.utf8) }
            if path.isAbsolute { return try disk.read(path) }
            let name = path.string == "cr.yaml" ? FilePath("backstage.yaml") : path
            if let own, let text = try? own.appending(name.components).text() { return Array(text.utf8) }
            if let folder { return try disk.read(folder.appending(name.components)) }
            guard path.string == "cr.yaml" else { throw .missing }
            return Array(Self.cr.utf8)
        }
        return try Renderer().render(["rehome.yaml"], with: MigrationLoader(files: input))
    }
}
