import Glibc
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// The way from a CR to manifests, as the documentation tells it.
struct FirstConfigTests {
    /// The commands below a heading of a page.
    private func commands(below heading: String, in page: String) throws -> String {
        let text = try Checkout.folder.appending(page).text()
        let section = try #require(text.firstRange(of: "\n\(heading)\n")).upperBound
        let block = try #require(text[section...].firstRange(of: "```sh\n")).upperBound
        let end = try #require(text[block...].firstRange(of: "```")).lowerBound
        return String(text[block..<end])
    }

    private func withInstance(_ body: (FilePath) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            for name in ["backstage.yaml", "ca.pem"] {
                try put(
                    try Checkout.folder.appending("examples/external/\(name)").text(), at: folder.appending(name))
            }
            try await body(folder)
        }
    }

    @Test func `three commands and no editor lead from a CR to manifests, as the page has them`() async throws {
        let lines = try commands(below: "## The shortest way", in: "docs/how-to/first-config.md")
        let whole = lines.replacing("\\\n", with: " ").split(separator: "\n")
        #expect(whole.count == 3 && whole.allSatisfy { $0.hasPrefix("rehome ") })
        try await withInstance { folder in
            let path = Programs.rehome.removingLastComponent()
            let result = try await execute(
                "/bin/sh", ["-e", "-c", "PATH=\(path):$PATH\n\(lines)"], in: folder, input: "never read\n")
            #expect(result.code == 0, "\(result)")
            #expect(result.output.contains("rehome.yaml: written, and nothing is missing."))
            #expect(access(folder.appending("out/README.md").string, F_OK) == 0)
        }
    }

    @Test func `the commands of the page on Helm lead from RHDH's values to manifests`() async throws {
        let page = try Checkout.folder.appending("docs/how-to/helm.md").text()
        let block = try #require(page.firstMatch(of: #/```sh\n(helm show values .*\n)([^`]*)```/#))
        try await withTemporaryFolder { folder in
            for name in ["chart-values.yaml", "values.yaml"] {
                let golden = Checkout.folder.appending("Tests/ManifestsTests/Golden/helm-rhdh/\(name)")
                try put(try golden.text(), at: folder.appending(name))
            }
            try put(
                try Checkout.folder.appending("examples/external/ca.pem").text(), at: folder.appending("ca.pem"))
            let path = Programs.rehome.removingLastComponent()
            let result = try await execute("/bin/sh", ["-e", "-c", "PATH=\(path):$PATH\n\(block.2)"], in: folder)
            #expect(result.code == 0, "\(result)")
            #expect(access(folder.appending("out/README.md").string, F_OK) == 0)
        }
    }

    @Test func `in a pipe nothing is asked, and what is missing is named with its page`() async throws {
        try await withInstance { folder in
            let result = try await rehome(
                "init", "--from", "backstage.yaml", "--target", "external", in: folder, input: "answer\n")
            #expect(result.code == 0)
            let told = result.errors.split(separator: "\n").filter { !$0.hasPrefix(" ") }
            #expect(told.count == 2 && told.allSatisfy { $0.hasSuffix("in no given file and was not looked at") })
            #expect(result.output.contains("spec.target.external.host: The server's name"))
            #expect(result.output.hasSuffix("docs/how-to/first-config.md#2-fill-in-the-rest\n"))
            let render = try await rehome("render", in: folder)
            #expect(render.errors.contains("(docs/reference/config.md#specmigration)"), "\(render.errors)")
            let wrong = try await rehome(
                "init", "--from", "backstage.yaml", "-f", "b.yaml", "--set", "external.host=a b", in: folder)
            #expect(wrong.code == 65 && wrong.errors.contains("--set external.host:1:1: error: "))
            #expect(access(folder.appending("b.yaml").string, F_OK) != 0)
        }
    }

    @Test func `keys that do not go together are told, and a folder's name adds none`() async throws {
        try await withInstance { folder in
            let common = [
                "init", "--from", "backstage.yaml", "--set", "metadata.namespace=portal", "--set",
                "external.host=db.example.com", "--set", "caFile=ca.pem", "--set",
                "credentials.existing.secretName=c", "--set", "adminCredentials=null", "--set", "operatorVersion=1.10",
                "--set", "migration.image=registry.example.com/rehome-job:0.1.0",
            ]
            let clash = try await rehome(arguments: common + ["--set", "external=null"], in: folder)
            #expect(clash.output.contains("rehome.yaml: written. It cannot be rendered yet:\n"), "\(clash)")
            #expect(!clash.output.contains("nothing is missing") && clash.output.contains("'spec.target'"), "\(clash)")

            let odd = folder.appending("k\nspec: {}")
            try #require(mkdir(odd.string, 0o700) == 0)
            try put(try folder.appending("backstage.yaml").text(), at: odd.appending("backstage.yaml"))
            try put("namespace: portal\n", at: odd.appending("kustomization.yaml"))
            for form in [[], ["--full"]] {
                let draft = try await rehome(
                    arguments: ["init", "--from", odd.appending("backstage.yaml").string, "-f", "-"] + form, in: folder)
                #expect(!draft.output.split(separator: "\n").contains { $0.hasPrefix("spec: {}") }, "\(draft)")
            }
        }
    }

    @Test(arguments: [
        (["operatorVersion=1.10"], "operator 1.10 does not serve v1alpha3"),
        (["operatorVersion=1.9", "external.tls.caFile=missing.pem"], "missing.pem"),
        (["operatorVersion=1.9", "phase=rollback"], "savedSecret"),
    ])
    func `nothing is called complete that render refuses`(assignments: [String], problem: String) async throws {
        try await withInstance { folder in
            let cr = folder.appending("backstage.yaml")
            try put(try cr.text().replacing("v1alpha5", with: "v1alpha3"), at: cr)
            let common = [
                "metadata.namespace=portal", "external.host=db.example.com", "external.tls.caFile=ca.pem",
                "credentials.existing.secretName=c", "adminCredentials=null",
                "migration.image=registry.example.com/rehome-job:0.1.0",
            ]
            let result = try await rehome(
                arguments: ["init", "--from", "backstage.yaml"] + (common + assignments).flatMap { ["--set", $0] },
                in: folder)
            #expect(result.code == 0 && !result.output.contains("nothing is missing"), "\(result)")
            #expect(
                result.output.contains("It cannot be rendered yet:\n") && result.output.contains(problem), "\(result)")
            let render = try await rehome("render", in: folder)
            #expect(render.code == 65, "\(render)")
            for line in render.errors.split(separator: "\n") where !line.contains("warning:") && !line.hasPrefix(" ") {
                #expect(result.output.contains(line), "\(line)")
            }
            #expect(render.errors.contains("\n  See docs/") || render.errors.contains("(docs/"), "\(render)")
        }
    }

    @Test func `later releases are promised only of what the newest one serves`() async throws {
        try await withInstance { folder in
            let cr = folder.appending("backstage.yaml")
            let text = try cr.text()
            let version = try #require(text.firstMatch(of: /v1alpha[0-9]/)).output
            for (name, releases) in [
                ("v1alpha3", "one of 1.5, 1.6, 1.7, 1.8, 1.9."), ("v1alpha5", "one of 1.9, 1.10 or later."),
            ] {
                try put(text.replacing(version, with: name), at: cr)
                let draft = try await rehome("init", "--from", "backstage.yaml", "-f", "-", in: folder)
                #expect(draft.output.contains("The CR is \(name), so it is \(releases)"), "\(draft)")
            }
        }
    }

    /// Runs `rehome` in a terminal that util-linux's `script` makes, with what a person types.
    private func terminal(_ arguments: String, typing text: String, in folder: FilePath) async throws -> Outcome {
        try await execute(
            "/usr/bin/script", ["-q", "-e", "-c", "exec '\(Programs.rehome)' \(arguments)", "/dev/null"], in: folder,
            environment: ["TERM": "xterm-256color"], input: text)
    }

    @Test func `at a terminal it asks until the answer fits, and leaves open what is left empty`() async throws {
        try await withInstance { folder in
            let answers = ["portal", "1.10", "no host!", "db.example.com", "ca.pem", "app", "admin", ""]
            let result = try await terminal(
                "init --from backstage.yaml --target external", typing: answers.map { $0 + "\n" }.joined(), in: folder)
            #expect(result.code == 0, "\(result)")
            #expect(result.output.contains("spec.target.external.host: found 'no host!'"), "\(result.output)")
            let text = try folder.appending("rehome.yaml").text()
            #expect(text.contains("      host: db.example.com\n") && text.contains("  namespace: portal\n"), "\(text)")
            #expect(text.contains("    operatorVersion: \"1.10\"\n") && text.contains("    image:\n"), "\(text)")

            let again = try await terminal(
                "init --from backstage.yaml --target external", typing: "portal\n", in: folder)
            #expect(again.code == 73 && !again.output.contains("metadata.namespace"), "\(again)")
            let quiet = try await terminal(
                "init --yes --from backstage.yaml --target external -f c.yaml", typing: "", in: folder)
            #expect(quiet.code == 0 && !quiet.output.contains("> "), "\(quiet)")
        }
    }
}
