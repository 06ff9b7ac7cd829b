import Glibc
import Subprocess
import SystemPackage
import TestSupport
import Testing
import YAMLTree

/// Sealed Secrets as a person meets them: sealed once, kept, sealed anew, opened by others.
struct SealingTests {
    private static let sealed = """
        sealedSecret:
              user: portal
              passwordFile: password
              certificateFile: controller.pem
        """
    private static let secretFile = "out/1-database/sealedsecret-portal-db-credentials.yaml"

    /// The external example in a folder of its own, with credentials of another kind and a password beside it.
    private func prepare(_ folder: FilePath, credentials: String) async throws {
        let example = Checkout.folder.appending("examples/external")
        for name in ["backstage.yaml", "ca.pem", "rehome.yaml"] {
            let text = try example.appending(name).text().replacing(
                "existing:\n      secretName: portal-db-credentials", with: credentials)
            try put(text, at: folder.appending(name))
        }
        try put("s3cret-throw-away\n", at: folder.appending("password"))
    }

    @Test func `a SealedSecret is sealed once and kept, and needs its password again only when something changed`()
        async throws
    {
        try await withTemporaryFolder { folder in
            _ = try await SealedText.makeKeys(in: folder)
            try await prepare(folder, credentials: Self.sealed)
            let first = try await rehome("render", in: folder)
            #expect(first.code == 0, "\(first.errors)")
            #expect(first.output.contains("Sealed: \(Self.secretFile)\n"))
            let file = folder.appending(FilePath(Self.secretFile).components)
            let text = try file.text()
            let secret = try await SealedText.controllersSecret(of: file, key: folder.appending("controller.key"))
            #expect(
                secret["data"] == [
                    "POSTGRES_HOST": "portal.postgres.example.com", "POSTGRES_PORT": "5432", "POSTGRES_USER": "portal",
                    "PGSSLMODE": "require", "NODE_EXTRA_CA_CERTS": "/opt/app-root/src/postgres-crt.pem",
                    "POSTGRES_PASSWORD": "s3cret-throw-away",
                ])
            #expect(secret["metadata"]?["labels"]?["rhdh.redhat.com/ext-config-sync"] == "true")
            #expect(try await grep("s3cret", in: folder.appending("out")) == "")

            // Nothing changed: the same bytes, without the password and the private key.
            #expect(unlink(folder.appending("password").string) == 0)
            let second = try await rehome("render", in: folder)
            #expect(second.output.contains("Kept as it was sealed (--reseal seals it anew): \(Self.secretFile)\n"))
            #expect(try file.text() == text)
            #expect(try await rehome("check", in: folder).code == 0)

            // What is readable changes without the password.
            try edit(folder, "host: portal.postgres", "host: other.postgres")
            #expect(try await rehome("check", in: folder).code == 1)
            #expect(try await rehome("render", in: folder).code == 0)
            let moved = try await SealedText.controllersSecret(of: file, key: folder.appending("controller.key"))
            #expect(moved["data"]?["POSTGRES_HOST"] == "other.postgres.example.com")
            #expect(moved["data"]?["POSTGRES_PASSWORD"] == "s3cret-throw-away")

            // Another source of the password, or --reseal, seals anew.
            #expect(try await rehome("render", "--reseal", in: folder).code == 65)
            try edit(folder, "passwordFile: password", "passwordVariable: PORTAL_PASSWORD")
            let check = try await rehome("check", in: folder)
            #expect(
                check.code == 1
                    && check.output.contains("+    POSTGRES_PASSWORD: \"ENC[to be sealed by: rehome render]\""),
                "\(check.output)")
            let missing = try await rehome("render", in: folder)
            #expect(
                missing.code == 65
                    && missing.errors.contains("the environment variable that passwordVariable names is not set"))
            let other = try await rehome("render", in: folder, environment: ["PORTAL_PASSWORD": "another"])
            #expect(other.code == 0, "\(other.errors)")
            let changed = try await SealedText.controllersSecret(of: file, key: folder.appending("controller.key"))
            #expect(changed["data"]?["POSTGRES_PASSWORD"] == "another")
        }
    }

    @Test func `a SOPS file is opened by sops alone, and kept as a whole or made anew`() async throws {
        try await withTemporaryFolder { folder in
            let recipient = try await SealedText.makeKeys(in: folder)
            let sops = "sops:\n      user: portal\n      passwordFile: \"-\"\n      recipients: [\(recipient)]"
            try await prepare(folder, credentials: sops)
            let first = try await rehome("render", in: folder, input: "from standard input\n")
            #expect(first.code == 0, "\(first.errors)")
            let file = folder.appending("out/1-database/secret-portal-db-credentials.yaml")
            let text = try file.text()
            #expect(!text.contains("standard input") && !text.contains("portal.postgres.example.com"))
            let object = try await SealedText.sopsObject(of: file, identity: folder.appending("identity.txt"))
            #expect(object["stringData"]?["POSTGRES_PASSWORD"] == "from standard input")
            #expect(object["stringData"]?["POSTGRES_HOST"] == "portal.postgres.example.com")
            #expect(object["kind"] == "Secret")

            #expect(try await rehome("render", in: folder).output.contains("Kept as it was sealed"))
            #expect(try file.text() == text)
            #expect(try await rehome("check", in: folder).code == 0)

            // All of the file is under one code, so even a host cannot change without the password.
            try edit(folder, "host: portal.postgres", "host: other.postgres")
            #expect(try await rehome("check", in: folder).code == 1)
            #expect(try await rehome("render", in: folder, input: "").code == 65)
            #expect(try file.text() == text)
            #expect(try await rehome("render", in: folder, input: "new\n").code == 0)
            let changed = try await SealedText.sopsObject(of: file, identity: folder.appending("identity.txt"))
            #expect(changed["stringData"]?["POSTGRES_HOST"] == "other.postgres.example.com")
            #expect(changed["stringData"]?["POSTGRES_PASSWORD"] == "new")
        }
    }

    @Test func `a private age key in the place of a recipient is refused and not repeated`() async throws {
        try await withTemporaryFolder { folder in
            _ = try await SealedText.makeKeys(in: folder)
            let lines = try folder.appending("identity.txt").text().split(separator: "\n")
            let identity = try #require(lines.first { $0.hasPrefix("AGE-SECRET-KEY-") })
            try await prepare(folder, credentials: "sops: {passwordFile: password, recipients: [\(identity)]}")
            let result = try await rehome("render", in: folder)
            #expect(result.code == 65)
            #expect(result.errors.contains("item 1 of recipients is an identity, a private key"))
            #expect(!result.errors.contains(identity))
        }
    }

    @Test func `two roles get two Secrets, and the Job alone reads the administrator's`() async throws {
        try await withTemporaryFolder { folder in
            _ = try await SealedText.makeKeys(in: folder)
            let admin = """
                existing: {secretName: portal-db-credentials}
                  adminCredentials:
                    createDatabases: false
                    sealedSecret: {user: admin, passwordFile: password, certificateFile: controller.pem, scope: cluster-wide}
                """
            try await prepare(folder, credentials: admin)
            let result = try await rehome("render", in: folder)
            #expect(result.code == 0, "\(result.errors)")
            let secret = try await SealedText.controllersSecret(
                of: folder.appending("out/1-database/sealedsecret-portal-db-admin.yaml"),
                key: folder.appending("controller.key"))
            #expect(secret["data"]?["POSTGRES_USER"] == "admin")
            #expect(secret["data"]?["POSTGRES_PASSWORD"] == "s3cret-throw-away")
            #expect(secret["metadata"]?["labels"]?["rhdh.redhat.com/ext-config-sync"] == nil)
            let readers = try await grep("portal-db-admin", in: folder.appending("out"), "--include=*.yaml")
            #expect(
                Set(readers.split(separator: "\n").map { $0.split(separator: "/").dropLast().last ?? "" })
                    == ["1-database", "2-copy", "tools"], "\(readers)")
        }
    }

    @Test func `a plain Secret that is kept out of git is in no hash, and is no reason for a check to fail`()
        async throws
    {
        try await withTemporaryFolder { folder in
            try await prepare(folder, credentials: "plain: {passwordFile: password}")
            #expect(try await rehome("render", in: folder).code == 0)
            let index = try folder.appending("out/.rehome-files").text()
            let path = "1-database/secret-portal-db-credentials.yaml"
            #expect(index.contains("# without a hash, since it holds a secret: \(path)\n"))
            for name in ["password", "out/\(path)"] {
                #expect(unlink(folder.appending(FilePath(name).components).string) == 0)
            }
            let check = try await rehome("check", in: folder)
            #expect(check.code == 0, "\(check.output)\(check.errors)")
        }
    }

    // MARK: Help

    private func grep(_ text: String, in folder: FilePath, _ options: String...) async throws -> String {
        let result = try await run(
            .name("grep"), arguments: Arguments(["-rlF"] + options + ["-e", text, folder.string]),
            output: .string(limit: 1 << 20))
        return result.standardOutput
    }

    private func edit(_ folder: FilePath, _ old: String, _ new: String) throws {
        let config = folder.appending("rehome.yaml")
        let text = try config.text()
        try #require(text.contains(old))
        try put(text.replacing(old, with: new), at: config)
    }
}
