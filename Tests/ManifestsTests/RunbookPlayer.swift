import FoundationEssentials
import MigrationSpec
import OutputFolder
import Subprocess
import SystemPackage
import TestSupport
import Testing
import YAMLTree

@testable import Manifests

/// Who renders, changes Backstage where the runbook leaves that to somebody, and runs its commands, with kubectl against a
/// stand-in for a cluster.
struct RunbookPlayer {
    let world: RunbookWorld
    let folder: FilePath
    let cluster: KubectlCluster
    /// The StatefulSet's own, of which only `psql` is asked.
    let server: PostgresServer?
    /// How often a command in the middle of a sentence has been run; twice is enough for each.
    private var played: [RunbookKind: Int] = [:]

    /// What was printed, and what is wrong.
    struct Result {
        var output: String
        var failure: String?
    }

    init(_ world: RunbookWorld, in folder: FilePath, server: PostgresServer?) async throws {
        self.world = world
        self.folder = folder
        self.server = server
        cluster = try await KubectlCluster.start(in: folder, namespace: "portal", release: world.operatorRelease)
        try await begin()
    }

    // MARK: What is there before

    private func begin() async throws {
        try FileManager.default.createDirectory(
            atPath: folder.appending("values").string, withIntermediateDirectories: false)
        if let source = world.folder {
            for name in ["values.yaml", "chart-values.yaml", "backstage.yaml"] {
                guard let text = try? source.appending(name).text() else { continue }
                try folder.appending("values/\(name)").write(text)
            }
        } else {
            try folder.appending("values/backstage.yaml").write(RunbookWorld.cr)
        }
        try programs()
        let loaded = try render(RunbookWorld.Step(moment: .init(phase: .migrate)), mode: "none").migration
        if loaded.backstage != nil {
            // The operator acts on its third look.
            let apply = "kubectl -n portal apply -f values/backstage.yaml"
            try await run(apply + String(repeating: " && kubectl get deployments -A", count: 3), in: folder)
        } else {
            try write(deployment(loaded, sources: []), to: "chart.yaml")
            try await run("kubectl create -f chart.yaml", in: folder)
            try await beginChartsDatabase(of: loaded.helm)
        }
        #expect(try await cluster.names().contains("deployments/\(loaded.deployment)"))
    }

    /// What the subchart makes, with the labels that it gives all of it; the one with the release's is an Application's where
    /// Argo CD has put its own there.
    private func beginChartsDatabase(of release: HelmRelease?) async throws {
        let objects = release.map { release in
            let name = release.databaseName
            return [
                ("StatefulSet", name), ("Service", name), ("Service", "\(name)-hl"), ("Secret", name),
                ("ServiceAccount", name), ("ConfigMap", "\(name)-init-scripts"),
                ("PersistentVolumeClaim", "data-\(name)-0"),
            ]
        }
        try folder.appending("chart-database").write(
            (objects ?? []).map { "\($0.0.lowercased())/\($0.1)\n" }.joined())
        for (kind, name) in objects ?? [] {
            let labels: YAMLValue = [
                "app.kubernetes.io/instance": "an-application", "app.kubernetes.io/name": "postgresql",
            ]
            try write(
                [
                    "apiVersion": kind == "StatefulSet" ? "apps/v1" : "v1", "kind": .string(kind),
                    "metadata": ["name": .string(name), "namespace": "portal", "labels": labels],
                ], to: "object.yaml")
            try await run("kubectl create --validate=false -f object.yaml", in: folder)
        }
    }

    private func programs() throws {
        let programs = folder.appending("bin")
        try FileManager.default.createDirectory(atPath: programs.string, withIntermediateDirectories: false)
        let script = Checkout.folder.appending("Tests/TestSupport/scripts/runbook-programs.sh")
        for name in ["kubectl", "helm", "sops", "kubeseal", "argocd", "flux", "sleep"] {
            try FileManager.default.createSymbolicLink(
                atPath: programs.appending(name).string, withDestinationPath: script.string)
        }
        var environment = [
            "PATH": "/usr/bin:/bin", "POSTGRES_HOST": "db.example.com",
            "NODE_EXTRA_CA_CERTS": Checkout.folder.appending("examples/external/ca.pem").string,
        ]
        if let server {
            environment["PATH"] = "\(server.installation.programs):/usr/bin:/bin"
            environment["POSTGRES_USER"] = server.superuser
            environment["PGHOST"] = server.folder.string
            environment["PGPORT"] = "\(server.port)"
            environment["PGPASSWORD"] = server.password
        }
        try folder.appending("pod.env").write(environment.map { "\($0.key)=\($0.value)\n" }.joined())
    }

