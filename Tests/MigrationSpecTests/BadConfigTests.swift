import Testing

/// Each wrong config gets one error that says where it is, what was found, and what to do.
struct BadConfigTests {
    @Test func `the fixture itself is right`() {
        #expect(Fixture().errors == [])
        #expect(Fixture().warnings == [])
    }

    @Test func `a misspelt key is named with its nearest neighbour`() {
        let errors = Fixture().replacing("    external:", with: "    extrenal:").errors
        #expect(
            errors.first
                == "rehome.yaml:10:5: error: unknown key 'extrenal' in 'spec.target'\n  Did you mean 'external'?")
    }

    @Test func `an unknown key that resembles nothing lists the keys that exist`() {
        let errors = Fixture().replacing("  name: portal-db", with: "  name: portal-db\n  zzzzzz: 1").errors
        #expect(
            errors == [
                "rehome.yaml:5:3: error: unknown key 'zzzzzz' in 'metadata'\n  The keys here are: 'name', 'namespace' (docs/reference/config.md#metadata)."
            ])
    }

    @Test func `a mapping where text belongs is told apart`() {
        let errors = Fixture().replacing("host: db.example.com", with: "host: {name: db}").errors
        #expect(
            errors == [
                "rehome.yaml:11:13: error: spec.target.external.host: found a mapping, expected a host name or an IP address, without scheme and port"
            ])
    }

    @Test func `text where a mapping belongs lists the mapping's keys`() {
        let errors = Fixture().replacing(
            "  backstage:\n    file: backstage.yaml", with: "  backstage: backstage.yaml\n"
        ).errors
        #expect(
            errors == [
                "rehome.yaml:7:14: error: 'spec.backstage': found a string, expected a mapping with the keys 'file', 'helm', 'name', 'operatorVersion', 'dynamicPluginsFile', 'appConfigFiles'"
            ])
    }

    @Test func `a port that is no number is refused`() {
        let errors = Fixture().replacing("host: db.example.com", with: "host: db.example.com\n      port: five").errors
        #expect(
            errors == [
                "rehome.yaml:12:13: error: spec.target.external.port: found 'five', expected a whole number from 1 to 65535"
            ])
    }

    @Test func `a version without quotes says how to write it`() {
        let errors = Fixture().replacing(
            "file: backstage.yaml", with: "file: backstage.yaml\n    operatorVersion: 1.10"
        ).errors
        #expect(
            errors == [
                "rehome.yaml:9:22: error: spec.backstage.operatorVersion: found a number, expected a release of the operator in quotes, such as \"1.9\"\n"
                    + "  YAML reads the value without quotes as a number; write it as \"1.10\"."
            ])
    }

    @Test func `a wrong choice names the nearest one`() {
        let errors = Fixture().replacing("mode: verify-full", with: "mode: verify-ful").errors
        #expect(
            errors == [
                "rehome.yaml:13:15: error: spec.target.external.tls.mode: found 'verify-ful', expected one of verify-full, disabled\n"
                    + "  Did you mean 'verify-full'?"
            ])
    }

    @Test func `a missing key is named at its section, with its meaning`() {
        let errors = Fixture().replacing("      host: db.example.com\n", with: "").errors
        #expect(
            errors == [
                "rehome.yaml:11:7: error: 'spec.target.external.host' is missing; expected a host name or an IP address, without scheme and port\n"
                    + "  It is: The server's name, as its certificate spells it. (docs/reference/config.md#spectargetexternal)"
            ])
    }

    @Test func `two targets at once are refused`() {
        let errors = Fixture().replacing("  credentials:", with: "    statefulSet: {}\n  credentials:").errors
        #expect(
            errors == [
                "rehome.yaml:15:5: error: 'spec.target' has 'external', 'statefulSet'; expected exactly one of 'statefulSet', 'cloudNativePG', 'crunchyPGO', 'zalando', 'external'"
            ])
    }

    @Test func `TLS without a CA file is refused, and may be switched off only in so many words`() {
        let errors = Fixture().replacing("        caFile: ca.pem\n", with: "").errors
        #expect(
            errors == [
                "rehome.yaml:13:9: error: 'spec.target.external.tls.caFile' is missing, which is required when mode is verify-full\n"
                    + "  It is: PEM file with the certificate authorities that vouch for the server. (docs/reference/config.md#spectargetexternaltls)"
            ])
        let disabled = Fixture().replacing("mode: verify-full\n        caFile: ca.pem", with: "mode: disabled")
        #expect(
            disabled.warnings == [
                "rehome.yaml:13:15: warning: TLS to the target is switched off: passwords and data cross the network in plain text\n"
                    + "  Give the server a certificate and set mode to verify-full."
            ])
    }

    @Test func `a server's certificate comes from exactly one place, and the service CA from OpenShift only`() {
        let external =
            "    external:\n      host: db.example.com\n      tls:\n        mode: verify-full\n        caFile: ca.pem"
        func errors(_ tls: String, _ more: String = "") -> [String] {
            let own = "    statefulSet:\n      image: i\n      tls: {mode: verify-full, caFile: ca.pem\(tls)}\(more)"
            return Fixture().replacing(external, with: own).errors
        }
        let sources = "'serverSecret', 'certManager', 'serviceCA'"
        #expect(
            errors("") == [
                "rehome.yaml:12:12: error: 'spec.target.statefulSet.tls': found none of \(sources), expected exactly one when mode is verify-full"
            ])
        #expect(
            errors(", serverSecret: s, serviceCA: {}") == [
                "rehome.yaml:12:12: error: 'spec.target.statefulSet.tls': found 'serverSecret', 'serviceCA' of \(sources), expected exactly one when mode is verify-full"
            ])
        #expect(errors(", serviceCA: {}") == [])
        #expect(
            errors(", serviceCA: {}", "\n  platform: kubernetes") == [
                "rehome.yaml:12:59: error: spec.target.statefulSet.tls.serviceCA needs OpenShift, and spec.platform is kubernetes\n"
                    + "  Use certManager, or serverSecret with a certificate of your own."
            ])
    }

    @Test func `only a certificate that is there already needs a file with its authorities`() {
        let external =
            "    external:\n      host: db.example.com\n      tls:\n        mode: verify-full\n        caFile: ca.pem"
        func errors(_ tls: String) -> [String] {
            Fixture().replacing(external, with: "    statefulSet:\n      image: i\n      tls: {\(tls)}").errors
        }
        #expect(errors("serviceCA: {}") == [])
        #expect(errors("certManager: {issuer: ca}") == [])
        #expect(
            errors("serverSecret: s") == [
                "rehome.yaml:12:27: error: 'spec.target.statefulSet.tls.caFile' is missing, which serverSecret needs\n"
                    + "  It is: PEM file with the certificate authorities that vouch for the server's certificate."
            ])
    }

    @Test func `a migration leaves the operator's database, or a server that the config names`() {
        let backstage = "  backstage:\n    file: backstage.yaml\n"
        let source = "  source: {server: {host: old.example.com, secretName: s, tls: {caFile: ca.pem}}}\n"
        #expect(
            Fixture().replacing(backstage, with: "").errors == [
                "rehome.yaml:7:3: error: 'spec' needs one or both of 'backstage', 'source'"
            ])
        #expect(Fixture().replacing(backstage, with: source).errors == [])
        #expect(
            Fixture().replacing(backstage, with: source).replacing("  namespace: portal\n", with: "").errors == [
                "rehome.yaml:4:9: error: 'metadata.namespace' is missing, and there is no Backstage CR that names one\n"
                    + "  Set it to the namespace that Backstage runs in."
            ])
        let same = source.replacing("old.example.com", with: "db.example.com")
        #expect(
            Fixture().replacing(backstage, with: same).errors == [
                "rehome.yaml:10:13: error: spec.target.external is the server of spec.source\n"
                    + "  Name the server that the databases move to."
            ])
    }

    @Test func `a duplicate key is refused where it stands`() {
        let errors = Fixture().replacing("kind: Migration", with: "kind: Migration\nkind: Migration").errors
        #expect(errors.count == 1)
        #expect(errors.first?.hasPrefix("rehome.yaml:3:1: error: ") == true)
    }

    @Test func `a config that does not parse is an error at its line`() {
        let errors = Fixture().replacing("  name: portal-db", with: "  name: [portal-db").errors
        #expect(errors.count == 1)
        #expect(errors.first?.hasPrefix("rehome.yaml:5:") == true, "\(errors)")
    }

    @Test func `an empty config is an error`() {
        var fixture = Fixture()
        fixture.config = ""
        #expect(fixture.errors == ["rehome.yaml:1:1: error: the file is empty; expected one YAML document"])
    }

    @Test func `another kind of document is an error`() {
        let errors = Fixture().replacing("rehome.dev/v1alpha1", with: "v1").replacing("Migration", with: "ConfigMap")
            .errors
        #expect(
            errors == [
                "rehome.yaml:1:13: error: apiVersion: found 'v1', expected 'rehome.dev/v1alpha1'",
                "rehome.yaml:2:7: error: kind: found 'ConfigMap', expected one of Migration",
            ])
    }

    @Test func `the operator's own names are refused for our objects`() {
        let base = Fixture().replacing("name: portal-db", with: "name: backstage-psql-portal").errors
        #expect(
            base == [
                "rehome.yaml:4:9: error: metadata.name is 'backstage-psql-portal', the name that the operator uses for its own database\n"
                    + "  An operator up to 1.9 deletes what bears it at every reconcile. Choose another name."
            ])
        let secret = Fixture().replacing("portal-credentials", with: "backstage-psql-secret-portal").errors
        #expect(
            secret.first?.hasPrefix(
                "rehome.yaml:17:19: error: spec.credentials.existing.secretName is 'backstage-psql-secret-portal', the name that the operator uses for its own database's Secret"
            ) == true)
    }

    @Test func `a name that leaves no room for the Job's hash is refused`() {
        let errors = Fixture().replacing("portal-db", with: String(repeating: "a", count: 39)).errors
        #expect(errors.first?.hasPrefix("rehome.yaml:4:9: error: metadata.name: found 'aaaa") == true)
        #expect(errors.first?.hasSuffix("expected a DNS label (a-z, 0-9, -) of at most 38 characters") == true)
    }

    @Test func `no gate and nothing kept is refused where the operator would delete the data`() {
        let cutover = "  cutover: {localDatabase: retire, gate: none}\n"
        var fixture = Fixture()
        fixture.config += cutover
        #expect(
            fixture.errors == [
                "rehome.yaml:20:42: error: spec.cutover.gate is none and localDatabase is retire, with an operator up to 1.9 or an unknown one\n"
                    + "  Applied too early, the CR would delete the only copy of the data: let the gate be job or manual, or keep the local database."
            ])
        #expect(
            fixture.replacing("file: backstage.yaml", with: "file: backstage.yaml\n    operatorVersion: '1.10'").errors
                == [])
    }

    @Test func `all problems of a config are told in one run, in the order of the file`() {
        let errors = Fixture()
            .replacing("portal-db", with: "Portal")
            .replacing("host: db.example.com", with: "hst: db.example.com")
            .replacing("backstage.yaml", with: "nowhere.yaml")
            .replacing("image:", with: "imgae:").errors
        #expect(
            errors.map { $0.prefix { $0 != "\n" }.description } == [
                "rehome.yaml:4:9: error: metadata.name: found 'Portal', expected a DNS label (a-z, 0-9, -) of at most 38 characters",
                "rehome.yaml:8:11: error: spec.backstage.file, 'nowhere.yaml', does not exist",
                "rehome.yaml:11:7: error: unknown key 'hst' in 'spec.target.external'",
                "rehome.yaml:11:7: error: 'spec.target.external.host' is missing; expected a host name or an IP address, without scheme and port",
                "rehome.yaml:19:5: error: unknown key 'imgae' in 'spec.migration'",
                "rehome.yaml:19:5: error: 'spec.migration.image' is missing; expected a container image such as registry.example.com/team/image:tag",
            ])
    }

    @Test func `a message shows what is hidden, and no more than a person reads`() {
        let odd = Fixture().replacing("host: db", with: "\"h\\u202Eost\\n\": x\n      host: db").errors
        #expect(
            odd == [
                "rehome.yaml:11:7: error: unknown key 'h\\u{202e}ost\\u{a}' in 'spec.target.external'\n  Did you mean 'host'?"
            ])
        let long = Fixture().replacing("name: portal-db", with: "name: \(String(repeating: "x", count: 1_000_000))")
            .errors
        #expect(long.count == 1 && long.allSatisfy { $0.utf8.count < 3000 }, "\(long.map(\.utf8.count))")
        let key = Fixture().replacing("host: db", with: "\(String(repeating: "h", count: 1000)): x\n      host: db")
            .errors
        #expect(key.count == 1 && key.allSatisfy { $0.utf8.count < 3000 })
    }
}
