import MigrationSpec
import Testing

/// What in an app-config would keep Backstage from reaching the new database.
struct AppConfigAuditTests {
    /// The fixture with an app-config file, whose first line is line 1.
    private func fixture(_ database: String, tls: Bool = true) -> Fixture {
        let named = Fixture().replacing(
            "file: backstage.yaml", with: "file: backstage.yaml\n    appConfigFiles: [app-config.yaml]")
        let text = "backend:\n  database:\n" + database.split(separator: "\n").map { "    \($0)\n" }.joined()
        let fixture = named.with("app-config.yaml", text)
        return tls ? fixture : fixture.replacing("mode: verify-full\n        caFile: ca.pem", with: "mode: disabled")
    }

    private func firstLine(_ messages: [String]) -> [String] { messages.map { $0.prefix { $0 != "\n" }.description } }

    @Test func `an app-config that is nothing but another file is that file`() {
        let fixture = Fixture().replacing(
            "file: backstage.yaml", with: "file: backstage.yaml\n    appConfigFiles: [app-config.yaml]"
        ).with("app-config.yaml", "$include: other.yaml\n").with(
            "other.yaml", "backend: {database: {client: better-sqlite3}}\n")
        #expect(firstLine(fixture.errors) == ["other.yaml:1:30: error: backend.database.client is not pg"])
        #expect(
            fixture.with("other.yaml", nil).warnings.first?.hasPrefix(
                "app-config.yaml:1:1: warning: the document's root is what 'other.yaml' says, which is not here")
                == true)
        // It may include itself.
        #expect(fixture.with("other.yaml", "$include: app-config.yaml\n").errors == [])
    }

    @Test(arguments: [
        ("ensureExists: false", "3:19: warning: backend.database.ensureExists: false", "a database that is missing"),
        // Backstage takes these words for booleans.
        ("ensureExists: 'Off'", "3:19: warning: backend.database.ensureExists: false", "a database that is missing"),
        ("ensureExists: 0", "3:19: warning: backend.database.ensureExists: false", "a database that is missing"),
        (
            "plugin: {catalog: {ensureExists: false}}",
            "3:38: warning: backend.database.plugin.catalog.ensureExists: false", "a database that is missing"
        ),
        (
            "ensureExists: false\npluginDivisionMode: schema\nconnection: {database: portal}", "3:19: warning: ",
            "a database or a schema that is missing"
        ),
        (
            "ensureExists: false\npluginDivisionMode: schema\nensureSchemaExists: true\nconnection: {database: portal}",
            "3:19: warning: ", "a database that is missing"
        ),
        // What decides nothing is not told: a schema is made all the same.
        ("ensureSchemaExists: false", nil, nil), ("ensureSchemaExists: true", nil, nil),
        ("ensureExists: true", nil, nil),
    ])
    func `what Backstage does not make is told`(database: String, start: String?, missing: String?) {
        let found = firstLine(fixture(database).warnings).filter { $0.contains("keeps Backstage from making") }
        #expect(found.count == (start == nil ? 0 : 1), "\(found)")
        guard let start, let missing else { return }
        #expect(found.first?.hasPrefix("app-config.yaml:" + start) == true, "\(found)")
        #expect(found.first?.hasSuffix("from making \(missing)") == true, "\(found)")
    }

    @Test func `a key that the CR names is an app-config, whatever it is called`() {
        let text = """
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: ac}
            data:
              other.txt: "backend: {database: {client: better-sqlite3}}"
              more.yaml: "backend: {database: {client: better-sqlite3}}"

            """
        func errors(_ item: String) -> [String] {
            let cr = Fixture.backstage.replacing(
                "  application:\n", with: "  application:\n    appConfig: {configMaps: [\(item)]}\n")
            return firstLine(Fixture().with("backstage.yaml", cr + text).errors)
        }
        #expect(errors("{name: ac, key: other.txt}").count == 1)
        #expect(errors("{name: ac, key: none.txt}") == [])
        #expect(errors("{name: ac}").count == 1)
        #expect(errors("{name: ac}, {name: ac, key: other.txt}").count == 2)
    }

    @Test func `what a dynamic plugin brings to the app-config is looked at`() {
        let cr = Fixture.backstage.replacing(
            "  application:\n", with: "  application:\n    dynamicPluginsConfigMapName: dp\n")
        func errors(_ plugin: String) -> [String] {
            let list =
                "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: dp}\ndata:\n  dynamic-plugins.yaml: |\n    plugins:\n    - \(plugin)\n"
            return firstLine(Fixture().with("backstage.yaml", cr + list).errors)
        }
        let config = "pluginConfig: {backend: {database: {client: better-sqlite3}}}"
        let found = errors("{package: a, \(config)}")
        #expect(found.count == 1 && found[0].hasSuffix("error: backend.database.client is not pg"), "\(found)")
        #expect(found.first?.contains(":64: ") == true, "\(found)")
        #expect(errors("{package: a, disabled: true, \(config)}") == [])
    }

    /// What kubectl makes of a file with a byte order mark.
    @Test func `an app-config in a ConfigMap's binaryData is looked at, and what it includes from there`() {
        let named = Fixture().replacing(
            "file: backstage.yaml", with: "file: backstage.yaml\n    appConfigFiles: [app-config.yaml]")
        func fixture(_ data: String) -> Fixture {
            named.with(
                "app-config.yaml",
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\nbinaryData:\n  app-config.yaml: \(data)\n")
        }
        // backend: {database: {client: better-sqlite3}}
        let sqlite = "YmFja2VuZDoge2RhdGFiYXNlOiB7Y2xpZW50OiBiZXR0ZXItc3FsaXRlM319Cg=="
        #expect(
            firstLine(fixture(sqlite).errors) == ["app-config.yaml:5:20: error: backend.database.client is not pg"])
        #expect(
            firstLine(fixture("|\n    \(sqlite.prefix(20))\n    \(sqlite.dropFirst(20))").errors) == [
                "app-config.yaml:5:20: error: backend.database.client is not pg"
            ])
        // $include: other.yaml
        #expect(
            firstLine(fixture("JGluY2x1ZGU6IG90aGVyLnlhbWwK\n  other.yaml: \(sqlite)").errors).contains(
                "app-config.yaml:6:15: error: backend.database.client is not pg"))
        #expect(
            fixture("'not base64!'").errors.first?.contains("app-config.yaml:5:20: error: binaryData.app-config.yaml")
                == true)
        // a: [b
        #expect(fixture("YTogW2IK").errors.first?.hasPrefix("app-config.yaml:5:20: error: ") == true)
    }

    @Test func `app-configs that the deployment patch names are asked for`() {
        let patch = """
            spec:
              deployment:
                patch: {spec: {template: {spec: {containers: [{name: backstage-backend, args: [--config, own.yaml]}]}}}}

            """
        let fixture = Fixture().replacing(inBackstage: "spec:\n", with: patch)
        #expect(
            firstLine(fixture.warnings) == [
                "backstage.yaml:7:84: warning: spec.deployment.patch.spec.template.spec.containers starts 'backstage-backend' with app-configs of its own, which were not looked at"
            ])
        let named = fixture.replacing(
            "file: backstage.yaml", with: "file: backstage.yaml\n    appConfigFiles: [own.yaml]")
        #expect(named.with("own.yaml", "app: {}\n").warnings == [])
    }

    @Test func `what the image's own app-config says is fine`() {
        let same = """
            client: pg
            connection:
              host: ${ POSTGRES_HOST }
              port: ${POSTGRES_PORT :-5432}
              user: {$env: POSTGRES_USER}
              password: ${POSTGRES_PASSWORD}
              ssl: {ca: {$file: /opt/app-root/src/postgres-crt.pem}}
            """
        #expect(fixture(same).errors == [] && fixture(same).warnings == [])
        #expect(Fixture().with("app-config.yaml", "app: {}\n").errors == [])
    }

    @Test(arguments: [
        ("connection: postgres://me:secret@db/x", "3:17", "connection names a server, which would win"),
        ("connection: {host: db.example.com}", "3:18", "connection.host would win over the new database's Secret"),
        ("connection:\n  password: s3cret", "4:7", "connection.password would win over the new database's Secret"),
        ("connection: {user: '${DB_USER}'}", "3:18", "connection.user would win over the new database's Secret"),
        ("connection: {type: azure}", "3:18", "connection.type makes Backstage log in without the Secret's password"),
        ("connection: {ssl: false}", "3:23", "connection.ssl switches TLS off, and tls.mode of the target"),
        (
            "connection: {ssl: {ca: {$file: /etc/old.pem}}}", "3:28",
            "connection.ssl.ca would win over the new database's certificate authorities"
        ),
        ("client: better-sqlite3", "3:13", "client is not pg"),
        (
            "plugin:\n  catalog:\n    connection: {host: other}", "5:22",
            "plugin.catalog.connection.host would win over the new database's Secret"
        ),
        ("plugin: {auth: {client: better-sqlite3}}", "3:29", "plugin.auth.client is not pg"),
    ])
    func `what would win over the Secret is an error at its place, and no value is repeated`(
        database: String, place: String, message: String
    ) {
        let errors = fixture(database).errors
        #expect(errors.count == 1)
        #expect(
            errors.first?.hasPrefix("app-config.yaml:\(place): error: backend.database.\(message)") == true, "\(errors)"
        )
        #expect(!errors.joined().contains("s3cret") && !errors.joined().contains("postgres://"))
    }

    /// pg-connection-string takes these modes as libpq does where it is asked to.
    @Test(arguments: [
        ("sslmode=require&uselibpqcompat=true", true), ("uselibpqcompat=true&sslmode=prefer", true),
        ("sslmode=no-verify", true), ("sslmode=require", false), ("sslmode=require&uselibpqcompat=false", false),
        ("sslmode=verify-full&uselibpqcompat=true", false), ("uselibpqcompat=true", false),
    ])
    func `a text whose TLS checks nothing is told`(query: String, isTold: Bool) {
        let server = "postgresql://${ POSTGRES_USER }:${POSTGRES_PASSWORD}@${POSTGRES_HOST}:${POSTGRES_PORT}/"
        let fixture = fixture("connection: \(server)?\(query)")
        #expect(fixture.errors == [])
        #expect(
            firstLine(fixture.warnings)
                == (isTold
                    ? ["app-config.yaml:3:17: warning: backend.database.connection accepts any certificate"] : []))
    }

    @Test func `TLS that app-config asks for needs a server that has it`() {
        #expect(fixture("connection: {ssl: true}").errors == [])
        #expect(
            firstLine(fixture("connection: {ssl: true}", tls: false).errors) == [
                "app-config.yaml:3:23: error: backend.database.connection.ssl switches TLS on, and tls.mode of the target says otherwise"
            ])
    }

    @Test(arguments: [
        ("prefix: portal_", "3:5", "prefix gives the databases names of their own"),
        (
            "pluginDivisionMode: schema\nconnection: {database: portal}", "3:5",
            "pluginDivisionMode puts all plugins into one database"
        ),
        (
            "connection: {ssl: {rejectUnauthorized: false}}", "3:44",
            "connection.ssl.rejectUnauthorized: false accepts any certificate"
        ),
    ])
    func `what a person should know is a warning`(database: String, place: String, message: String) {
        #expect(
            firstLine(fixture(database).warnings) == ["app-config.yaml:\(place): warning: backend.database.\(message)"])
    }

    @Test func `in ConfigMaps, in a file of theirs or beside the CR, the place is the outer file's`() {
        let configMap = """
            kind: ConfigMap
            metadata: {name: portal-app-config}
            data:
              policy.csv: "p, role:default/x: [, read"
              app-config.yaml: |
                 backend:
                   database:
                     connection:
                       host: elsewhere

            """
        let message = "backend.database.connection.host would win over the new database's Secret"
        let file = Fixture().replacing(
            "file: backstage.yaml", with: "file: backstage.yaml\n    appConfigFiles: [cm.yaml]"
        )
        .with("cm.yaml", configMap)
        #expect(firstLine(file.errors) == ["cm.yaml:9:12: error: \(message)"])

        let beside = Fixture().replacing(
            inBackstage: "  application:\n",
            with: "  application:\n    appConfig: {configMaps: [{name: portal-app-config}]}\n"
        ).replacing(inBackstage: "apiVersion: rhdh", with: configMap + "---\napiVersion: rhdh")
        #expect(firstLine(beside.errors) == ["backstage.yaml:9:12: error: \(message)"])
        let unused = beside.replacing(inBackstage: "[{name: portal-app-config}]", with: "[{name: other}]")
        #expect(unused.errors == [])
    }

    @Test func `a file that is missing is an error where the config names it`() {
        #expect(
            firstLine(fixture("prefix: x").with("app-config.yaml", nil).errors) == [
                "rehome.yaml:9:21: error: spec.backstage.appConfigFiles, 'app-config.yaml', does not exist"
            ])
    }
}