    // MARK: Rendering

    func render(_ step: RunbookWorld.Step, mode: String? = nil) throws -> RenderedMigration {
        try world.render(step, mode: mode, own: folder.appending("values"))
    }

    /// Writes a step's tree, as `rehome render` does, into a folder of the step's.
    func write(_ rendered: RenderedMigration, for step: RunbookWorld.Step) throws -> FilePath {
        let name = "\(step.moment.phase.rawValue)-\(step.moment.step.rawValue)-\(step.generation)-\(step.attempt)"
        let out = folder.appending(name).appending("out")
        let sealer = Sealer(mode: .keep, now: Int(Date().timeIntervalSince1970)) { _ in nil }
        let files = try sealer.seal(rendered.files, of: rendered.migration).files
        try FileManager.default.createDirectory(
            atPath: out.removingLastComponent().string, withIntermediateDirectories: false)
        _ = try OutputFolder(out, version: "test").write(files)
        return out
    }

    // MARK: Changing Backstage

    /// What somebody does with what the stage has changed, before the runbook's commands are run: everything waits for
    /// the gate, or for the door.
    func change(_ rendered: RenderedMigration, at step: RunbookWorld.Step, out: FilePath) async throws {
        let migration = rendered.migration
        guard migration.crStage != nil else { return }
        if migration.helm != nil { return try changeRelease(rendered) }
        guard migration.backstage != nil else { return try await changeDeployment(rendered, step) }
        switch migration.cutover {
        case .copy: return
        case .inPlace: try await apply(rendered.edits)
        // What the runbook lists for a person is what is edited in place.
        case .none: try await apply(render(step, mode: "inPlace").edits)
        case .patch: try await overlay(rendered, out)
        }
    }

    private func apply(_ edits: [EditedFile]) async throws {
        for edit in edits {
            let file = folder.appending("values/backstage.yaml")
            try file.write(String(decoding: edit.new, as: UTF8.self))
            try await run("kubectl -n portal apply -f values/backstage.yaml", in: folder)
        }
    }

    /// The overlay that the page shows, above the team's own.
    private func overlay(_ rendered: RenderedMigration, _ out: FilePath) async throws {
        let place = out.removingLastComponent()
        for name in ["overlay", "above"] {
            try FileManager.default.createDirectory(
                atPath: place.appending(name).string, withIntermediateDirectories: false)
        }
        try place.appending("overlay/backstage.yaml").write(folder.appending("values/backstage.yaml").text())
        try place.appending("overlay/kustomization.yaml").write("resources: [backstage.yaml]\n")
        let block = try #require(try yamlBlock(rendered, containing: "components:"))
        try place.appending("above/kustomization.yaml").write(block)
        try await run("kubectl apply -k above", in: place)
    }

    private func yamlBlock(_ rendered: RenderedMigration, containing word: String) throws -> String? {
        let page = try rendered.files.text("README.md")
        return page.matches(of: /(?s)```yaml\n(.*?)```/).map { String($0.1) }.first { $0.contains(word) }
    }

    /// The lines of the page go into the pod template; of the steady state, the receipt goes out of it.
    private func changeDeployment(_ rendered: RenderedMigration, _ step: RunbookWorld.Step) async throws {
        let migration = rendered.migration
        let sources: [YAMLValue] = [["secretRef": ["name": .string(migration.credentials.secretName)]]]
        guard step.moment.phase == .migrate else {
            try write(deployment(migration, sources: sources), to: "deployment.yaml")
            return try await run("kubectl replace -f deployment.yaml", in: folder)
        }
        let block = try #require(try yamlBlock(rendered, containing: "envFrom:"))
        try folder.appending("patch.yaml").write(block.replacing("<backstage's container>", with: "backstage-backend"))
        try await run(
            "kubectl -n portal get deployment/\(migration.deployment) -o yaml > now.yaml && kubectl patch --local "
                + "-f now.yaml --patch-file patch.yaml -o yaml > next.yaml && kubectl replace -f next.yaml", in: folder)
    }

