import FoundationEssentials
import Manifests
import MigrationSpec
import OutputFolder
import Subprocess
import SystemPackage
import TestSupport
import Testing
import YAMLTree

/// Every command of every runbook, in the order of the text, with kubectl against a stand-in for a cluster: through the
/// whole life of a migration, each page a first and a second time.
struct RunbookLifeTests {
    /// A way of applying things, which the pages differ by.
    struct Way: Sendable, CustomTestStringConvertible {
        var mode = "copy"
        var gate = "job"
        var engine = ""
        var testDescription: String {
            "\(mode), \(gate), \(engine.isEmpty ? "by hand" : engine.contains("flux") ? "Flux" : "Argo CD")"
        }

        static let all = [
            Way(), Way(mode: "inPlace", gate: "manual"), Way(engine: EngineTests.argocd),
            Way(mode: "inPlace", engine: EngineTests.flux),
        ]
    }

    private static let cr = """
        apiVersion: rhdh.redhat.com/v1alpha4
        kind: Backstage
        metadata: {name: portal, namespace: portal}
        spec: {application: {extraEnvs: {secrets: [{name: portal-secrets}]}}}

        """

    private static func config(_ way: Way, _ moment: PhaseTests.Moment, generation: Int) -> String {
        """
        apiVersion: rehome.dev/v1alpha1
        kind: Migration
        metadata: {name: portal-db, namespace: portal}
        spec:
          backstage: {file: cr.yaml, operatorVersion: "1.9"}
          phase: \(moment.phase.rawValue)
          rollback: {step: \(moment.step.rawValue)}
          platform: kubernetes
          target: {cloudNativePG: {}}
          credentials: {existing: {secretName: portal-db-credentials}}
          migration: {image: registry.example.com/rehome-job:1, generation: \(generation)}
          cutover: {mode: \(way.mode), gate: \(way.gate), localDatabase: retire, savedSecret: portal-db-source-credentials}
          orchestrator: {enabled: true}
        \(way.engine)
        """
    }

    @Test(arguments: Way.all)
    func `every command works, first and again, from the rehearsal to a second move after a rollback`(way: Way)
        async throws
    {
        guard
            (try? await run(.name("kubectl"), arguments: ["version", "--client"], output: .discarded))?
                .terminationStatus.isSuccess == true
        else { try Test.cancel("kubectl is not installed") }
        try await withTemporaryFolder { folder in
            let cluster = try await KubectlCluster.start(in: folder, namespace: "portal", instance: "portal")
            let cr = folder.appending("cr.yaml")
            try cr.write(Self.cr)
            try programs(in: folder)
            try await shell(
                "kubectl apply -f cr.yaml && kubectl get deployments -A && kubectl get deployments -A && kubectl get deployments -A",
                in: folder, folder, cluster)
            #expect(try await cluster.names().contains("deployments/backstage-portal"))
            let life: [(PhaseTests.Moment, Int)] = [
                (.init(phase: .prepare), 1), (.init(phase: .migrate), 1), (.init(phase: .rollback), 1),
                (.init(phase: .rollback, step: .cutoverBack), 1), (.init(phase: .migrate), 2), (.init(phase: .done), 2),
            ]
            for (moment, generation) in life {
                let out = folder.appending("out-\(moment.phase.rawValue)-\(moment.step.rawValue)-\(generation)")
                let texts = ["rehome.yaml": Self.config(way, moment, generation: generation), "cr.yaml": try cr.text()]
                let input = InputFiles(environment: [:]) { path throws(InputFiles.Failure) in
                    guard let text = texts[path.string] else { throw .missing }
                    return Array(text.utf8)
                }
                let rendered = try Renderer().render(["rehome.yaml"], with: MigrationLoader(files: input))
                _ = try OutputFolder(out, version: "test").write(rendered.files)
                for edit in rendered.edits {
                    try cr.write(String(decoding: edit.new, as: UTF8.self))
                    // Whoever owns the CR applies it.
                    try await shell("kubectl apply -f cr.yaml", in: folder, folder, cluster)
                }
                let page = try rendered.files.text("README.md")
                for time in ["first", "again"] {
                    let context = "\(moment.testDescription), generation \(generation), \(time)"
                    try await play(page, in: out, folder, cluster, context)
                    try await expectWorking(cluster, moment, context)
                }
            }
        }
    }

    /// Whatever the CR names is there, so that new pods start.
    private func expectWorking(_ cluster: KubectlCluster, _ moment: PhaseTests.Moment, _ context: String) async throws {
        let names = try await cluster.names()
        #expect(names.contains("deployments/backstage-portal"), "\(context)")
        if moment.phase == .done {
            #expect(
                !names.contains { $0.hasPrefix("configmaps/portal-db-receipt-") || $0.hasPrefix("jobs/") },
                "\(context): \(names)")
            #expect(!names.contains("secrets/portal-db-source-credentials"), "\(context)")
        } else {
            #expect(names.contains("secrets/portal-db-source-credentials"), "\(context)")
        }
    }

    /// A page's commands in one shell, since some use what others have set.
    private func play(
        _ page: String, in out: FilePath, _ folder: FilePath, _ cluster: KubectlCluster, _ context: String
    ) async throws {
        var seen: Set<String> = []
        // Nothing can be run in a pod here.
        let commands = RunbookCommands(page).all.filter { command in
            !command.script.contains(" exec ") && seen.insert(command.script).inserted
        }
        #expect(commands.count > 6)
        let script = commands.enumerated().map { "echo '@@ \($0.offset)' >&2\n\($0.element.script)" }.joined(
            separator: "\n")
        let result = try await self.result(of: script, in: out, folder, cluster)
        guard !result.isSuccess else { return }
        let last = result.errors.matches(of: /@@ ([0-9]+)/).last.flatMap { Int($0.1) } ?? 0
        Issue.record("\(context): \(commands[last].script)\n\(result.errors.suffix(800))")
    }

    // MARK: The shell

    /// Programs that have no stand-in do nothing, and nobody sleeps long.
    private func programs(in folder: FilePath) throws {
        let programs = folder.appending("bin")
        try FileManager.default.createDirectory(atPath: programs.string, withIntermediateDirectories: false)
        for (name, text) in [
            "sleep": "exec /bin/sleep 0.02", "helm": "exit 0", "sops": "cat", "kubeseal": "cat", "flux": "exit 0",
            "argocd": "exit 0",
        ] {
            let path = programs.appending(name)
            try path.write("#!/bin/sh\n\(text)\n")
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path.string)
        }
    }

    private func shell(_ script: String, in place: FilePath, _ folder: FilePath, _ cluster: KubectlCluster) async throws
    {
        let result = try await result(of: script, in: place, folder, cluster)
        #expect(result.isSuccess, "\(result.errors)")
    }

    private func result(
        of script: String, in place: FilePath, _ folder: FilePath, _ cluster: KubectlCluster
    ) async throws -> (isSuccess: Bool, errors: String) {
        let result = try await Subprocess.run(
            .path("/usr/bin/timeout"), arguments: ["400", "sh", "-e", "-c", script],
            environment: .inherit.updating([
                "PATH": "\(folder.appending("bin")):/usr/local/bin:/usr/bin:/bin",
                "KUBECONFIG": cluster.kubeconfig.string, "HOME": folder.string,
                "CHART": "chart", "VERSION": "1",
            ]), workingDirectory: place, output: .discarded, error: .string(limit: 1 << 20))
        return (result.terminationStatus.isSuccess, result.standardError)
    }
}
