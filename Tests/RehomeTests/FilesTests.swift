import Glibc
import SystemPackage
import TestSupport
import Testing

/// Files that are shared, full, or not what they seem.
struct FilesTests {
    private func prepare(_ folder: FilePath, config more: String = "") async throws {
        let example = Checkout.folder.appending("examples/external")
        for name in ["backstage.yaml", "ca.pem"] {
            try put(try example.appending(name).text(), at: folder.appending(name))
        }
        try put(try example.appending("rehome.yaml").text() + more, at: folder.appending("rehome.yaml"))
    }

    // MARK: One file for two

    @Test func `two instances in one CR file are edited in one call, and a second call changes nothing`() async throws {
        try await withTemporaryFolder { folder in
            try await prepare(folder)
            let cr = try folder.appending("backstage.yaml").text()
            try put(
                cr + "---\n" + cr.replacing("name: portal\n", with: "name: other\n"),
                at: folder.appending("backstage.yaml"))
            let base = try folder.appending("rehome.yaml").text()
            for name in ["portal", "other"] {
                let config = base.replacing("name: portal-db", with: "name: \(name)-db")
                    .replacing("file: backstage.yaml", with: "file: backstage.yaml\n    name: \(name)")
                try put(
                    config + "  cutover: {mode: inPlace, localDatabase: retire}\n", at: folder.appending("\(name).yaml")
                )
            }
            let arguments = ["portal.yaml", "other.yaml", "-o", "trees"]
            let check = try await rehome(arguments: ["check"] + arguments, in: folder)
            #expect(check.code == 1)
            let result = try await rehome(arguments: ["render"] + arguments, in: folder)
            #expect(result.code == 0, "\(result.errors)")
            let edited = try folder.appending("backstage.yaml").text()
            #expect(edited.split(separator: "enableLocalDb: false").count == 3, "\(edited)")
            #expect(edited.contains("portal-db-receipt-") && edited.contains("other-db-receipt-"))
            let again = try await rehome(arguments: ["render"] + arguments, in: folder)
            #expect(again.code == 0 && !again.output.contains("Edited"), "\(again.output)")
            #expect(try await rehome(arguments: ["check"] + arguments, in: folder).code == 0)
        }
    }

    @Test func `renders of two configs into one folder at once leave one of the two trees, whole`() async throws {
        try await withTemporaryFolder { folder in
            try await prepare(folder)
            let base = try folder.appending("rehome.yaml").text()
            for name in ["one", "two"] {
                try put(
                    base.replacing("name: portal-db\n", with: "name: \(name)-db\n"),
                    at: folder.appending("\(name).yaml"))
            }
            for _ in 0..<5 {
                let codes = try await withThrowingTaskGroup(of: Int?.self) { group in
                    for name in ["one", "two", "one", "two"] {
                        group.addTask { try await rehome("render", "-f", "\(name).yaml", "-o", "out", in: folder).code }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(codes.allSatisfy { $0 == 0 || $0 == 73 } && codes.contains(0))
                var isCurrent: [String: Bool] = [:]
                for name in ["one", "two"] {
                    isCurrent[name] = try await rehome("check", "-f", "\(name).yaml", "-o", "out", in: folder).code == 0
                }
                #expect(isCurrent.values.count { $0 } == 1)
            }
        }
    }

    @Test func `one folder under two names is one folder`() async throws {
        try await withTemporaryFolder { folder in
            try await prepare(folder)
            let config = try folder.appending("rehome.yaml").text()
            try put(config, at: folder.appending("other.yaml"))
            let result = try await rehome("render", "./rehome.yaml", "other.yaml", in: folder)
            #expect(result.code == 65)
            #expect(
                result.errors.contains("error: ./rehome.yaml, other.yaml would all be rendered to"), "\(result.errors)")
        }
    }

    // MARK: A full disk

    @Test(arguments: [
        "schema", "explain", "render --stdout -f examples/external/rehome.yaml",
        "init --from examples/external/backstage.yaml -f -", "diff -f examples/external/rehome.yaml -o /nonexistent",
    ])
    func `standard output that cannot be written is an error`(command: String) async throws {
        let result = try await execute(
            "/bin/sh", ["-c", "\(Programs.rehome) \(command) >/dev/full"], in: Checkout.folder)
        #expect(result.code == 73, "\(command): \(result.errors)")
        #expect(
            result.errors.hasSuffix(
                "error: standard output cannot be written: No space left on device\n  What came out is not whole.\n"))
    }

