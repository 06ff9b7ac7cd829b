import MigrationSpec
import Testing

/// Where the password comes from, and where it does not go.
struct CredentialsTests {
    private func plain(_ lines: String) -> Fixture {
        Fixture().replacing("    existing:\n      secretName: portal-credentials", with: "    plain:\n" + lines)
    }

    /// The password that would be rendered for the role `postgres`.
    private func plainPassword(_ migration: Migration) -> String? {
        guard case .plain("postgres", let password) = migration.credentials.source else { return nil }
        return password
    }

    @Test func `a password is read from a file, without its last line break, and with a warning`() throws {
        let fixture = plain("      passwordFile: password").with("password", "pass: ${x} \n")
        let loaded = try fixture.load()
        #expect(plainPassword(loaded.migration) == "pass: ${x} ")
        #expect(loaded.migration.credentials.secretName == "portal-db-credentials")
        #expect(
            fixture.warnings.map { $0.prefix { $0 != "\n" }.description } == [
                "rehome.yaml:17:7: warning: the rendered Secret holds the password in plain text"
            ])
    }

    @Test func `a password is read from an environment variable`() throws {
        var fixture = plain("      passwordVariable: PORTAL_PASSWORD")
        #expect(
            fixture.errors == [
                "rehome.yaml:17:25: error: the environment variable that passwordVariable names is not set\n  Set it where rehome runs."
            ])
        fixture.environment["PORTAL_PASSWORD"] = "from the environment"
        #expect(plainPassword(try fixture.load().migration) == "from the environment")
    }

    @Test func `a password written in the place of its file's name is not repeated`() {
        let errors = plain("      passwordFile: hunter2").errors
        #expect(
            errors == [
                "rehome.yaml:17:21: error: the password file does not exist\n"
                    + "  passwordFile names a file; the password itself belongs in it, not here."
            ])
    }

    @Test(arguments: [("", "empty"), ("\n", "empty"), ("a\nb\n", "more than one line")])
    func `a password file with anything but one line is refused`(content: String, found: String) {
        let errors = plain("      passwordFile: password").with("password", content).errors
        #expect(errors == ["rehome.yaml:17:21: error: the password is \(found); expected one line"])
    }

    @Test func `both ways at once, and none, are refused`() {
        #expect(
            plain("      passwordFile: a\n      passwordVariable: A").errors == [
                "rehome.yaml:18:7: error: 'spec.credentials.plain' has 'passwordFile', 'passwordVariable'; "
                    + "expected exactly one of 'passwordFile', 'passwordVariable'"
            ])
        #expect(
            plain("      user: me").errors == [
                "rehome.yaml:17:7: error: 'spec.credentials.plain' needs exactly one of 'passwordFile', 'passwordVariable'"
            ])
    }

    @Test func `a role that the StatefulSet's image does not set up is refused`() {
        let server =
            "    statefulSet:\n      image: quay.io/sclorg/postgresql-16-c9s:latest\n      tls: {mode: disabled}"
        let errors = plain("      {user: me, passwordFile: password}").with("password", "x")
            .replacing(
                "    external:\n      host: db.example.com\n      tls:\n        mode: verify-full\n        caFile: ca.pem",
                with: server
            ).errors
        #expect(
            errors == [
                "rehome.yaml:15:14: error: spec.credentials.plain.user is 'me'; expected 'postgres', the role that the StatefulSet's image sets up\n"
                    + "  Leave the key out; for a role of Backstage's own, give the Job adminCredentials."
            ])
    }

    @Test func `one name for two Secrets is refused`() {
        let errors = Fixture().replacing("portal-credentials", with: "portal-db-certificate").errors
        #expect(
            errors == [
                "rehome.yaml:17:19: error: spec.credentials.existing.secretName is 'portal-db-certificate', the name of the Secret that is rendered for the CA file\n"
                    + "  Choose another name for it, or for the whole in metadata.name."
            ])
    }
}
