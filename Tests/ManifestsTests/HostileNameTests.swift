import FoundationEssentials
import Manifests
import MigrationSpec
import Subprocess
import SystemPackage
import TestSupport
import Testing
import YAMLTree

/// Names that nobody gives, but that a config may hold: they go through rendering and through the runbook's own lines in a
/// real shell, and nothing runs but what the runbook says.
struct HostileNameTests {
    static let names = [
        "'; touch pwned; '", "$(touch pwned)", "`touch pwned`", "\"; touch pwned; \"", "a' || touch pwned #",
        "{{ .x }}|touch pwned",
        "${IFS}touch", "'\u{301}; touch pwned", "a\\'; touch pwned", "-e x", "a|b`c", "x\ntouch pwned",
    ]

    private func tree(role: String, file: String) throws -> [RenderedFile] {
        let name = YAMLValue.string(role).flowYAML()
        let config = """
            apiVersion: rehome.dev/v1alpha1
            kind: Migration
            metadata: {name: db, namespace: portal}
            spec:
              backstage: {file: \(YAMLValue.string(file).flowYAML()), operatorVersion: "1.10"}
              platform: kubernetes
              target: {cloudNativePG: {}}
              credentials: {externalSecret: {store: s, key: k, user: \(name)}}
              migration: {image: registry.example.com/rehome-job:1, exclude: [\(name)], pod: {env: [{name: X, value: \(name)}]}}
              cutover: {mode: inPlace, gate: manual}
              engine: {flux: {source: s, path: p}}
              orchestrator: {enabled: true, workflows: [{name: w, schema: \(name), chart: "./a;touch'pwned"}]}
            """
        let cr = """
            apiVersion: rhdh.redhat.com/v1alpha5
            kind: Backstage
            metadata: {name: bs1}
            spec:
              deployment:
                patch:
                  spec: {template: {spec: {volumes: [{name: v, \(name): {secret: {secretName: backstage-psql-secret-bs1}}}]}}}
            """
        let migration = try migration(config: config, files: [file: cr])
        let files = try Renderer().render(migration)
        #expect(try TreeRules(migration, files: files).violations() == [])
        return files
    }

    @Test(arguments: names) func `a role goes into the tree as it is, and nothing of it into a shell`(name: String)
        async throws
    {
        let files = try tree(role: name, file: name)
        #expect(try files.object("1-database/cluster-db")["spec"]?["bootstrap"]?["initdb"]?["owner"] == .string(name))
        #expect(try files.object("2-copy/job-").holds(name))
        try await run(try files.text("README.md"), answering: name)
    }

    /// Runs every command of the page, one after another, where every program answers everything at once.
    private func run(_ page: String, answering role: String) async throws {
        let commands = RunbookCommands(page)
        #expect(commands.blocks.count > 4 && commands.all.count > 20)
        try await withTemporaryFolder { folder in
            let (programs, work) = (folder.appending("bin"), folder.appending("work"))
            for path in [programs, work] {
                try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: false)
            }
            let receipt = try #require(page.firstMatch(of: /db-receipt-[0-9a-f]{10}/)).output
            let answers = [
                "Complete", "pod/p", String(receipt), "db-credentials", role, "REHOME-RECEIPT-BEGIN \(receipt)", "{}",
                "REHOME-RECEIPT-END \(receipt)",
            ]
            try folder.appending("answers").write(answers.joined(separator: "\n") + "\n")
            for name in ["kubectl", "helm", "sops", "kubeseal", "flux", "argocd", "rehome"] {
                let path = programs.appending(name)
                try path.write(
                    "#!/bin/sh\nfor word in \"$@\"; do printf '%s\\n' \"$word\"; done >>\(folder)/words\nexec cat \(folder)/answers\n"
                )
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path.string)
            }
            let script = commands.all.map(\.script).joined(separator: "\n")
            let result = try await Subprocess.run(
                .path("/usr/bin/timeout"), arguments: ["60", "sh", "-e", "-c", script],
                environment: .inherit.updating(["PATH": "\(programs):/usr/bin:/bin", "CHART": "chart"]),
                workingDirectory: work,
                output: .discarded, error: .string(limit: 1 << 20))
            #expect(result.standardError == "")
            #expect(result.terminationStatus.isSuccess)
            let left = try FileManager.default.contentsOfDirectory(atPath: work.string)
            #expect(!left.contains { $0.contains("pwned") }, "\(left)")
            let words = try folder.appending("words").text()
            #expect(words.contains("./a;touch'pwned\n"), "the chart is one word")
        }
    }
}

extension YAMLValue {
    fileprivate func holds(_ text: String) -> Bool {
        switch self {
        case .string(let own): own == text
        case .sequence(let items): items.contains { $0.holds(text) }
        case .mapping(let mapping): mapping.contains { $0.value.holds(text) }
        default: false
        }
    }
}