    @Test(.enabled(if: SmallDisk.isPossible)) func `a full disk leaves what was there, and the CR as it was`()
        async throws
    {
        try await SmallDisk.with(megabytes: 1) { disk in
            let folder = disk.folder
            try await prepare(folder, config: "  cutover: {mode: inPlace}\n")
            try #require(try await rehome("render", in: folder).code == 0)
            let (runbook, cr) = (
                try folder.appending("out/README.md").text(), try folder.appending("backstage.yaml").text()
            )
            let config = try folder.appending("rehome.yaml").text()
            try put(
                config.replacing("  migration:\n", with: "  migration:\n    generation: 2\n"),
                at: folder.appending("rehome.yaml"))
            try disk.fill(leaving: 0)
            let result = try await rehome("render", in: folder)
            #expect(result.code == 73)
            #expect(
                result.errors.hasSuffix(
                    "error: out could not be written and is as it was: No space left on device\n  Make room on the disk, and run the command again.\n"
                ),
                "\(result.errors)")
            // Where there was no folder, there is none.
            #expect(try await rehome("render", "-o", "deep/new", in: folder).code == 73)
            #expect(access(folder.appending("deep").string, F_OK) != 0)
            #expect(try folder.appending("out/README.md").text() == runbook)
            #expect(try folder.appending("backstage.yaml").text() == cr)
            let draft = try await rehome("init", "--from", "backstage.yaml", "-f", "new.yaml", in: folder)
            #expect(draft.code == 73 && access(folder.appending("new.yaml").string, F_OK) != 0)
            try disk.clear()
            #expect(try await rehome("render", in: folder).code == 0)
        }
    }

    // MARK: Masks

    @Test(arguments: [
        "kind: Secret\r\nmetadata: {name: x}\r\nstringData:\r\n  password: s3cret\r\n",
        "kind: \"Secret\"\ndata:\n  password: s3cret\n",
        "kind: Secret # a comment\nstringData:\n    password: s3cret\n",
        "{kind: Secret, stringData: {password: s3cret}}\n",
        "{\"kind\": \"Secret\",\n \"data\": {\"password\": \"s3cret\"}}\n",
        "kind: Secret\nstringData: {\n  password: s3cret\n}\n",
        "kind: List\nitems:\n- kind: Secret\n  data:\n    password: s3cret\n",
        "a: 1\n---\nkind: Secret\nstringData:\n  password: |\n    s3cret\n\n    s3cret\n  other: x\n",
        "kind: Secret\nstringData:\n  password: x # s3cret\n  # s3cret\n",
        "kind: Secret\nstringData:\n  # s3cret\n  password: x\n",
        "x: &x {password: s3cret}\ny: &y s3cret\nkind: Secret\ndata: *x\nstringData: {other: *y}\n",
        "kind: !!str Secret\nstringData: {<<: {password: s3cret}}\n", "kind: Secret\nstringData:\n- s3cret\n",
        "kind: Secret\ndata: s3cret\n",
        "kind: Secret\nmetadata:\n  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: '{\"data\":{\"password\":\"s3cret\"}}'\n",
        "kind: Secret\nstringData:\n  password: s3cret\n :broken\n",
        "\"kind\": Secret\nstringData: {password: s3cret\n",
    ])
    func `a Secret's values are shown by nobody, whatever form the file has`(text: String) async throws {
        try await withTemporaryFolder { folder in
            try await prepare(folder)
            try #require(try await rehome("render", in: folder).code == 0)
            try put(text, at: folder.appending("out/1-database/secret-portal-db-certificate.yaml"))
            for command in ["check", "diff"] {
                let result = try await rehome(command, in: folder)
                #expect(!result.output.contains("s3cret"), "\(result.output)")
                #expect(result.output.contains("1-database/secret-portal-db-certificate.yaml"))
                #expect(result.output.contains("(not shown)"))
            }
        }
    }

    private static let deepSecrets = [
        "extraDeploy:\n- apiVersion: v1\n  kind: Secret\n  stringData: {TOKEN: s3cret}\n- kind: X\n  shown: here\n",
        "extraDeploy:\n- kind: Secret\n  stringData:\n    TOKEN: s3cret\n# a comment\nshown: here\n",
        "extraDeploy:\n- |\n  kind: Secret\n  stringData:\n    TOKEN: s3cret\nshown: here\n",
        "extraDeploy:\n- |\n  kind: Secret\n  stringData: {TOKEN: s3cret}\n  shown: here\n- shown: here\n",
        "extraDeploy: ['{\"kind\": \"Secret\", \"data\": {\"a\": \"s3cret\"}}']\nshown: here\n",
        "kind: List\nitems:\n- kind: List\n  items:\n  - kind: Secret\n    data: {a: s3cret}\nshown: here\n",
        "postgresql: {auth: {password: s3cret, username: here}}\n",
        "auth: {postgresPassword: &p s3cret}\nx: *p\ny: here\n",
        "x: &p s3cret\nauth: {password: *p}\ny: here\n",
        "extraEnvVars: [{name: GITHUB_TOKEN, value: s3cret}, {name: X, value: here}]\n",
        "parameters:\n- {name: postgresql.auth.password, value: s3cret}\nx: here\n",
        "values: |\n  postgresql:\n    auth: {password: s3cret}\n  x: here\n",
        "headers: {Authorization: Bearer s3cret, x: here}\nscm: {apiKey: s3cret}\n",
        "extraDeploy:\n- |\n  {{- if .Values.x }}\n  password: s3cret\n  {{- end }}\nx: here\n",
        "extraEnvVars: [{name: DB_URL, value: 'postgres://u:s3cret@h/db'}, {name: X, value: here}]\n",
        "kind: Secret\nstringData:\n  password: s3cret # s3cret", "clientSecret: |\n  s3cret\n  s3cret\nx: here\n",
    ]

    @Test(arguments: deepSecrets)
    func `what is secret within values and texts is shown by nobody, and the rest is`(text: String) async throws {
        try await withTemporaryFolder { folder in
            try await prepare(folder)
            try #require(try await rehome("render", in: folder).code == 0)
            try put(text, at: folder.appending("out/2-copy/kustomization.yaml"))
            let result = try await rehome("diff", in: folder)
            #expect(!result.output.contains("s3cret"), "\(result.output)")
            #expect(result.output.contains("(not shown)"))
            #expect(result.output.contains("here") == text.contains("here"), "\(result.output)")
        }
    }

    @Test func `names of Secrets, and places of variables, are no secrets`() async throws {
        let text =
            "url: 'postgres://u:${PASSWORD}@h/db'\nextraEnvVarsSecret: a-name\n"
            + "auth: {existingSecret: a-name, password: '${POSTGRES_PASSWORD}'}\nautomountServiceAccountToken: false\n"
            + "secret: {secretName: another}\npasswordKey: third\n"
        try await withTemporaryFolder { folder in
            try await prepare(folder)
            try #require(try await rehome("render", in: folder).code == 0)
            try put(text, at: folder.appending("out/2-copy/kustomization.yaml"))
            let result = try await rehome("diff", in: folder)
            for line in text.split(separator: "\n") { #expect(result.output.contains("-\(line)"), "\(result.output)") }
        }
    }

    @Test func `a Secret that stands beside the CR is not shown around an edit`() async throws {
        try await withTemporaryFolder { folder in
            try await prepare(folder, config: "  cutover: {mode: inPlace}\n")
            let cr = try folder.appending("backstage.yaml").text()
            let secret =
                "apiVersion: v1\nkind: Secret\nmetadata: {name: portal-secrets}\nstringData:\n  TOKEN: s3cret\n"
            try put(secret + "---\n" + cr, at: folder.appending("backstage.yaml"))
            try put("---\n" + cr + "---\n" + secret, at: folder.appending("backstage.yaml"))
            let result = try await rehome("diff", in: folder)
            #expect(
                result.output.contains("+++ b/backstage.yaml") && !result.output.contains("s3cret"), "\(result.output)")
        }
    }
}
