import MigrationSpec
import Testing

/// App-config in variables, which Backstage lays over every file.
struct VariableConfigTests {
    private func fixture(_ name: String, _ value: String) -> Fixture {
        // As a quoted text, so that it is the same to every reader of YAML.
        let text = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
            .replacing("\t", with: "\\t")
        return Fixture().replacing(
            inBackstage: "extraEnvs:\n", with: "extraEnvs:\n      envs: [{name: \(name), value: \"\(text)\"}]\n")
    }

    private func firstLines(_ messages: [String]) -> [String] {
        messages.map { $0.prefix { $0 != "\n" }.description }
    }

    private static let wins = "backend.database.connection.host would win over the new database's Secret"

    @Test(arguments: [
        ("APP_CONFIG_backend", "{\"a\":1,\"a\":1,\"database\":{\"connection\":{\"host\":\"old\"}}}", wins),
        ("APP_CONFIG_backend", "\n\t{\"database\":{\"connection\":{\"host\":\"old\"}}}", wins),
        (
            "APP_CONFIG_backend", "{\"x\":\"\\ud83d\\ude00\",\"database\":{\"connection\":{\"host\":\"old\"}}}", wins
        ),
        ("APP_CONFIG_backend_database", "{\"connection\":{\"host\":\"new\"},\"connection\":{\"host\":\"old\"}}", wins),
        ("APP_CONFIG_backend_database_connection", " {\"host\": \"old\"}", wins),
        ("APP_CONFIG_backend_database_connection_host", "old", wins),
        ("APP_CONFIG_backend_database_connection_host", "\"old\"", wins),
        // Backstage puts nothing in its place here.
        ("APP_CONFIG_backend_database_connection_host", "${POSTGRES_HOST}", wins),
        ("APP_CONFIG_backend_database_connection", "{\"host\":{\"$env\":\"POSTGRES_HOST\"}}", wins),
        (
            "APP_CONFIG_backend_database_connection",
            "postgres://${POSTGRES_USER}:${POSTGRES_PASSWORD}@${POSTGRES_HOST}:${POSTGRES_PORT}/",
            "backend.database.connection names a server, which would win over the new database's Secret"
        ),
        (
            "APP_CONFIG_backend", "{database: {client: pg}}",
            "spec.application.extraEnvs.envs sets APP_CONFIG_backend, whose value begins like JSON and is none"
        ),
        (
            "APP_CONFIG_backend_database_client", "[",
            "spec.application.extraEnvs.envs sets APP_CONFIG_backend_database_client, whose value begins like JSON and is none"
        ),
    ])
    func `what would win over the Secret is an error at the variable's place`(
        name: String, value: String, message: String
    ) {
        let errors = fixture(name, value).errors
        #expect(firstLines(errors) == ["backstage.yaml:8:21: error: \(message)"], "\(errors)")
        // Advice that would change nothing is none.
        #expect(!errors.joined().contains("or write $"), "\(errors)")
    }

    @Test(arguments: [
        ("APP_CONFIG_backend_database_client", "pg"), ("APP_CONFIG_backend_database_client", "\"pg\""),
        ("APP_CONFIG_backend_database_connection_host", ""), ("APP_CONFIG_backend_auth_keys", "[not json"),
        ("APP_CONFIG_app_title", "{title}"), ("APP_CONFIG_backend", "{\"listen\":{\"host\":\"0.0.0.0\"}}"),
        ("APP_CONFIG_backend_database_connection_ssl", "true"), ("APP_CONFIGURATION_backend", "{"),
    ])
    func `what says nothing of the server is fine`(name: String, value: String) {
        let fixture = fixture(name, value)
        #expect(fixture.errors == [] && fixture.warnings == [])
    }

    @Test func `a value that is not here is told where it may name a server`() {
        func found(_ key: String) -> [String] {
            let secret =
                "---\nkind: SealedSecret\nmetadata: {name: portal-secrets}\nspec: {encryptedData: {\(key): AgB}}\n"
            let fixture = Fixture().with("backstage.yaml", Fixture.backstage + secret)
            return firstLines(fixture.errors.isEmpty ? fixture.warnings : fixture.errors)
        }
        let source = "the Secret 'portal-secrets' of spec.application.extraEnvs.secrets sets"
        for key in ["APP_CONFIG_backend", "APP_CONFIG_backend_database", "APP_CONFIG_backend_database_plugin_auth"] {
            #expect(
                found(key) == [
                    "backstage.yaml:13:24: warning: \(source) \(key), whose value is not here, and it may name a server"
                ])
        }
        #expect(found("APP_CONFIG_backend_database_connection_host") == ["backstage.yaml:13:24: error: \(Self.wins)"])
        #expect(found("APP_CONFIG_app_title") == [])
    }
}
