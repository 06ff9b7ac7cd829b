import MigrationSpec
import Testing

/// Where the password comes from, and where it does not go.
struct CredentialsTests {
    private func plain(_ lines: String) -> Fixture {
        Fixture().replacing("    existing:\n      secretName: portal-credentials", with: "    plain:\n" + lines)
    }

    @Test func `a password is read from a file, without its last line break, and with a warning`() throws {
        let fixture = plain("      passwordFile: password").with("password", "pass: ${x} \n")
        let loaded = try fixture.load()
        #expect(loaded.migration.credentials.plain?.password == "pass: ${x} ")
        #expect(loaded.migration.credentials.plain?.user == "postgres")
        #expect(loaded.migration.credentials.secretName == "portal-db-credentials")
        #expect(loaded.warnings.map { $0.description.prefix { $0 != "\n" }.description } == [
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
        #expect(try fixture.load().migration.credentials.plain?.password == "from the environment")
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
                "rehome.yaml:17:7: error: 'spec.credentials.plain' has 'passwordFile', 'passwordVariable'; expected exactly one of them"
            ])
        #expect(
            plain("      user: me").errors == [
                "rehome.yaml:17:7: error: 'spec.credentials.plain' needs one of 'passwordFile', 'passwordVariable'"
            ])
    }
}
