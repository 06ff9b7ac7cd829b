import MigrationSpec
import Testing

/// What in a CR would keep Backstage from reaching the new database.
struct BackstageAuditTests {
    private func fixture(_ lines: String) -> Fixture {
        Fixture().replacing(inBackstage: "    extraEnvs:\n", with: "    extraEnvs:\n" + lines)
    }

    @Test(arguments: ["POSTGRES_HOST", "POSTGRES_PORT", "POSTGRES_USER", "POSTGRES_PASSWORD", "PGSSLMODE"])
    func `a variable that would win over the Secret is refused`(name: String) {
        let errors = fixture("      envs:\n      - {name: \(name), value: x}\n").errors
        #expect(
            errors == [
                "backstage.yaml:9:16: error: spec.application.extraEnvs.envs sets \(name), which would win over the credentials Secret\n"
                    + "  Take it out: the credentials Secret brings it."
            ])
    }

    @Test func `a variable for other containers only is none of our business`() {
        #expect(fixture("      envs:\n      - {name: PGSSLMODE, value: x, containers: [other]}\n").errors == [])
        #expect(fixture("      envs:\n      - {name: PGSSLMODE, value: x, containers: ['*']}\n").errors.count == 1)
    }

    @Test func `a CA bundle that is there already is a conflict with TLS, and none without`() {
        let conflict = fixture("      envs:\n      - {name: NODE_EXTRA_CA_CERTS, value: /etc/corporate.pem}\n")
        #expect(
            conflict.errors == [
                "backstage.yaml:9:16: error: spec.application.extraEnvs.envs sets NODE_EXTRA_CA_CERTS, and so does the new database's Secret\n"
                    + "  Node reads one file only: add its certificates to the config's caFile, and take the variable out here."
            ])
        let disabled = conflict.replacing("mode: verify-full\n        caFile: ca.pem", with: "mode: disabled")
        #expect(disabled.errors == [])
    }

    @Test func `a variable in the patch of Backstage's own container is refused`() {
        let patch = """
            spec:
              deployment:
                patch:
                  spec:
                    template:
                      spec:
                        containers:
                        - name: backstage-backend
                          env:
                          - name: POSTGRES_USER
                            value: me

            """
        let errors = Fixture().replacing(inBackstage: "spec:\n", with: patch).errors
        #expect(
            errors == [
                "backstage.yaml:14:23: error: spec.deployment.patch.spec.template.spec.containers 'backstage-backend' sets POSTGRES_USER, "
                    + "which would win over the credentials Secret\n  Take it out: the credentials Secret brings it."
            ])
    }

    private func patched(_ lines: String) -> Fixture {
        let patch =
            "spec:\n  deployment:\n    patch:\n      spec:\n        template:\n          spec:\n            \(lines)\n"
        return Fixture().replacing(inBackstage: "spec:\n", with: patch)
    }

    @Test(
        arguments: [
            ("command: [sh, -c, 'export POSTGRES_HOST=old; node packages/backend']", "POSTGRES_HOST"),
            ("args: ['PGSSLMODE=disable node .']", "PGSSLMODE"),
            ("args: ['x && APP_CONFIG_backend_database_client=pg node .']", "APP_CONFIG_backend_database_client"),
            ("command: [sh, -c, 'pg_isready -h $POSTGRES_HOST && node .']", nil),
            ("args: ['LOG_LEVEL=debug node .']", nil),
        ] as [(String, String?)])
    func `a variable that the command of Backstage's container sets is told`(words: String, name: String?) {
        let warnings = patched("containers: [{name: backstage-backend, \(words)}]").warnings
        #expect(warnings.count == (name == nil ? 0 : 1), "\(warnings)")
        #expect(warnings.allSatisfy { $0.contains("with a command that sets \(name ?? "")\n") }, "\(warnings)")
        #expect(patched("containers: [{name: other, \(words)}]").warnings == [])
    }

    @Test func `the target's host by another address is told`() {
        func warnings(_ name: String) -> [String] {
            patched("hostAliases: [{ip: 10.0.0.1, hostnames: [other, \(name)]}]").warnings
        }
        #expect(warnings("db.example.org") == [])
        #expect(
            warnings("DB.example.com").map { $0.prefix { $0 != "\n" }.description } == [
                "backstage.yaml:11:61: warning: hostAliases take 'db.example.com', the target's host, to 10.0.0.1"
            ])
    }

    @Test func `a Secret's single key that would win is refused`() {
        let errors = Fixture().replacing(
            inBackstage: "- name: portal-secrets", with: "- {name: portal-secrets, key: PGSSLMODE}"
        ).errors
        #expect(
            errors.first?.hasPrefix(
                "backstage.yaml:9:37: error: spec.application.extraEnvs.secrets takes PGSSLMODE from 'portal-secrets'")
                == true)
    }

    @Test func `switched-off certificate checks get a warning`() {
        let warnings = fixture("      envs:\n      - {name: NODE_TLS_REJECT_UNAUTHORIZED, value: '0'}\n").warnings
        #expect(
            warnings == [
                "backstage.yaml:9:16: warning: spec.application.extraEnvs.envs sets NODE_TLS_REJECT_UNAUTHORIZED; 0 makes Node accept any certificate, the new database's too\n"
                    + "  Take it out once everything that Backstage talks to has a certificate that it can check."
            ])
    }

    @Test func `a key of the operator's own Secret that the new one lacks is refused, wherever it goes`() {
        func errors(_ item: String) -> [String] {
            Fixture().replacing(inBackstage: "- name: portal-secrets", with: "- {\(item)}").errors
        }
        #expect(errors("name: backstage-psql-secret-portal") == [])
        #expect(errors("name: backstage-psql-secret-portal, key: POSTGRES_USER, containers: [other]") == [])
        for containers in ["", ", containers: [other]"] {
            #expect(
                errors("name: backstage-psql-secret-portal, key: POSTGRESQL_ADMIN_PASSWORD\(containers)") == [
                    "backstage.yaml:9:51: error: spec.application.extraEnvs.secrets takes POSTGRESQL_ADMIN_PASSWORD from 'backstage-psql-secret-portal', the local database's Secret; the new database's has no such key\n"
                        + "  Let what reads it read POSTGRES_USER and POSTGRES_PASSWORD."
                ])
        }
    }

    @Test func `a list where a mapping belongs is refused before anything is edited`() {
        let errors = Fixture().replacing(
            inBackstage: "    extraEnvs:\n      secrets:\n      - name: portal-secrets\n", with: "    extraEnvs: [a]\n"
        ).errors
        #expect(errors == ["backstage.yaml:7:16: error: spec.application.extraEnvs: found a list, expected a mapping"])
    }

    @Test func `a Secret of the CR's own is where the source's credentials are`() throws {
        let named = Fixture().replacing(inBackstage: "spec:\n", with: "spec:\n  database:\n    authSecretName: mine\n")
        #expect(try named.load().migration.source.secretName == "mine")
        #expect(try Fixture().load().migration.source.secretName == "backstage-psql-secret-portal")
    }

    /// kubectl reads YAML 1.1.
    @Test(arguments: ["false", "no", "off", "False"])
    func `a database that is switched off already has another as its source`(word: String) throws {
        var fixture = Fixture().replacing(
            inBackstage: "spec:\n", with: "spec:\n  database: {enableLocalDb: \(word)}\n")
        #expect(
            fixture.errors == [
                "backstage.yaml:6:29: error: spec.database.enableLocalDb is false already, so Backstage is on a server of its own, and spec.source is missing\n"
                    + "  Name that server in the config: spec.source.server with host, tls, and in secretName the Secret with its role, 'portal-secrets' perhaps."
            ])
        fixture.config +=
            "  source: {server: {host: old.example.com, secretName: portal-secrets, tls: {mode: disabled}}}\n"
        #expect(try fixture.load().migration.source.secretName == "portal-secrets")
        // It has been through a cut-over.
        let cutOver = Fixture().replacing(
            inBackstage: "spec:\n", with: "spec:\n  database: {enableLocalDb: false}\n"
        ).replacing(inBackstage: "portal-secrets", with: "portal-credentials")
        #expect(cutOver.errors == [])
        for word in ["yes", "on", "true"] {
            let on = Fixture().replacing(
                inBackstage: "spec:\n", with: "spec:\n  database: {enableLocalDb: \(word)}\n")
            #expect(on.errors == [] && on.warnings == [])
        }
    }

    @Test func `the new database's Secret as the source's is refused`() {
        let errors = Fixture().replacing(
            inBackstage: "spec:\n", with: "spec:\n  database: {authSecretName: portal-credentials}\n"
        ).errors
        #expect(
            errors.first?.hasPrefix(
                "backstage.yaml:6:30: error: spec.database.authSecretName names 'portal-credentials', the new database's Secret"
            ) == true, "\(errors)")
    }

    @Test func `the operator's own database as the target is refused`() {
        let errors = Fixture().replacing("db.example.com", with: "backstage-psql-portal.portal.svc").errors
        #expect(
            errors == [
                "rehome.yaml:11:13: error: spec.target.external.host is the operator's own database, which Backstage is to leave\n"
                    + "  Name the server that the databases move to."
            ])
    }

    @Test func `each other container that reads the Secret is told that it lacks the certificate, with TLS only`() {
        let patch = """
            spec:
              deployment:
                patch:
                  spec:
                    template:
                      spec:
                        containers:
                        - name: reader
                          envFrom:
                          - secretRef: {name: backstage-psql-secret-portal}
                        - name: bystander
                          envFrom:
                          - secretRef: {name: other}

            """
        let fixture = Fixture().replacing(inBackstage: "spec:\n", with: patch)
        #expect(
            fixture.warnings.map { $0.prefix { $0 != "\n" }.description } == [
                "backstage.yaml:12:21: warning: the container 'reader' reads the database's Secret, but not the new database's certificate authorities"
            ])
        let disabled = fixture.replacing("mode: verify-full\n        caFile: ca.pem", with: "mode: disabled")
        #expect(!disabled.warnings.contains { $0.contains("container") })
    }

    // MARK: Names

    @Test(arguments: [
        ("\"/../../x\"", "'/../../x'", ""), ("\"a b\"", "'a b'", ""), ("\"a\\nb\"", "'a\\u{a}b'", ""),
        ("Portal", "'Portal'", ""),
        ("12", "'12'", ""), ("[a]", "a list", ""),
        (String(repeating: "a", count: 64), "'\(String(repeating: "a", count: 64))'", ""),
        ("<my-rhdh>", "'<my-rhdh>'", "\n  This is a place for a person to fill in."),
        ("$NAME", "'$NAME'", "\n  This is to be substituted."),
        ("\"${NAME}\"", "'${NAME}'", "\n  This is to be substituted."),
        ("\"{{ .Values.name }}\"", "'{{ .Values.name }}'", "\n  This is a template of Helm."),
    ])
    func `a name in the CR is a Kubernetes name or an error at its place`(name: String, found: String, advice: String) {
        let errors = Fixture().replacing(inBackstage: "name: portal\n", with: "name: \(name)\n").errors
        let expected = "expected a Kubernetes object name (a-z, 0-9, -, .) of at most 63 characters"
        #expect(
            errors.count == 1
                && errors[0].hasPrefix("backstage.yaml:4:9: error: metadata.name: found \(found), \(expected)\(advice)"),
            "\(errors)")
        let others = Fixture().replacing(
            inBackstage: "spec:\n  application:\n",
            with:
                "spec:\n  database: {authSecretName: \(name)}\n  application:\n    dynamicPluginsConfigMapName: \(name)\n"
        ).errors
        let isLong = name.utf8.count == 64
        #expect(others.count == (isLong ? 0 : 2), "\(others)")
    }

    @Test func `a namespace in the CR is one, too`() {
        let errors = Fixture().replacing(inBackstage: "name: portal\n", with: "name: portal\n  namespace: ../x\n")
            .errors
        #expect(
            errors.first == "backstage.yaml:5:14: error: metadata.namespace: found '../x', "
                + "expected a DNS label (a-z, 0-9, -) of at most 63 characters")
    }

    @Test func `a template of Helm is named as what it is`() {
        var fixture = Fixture()
        fixture.files["backstage.yaml"] =
            "{{- if .Values.on }}\nkind: Backstage\nmetadata:\n  name: {{ .Release.Name }}\n{{- end }}\n"
        #expect(fixture.errors.count == 1)
        #expect(
            fixture.errors.first?.hasPrefix("backstage.yaml:1:1: error: found a template of Helm") == true,
            "\(fixture.errors)")
        #expect(fixture.errors.first?.contains("\n  This is a template of Helm. Render it first") == true)
    }
}
