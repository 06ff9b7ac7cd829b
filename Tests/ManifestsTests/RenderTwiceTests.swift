import Manifests
import MigrationSpec
import SystemPackage
import TestSupport
import Testing
import YAMLTree

/// Rendering again changes nothing: neither the tree nor the team's own files.
struct RenderTwiceTests {
    /// Files in memory, which the cut-over's edits go into.
    private struct Desk {
        var files: InputFiles
        var config: FilePath

        func render() throws -> RenderedMigration {
            try Renderer().render([config], with: MigrationLoader(files: files))
        }

        /// As after `rehome render`.
        func after(_ rendered: RenderedMigration) -> Desk {
            let contents = rendered.edits.map { (FilePath($0.path), $0.new) }
            return Desk(files: files.over(Dictionary(contents, uniquingKeysWith: { $1 })), config: config)
        }
    }

    private func expectNoChange(_ desk: Desk, _ context: String) throws {
        let first = try desk.render()
        let later = desk.after(first)
        let second = try later.render()
        for edit in second.edits where edit.old != edit.new {
            Issue.record("\(context): \(edit.path) is edited again:\n\(String(decoding: edit.old, as: UTF8.self))")
        }
        let (old, new) = (Self.contents(first), Self.contents(second))
        let paths = Set(old.keys).union(new.keys).sorted().filter { old[$0] != new[$0] }
        let isSame = paths.isEmpty
        #expect(
            isSame,
            "\(context): \(paths)\n\(paths.first.map { (old[$0] ?? "-") + "\n--->\n" + (new[$0] ?? "-") } ?? "")")
        // What `check` does after a render.
        let compared = try Renderer().render(
            [later.config], with: MigrationLoader(files: later.files, isComparing: true))
        #expect(Self.contents(compared) == old, "\(context)")
    }

    private static func contents(_ rendered: RenderedMigration) -> [String: String] {
        Dictionary(
            rendered.files.map { ($0.path, String(decoding: $0.bytes, as: UTF8.self)) }, uniquingKeysWith: { $1 })
    }

    /// Whatever the tree is of, in every phase, and edited in place too.
    @Test(arguments: GoldenTree.all) func `a golden input`(tree: GoldenTree) throws {
        let config = tree.folder.appending("rehome.yaml")
        let text = String(decoding: try GoldenTree.input.read(config), as: UTF8.self)
        let desk = Desk(files: GoldenTree.input, config: config)
        try expectNoChange(desk, "\(tree.name), as it is")
        let mode = try desk.render().migration.cutover.rawValue
        var rendered = 0
        for (mode, phase) in Self.phases.map({ (mode, $0) }) + [("inPlace", Self.phases[1])] {
            let changed = try Self.changed(text, mode, phase)
            let desk = Desk(files: GoldenTree.input.over([config: Array(changed.utf8)]), config: config)
            // What a phase or a home refuses is not written at all.
            do {
                try expectNoChange(desk, "\(tree.name), \(mode), \(phase)")
                rendered += 1
            } catch is ConfigError {} catch let error as YAMLError {
                #expect(mode == "patch", "\(tree.name), \(phase): \(error)")
            }
        }
        #expect(rendered >= 2, "\(tree.name)")
    }

    private static let phases: [(phase: String, step: String)] = [
        ("prepare", step: "copyBack"), ("migrate", "copyBack"), ("done", "copyBack"), ("rollback", "copyBack"),
        ("rollback", "cutoverBack"),
    ]

    private static func changed(_ config: String, _ mode: String, _ phase: (phase: String, step: String)) throws
        -> String
    {
        let file = try YAMLFile(parsing: config, name: "rehome.yaml")
        return try file.applying([
            .set(["spec", "cutover", "mode"], .string(mode)), .set(["spec", "phase"], .string(phase.phase)),
            .set(["spec", "rollback", "step"], .string(phase.step)),
            .set(["spec", "cutover", "savedSecret"], "saved-secret"),
        ]).text
    }

    // MARK: Helm

    @Test(arguments: UInt64(0)..<8) func `values as people write them, in every home, phase and mode`(block: UInt64)
        throws
    {
        var rendered = 0
        for seed in (block * 40)..<((block + 1) * 40) where try checkValues(seed) { rendered += 1 }
        #expect(rendered > 20)
    }

    /// - Returns: whether the values could be rendered.
    private func checkValues(_ seed: UInt64) throws -> Bool {
        var random = SeededGenerator(seed: seed)
        let values = RandomValues(seed: seed)
        let phase = random.pick(Self.phases)
        let mode = random.pick(["inPlace", "inPlace", "copy", "none"])
        let source = "  source: {server: {host: old.example.com, secretName: old-db, tls: {mode: disabled}}}"
        let config = """
            apiVersion: rehome.dev/v1alpha1
            kind: Migration
            metadata: {name: new-db, namespace: portal}
            spec:
              phase: \(phase.phase)
              rollback: {step: \(phase.step)}
              backstage: {helm: {release: portal, chart: \(values.chart), values: [\(values.names.joined(separator: ", "))]}}
              target: {external: {host: db.example.com, tls: {mode: verify-full, caFile: ca.pem}}}
              credentials: {existing: {secretName: new-creds}}
              migration: {image: registry.example.com/rehome-job:1, generation: \(random.pick(["1", "2"]))}
              cutover: {mode: \(mode)\(random.pick(["", ", savedSecret: saved", ", gate: none"]))}
            \(values.isElsewhere ? source : "")
            """
        let ca = try Checkout.folder.appending("examples/external/ca.pem").text()
        let texts = values.files.merging(["rehome.yaml": config, "ca.pem": ca]) { text, _ in text }
        let input = InputFiles(environment: [:]) { path throws(InputFiles.Failure) in
            guard let text = texts[path.string] else { throw .missing }
            return Array(text.utf8)
        }
        let context = "seed \(seed)\n\(config)\n\(values.files)"
        do {
            try expectNoChange(Desk(files: input, config: "rehome.yaml"), context)
            return true
        } catch let error as ConfigError {
            let isFair = error.problems.allSatisfy { problem in
                Self.refusalsOfValues.contains { problem.message.contains($0) }
            }
            #expect(isFair, "\(context)\n\(error)")
            return false
        }
    }

    private static let refusalsOfValues = [
        "spec.cutover.gate is none and phase is rollback", "but spec.source names another server",
    ]

    // MARK: CRs

    @Test(arguments: UInt64(0)..<12) func `a CR as people write them, in every phase, mode and engine`(block: UInt64)
        throws
    {
        for seed in (block * 40)..<((block + 1) * 40) { try check(seed) }
    }

    private func check(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let cr = random.chance(50) ? RandomBackstage(seed: seed).text : TraitfulBackstage(seed: seed).text
        let isElsewhere = cr.contains("enableLocalDb: false") || cr.contains("enableLocalDb:  false")
        let config = Self.config(
            &random, isElsewhere: isElsewhere, namesPlugins: cr.contains("dynamicPluginsConfigMapName"))
        let ca = try Checkout.folder.appending("examples/external/ca.pem").text()
        let texts = ["rehome.yaml": config, "cr.yaml": cr, "plugins.yaml": Self.plugins(&random), "ca.pem": ca]
        let input = InputFiles(environment: [:]) { path throws(InputFiles.Failure) in
            guard let text = texts[path.string] else { throw .missing }
            return Array(text.utf8)
        }
        let context = "seed \(seed)\n\(config)\n\(cr)"
        do { try expectNoChange(Desk(files: input, config: "rehome.yaml"), context) } catch let error as ConfigError {
            // Of what no phase can do, nothing is written twice.
            let isFair = error.problems.allSatisfy { problem in Self.refusals.contains { problem.message.contains($0) }
            }
            #expect(isFair, "\(context)\n\(error)")
        } catch let error as YAMLError {
            // A patch needs something that it can test.
            #expect(config.contains("mode: patch"), "\(context)\n\(error)")
        }
    }

    private static let refusals = [
        "has no spec.deployment", "spec.cutover.door is true", "spec.source names another server",
        "enableLocalDb is false already",
    ]

    private static func config(_ random: inout SeededGenerator, isElsewhere: Bool, namesPlugins: Bool) -> String {
        let phase = random.pick(["prepare", "migrate", "migrate", "done", "rollback", "rollback"])
        let step = random.pick(["copyBack", "cutoverBack"])
        let mode = random.pick(["inPlace", "inPlace", "copy", "patch", "none"])
        let engine = random.pick([
            "", "  engine: {argocd: {repoURL: 'https://git.example.com/x.git', path: out}}",
            "  engine: {argocd: {repoURL: 'https://git.example.com/x.git', path: out, layout: perStage}}",
            "  engine: {flux: {source: fleet, path: out}}",
        ])
        let source = "  source: {server: {host: old.example.com, secretName: old-db, tls: {mode: disabled}}}"
        let door =
            random.chance(40) ? "localDatabase: keep, door: true" : "localDatabase: \(random.pick(["keep", "retire"]))"
        let orchestrator = random.pick(["", "", "  orchestrator: {enabled: true}", "  orchestrator: {enabled: false}"])
        return """
            apiVersion: rehome.dev/v1alpha1
            kind: Migration
            metadata: {name: new-db, namespace: portal}
            spec:
              phase: \(phase)
              rollback: {step: \(step)}
              backstage: {file: cr.yaml\(namesPlugins && random.chance(60) ? ", dynamicPluginsFile: plugins.yaml" : "")}
              target: {external: {host: db.example.com, tls: {mode: verify-full, caFile: ca.pem}}}
              credentials: {existing: {secretName: new-db-credentials}}
              migration: {image: registry.example.com/rehome-job:1, generation: \(random.pick(["1", "2"]))}
              cutover: {mode: \(mode), \(door), savedSecret: saved}
            \(isElsewhere ? source : "")
            \(orchestrator)
            \(engine)
            """
    }

    /// As a list by itself, or in a ConfigMap.
    private static func plugins(_ random: inout SeededGenerator) -> String {
        let list = random.pick([
            "# nothing yet\n", "plugins: []\n",
            "plugins:\n  - package: a\n    dependencies:\n      - ref: sonataflow # old\n",
            "includes: [x]\nplugins:\n- {package: a, dependencies: [{ref: pipelines}, {ref: sonataflow}]}\n",
            "plugins:\n- package: x-backstage-plugin-orchestrator-backend-dynamic\n  disabled: false\n",
            "plugins:\n- package: a\n  dependencies: [{}]\n",
        ])
        guard random.chance(60) else { return list }
        let lines = list.split(separator: "\n").map { "    \($0)\n" }.joined()
        return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: plugins}\ndata:\n  dynamic-plugins.yaml: |\n\(lines)"
    }
}