    /// What the chart will make of the values as the stage leaves them.
    private func changeRelease(_ rendered: RenderedMigration) throws {
        for edit in rendered.edits {
            let name = FilePath(edit.path).lastComponent?.string ?? ""
            try folder.appending("values/\(name)").write(String(decoding: edit.new, as: UTF8.self))
        }
        let release = try #require(rendered.migration.helm)
        let extra = try rendered.files.first { $0.path == "values/cutover.yaml" }?.content()
        func names(_ key: String) -> [String] {
            let path = release.prefix + ["backstage", .key(key)]
            let items = (extra ?? .null)[at: path]?.items ?? release.root[at: path]?.value().items
            return items?.compactMap(\.string) ?? []
        }
        let sources =
            names("extraEnvVarsCM").map { YAMLValue(dictionaryLiteral: ("configMapRef", ["name": .string($0)])) }
            + names("extraEnvVarsSecrets").map { YAMLValue(dictionaryLiteral: ("secretRef", ["name": .string($0)])) }
        try write(deployment(rendered.migration, sources: sources), to: "chart.yaml")
    }

    private func deployment(_ migration: Migration, sources: [YAMLValue]) -> YAMLValue {
        [
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": ["name": .string(migration.deployment), "namespace": "portal"],
            "spec": [
                "replicas": 1, "selector": ["matchLabels": ["app": "portal", "part": "backend"]],
                "template": [
                    "metadata": ["labels": ["app": "portal", "part": "backend"]],
                    "spec": [
                        "containers": [
                            ["name": "backstage-backend", "image": "x", "envFrom": .sequence(sources)]
                        ]
                    ],
                ],
            ],
        ]
    }

    // MARK: Playing

    /// A page's commands in one shell, since some use what others have set.
    /// - Parameter chapters: which of them are read; all where it says nothing.
    mutating func play(
        _ rendered: RenderedMigration, in out: FilePath, chapters: (String) -> Bool = { _ in true }
    ) async throws -> Result {
        var commands: [RunbookCommands.Command] = []
        for command in try RunbookCommands(rendered.files.text("README.md")).all
        where chapters(command.chapter) && !UnplayedCommand.has(command) {
            let kind = RunbookKind(command, of: rendered.migration)
            guard command.isBlock || played[kind, default: 0] < 2,
                !commands.contains(where: { $0.script == command.script })
            else { continue }
            played[kind, default: 0] += 1
            commands.append(command)
        }
        let script = commands.enumerated().map {
            let text = $0.element.script.replacing("-d NAME", with: "-d backstage_plugin_catalog")
            return "echo '@@ \($0.offset)' >&2\n\(text)"
        }.joined(separator: "\n")
        let result = try await shell(script, in: out)
        guard !result.isSuccess else { return Result(output: result.output) }
        let last = result.errors.matches(of: /@@ ([0-9]+)/).last.flatMap { Int($0.1) } ?? 0
        return Result(
            output: result.output, failure: "\(commands[last].script)\n\(result.errors.suffix(800))")
    }

    private func write(_ value: YAMLValue, to name: String) throws { try folder.appending(name).write(value.yaml()) }

    private func run(_ script: String, in place: FilePath) async throws {
        let result = try await shell(script, in: place)
        #expect(result.isSuccess, "\(script): \(result.errors)")
    }

    private func shell(
        _ script: String, in place: FilePath
    ) async throws -> (isSuccess: Bool, output: String, errors: String) {
        let result = try await Subprocess.run(
            .path("/usr/bin/timeout"), arguments: ["400", "sh", "-e", "-c", script],
            environment: .inherit.updating([
                "PATH": "\(folder.appending("bin")):/usr/local/bin:/usr/bin:/bin",
                "KUBECONFIG": cluster.kubeconfig.string, "HOME": folder.string,
                "CHART": "chart", "VERSION": "1", "VALUES": folder.appending("values").string,
            ]), workingDirectory: place, output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
        return (result.terminationStatus.isSuccess, result.standardOutput, result.standardError)
    }
}
