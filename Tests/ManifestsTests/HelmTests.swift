import Manifests
import MigrationSpec
import SystemPackage
import TestSupport
import Testing
import YAMLTree

/// A Backstage that a Helm chart installs: its values change as a CR does, and the chart's own database is left.
struct HelmTests {
    private static let config = """
        apiVersion: rehome.dev/v1alpha1
        kind: Migration
        metadata: {name: new-db, namespace: portal}
        spec:
          backstage: {helm: {release: portal, values: [values.yaml]}}
          target: {external: {host: db.example.com, tls: {mode: disabled}}}
          credentials: {existing: {secretName: new-creds}}
          migration: {image: registry.example.com/rehome-job:1}

        """
    private static let tls = "tls: {mode: verify-full, caFile: ca.pem}"

    private func input(_ config: String, _ values: [String: String]) throws -> InputFiles {
        let ca = try Checkout.folder.appending("examples/external/ca.pem").text()
        let texts = values.merging(["rehome.yaml": config, "ca.pem": ca]) { text, _ in text }
        return InputFiles(environment: [:]) { path throws(InputFiles.Failure) in
            guard let text = texts[path.string] else { throw .missing }
            return Array(text.utf8)
        }
    }

    private func render(_ values: String, adding lines: String = "", tls: Bool = false) throws -> RenderedMigration {
        let config = (tls ? Self.config.replacing("tls: {mode: disabled}", with: Self.tls) : Self.config) + lines
        return try Renderer().render(
            ["rehome.yaml"], with: MigrationLoader(files: input(config, ["values.yaml": values])))
    }

    private func problems(_ values: String, adding lines: String = "", tls: Bool = false) -> [String] {
        do {
            return try render(values, adding: lines, tls: tls).warnings.map(\.description)
        } catch let error as ConfigError {
            return error.problems.map(\.description)
        } catch {
            return ["\(error)"]
        }
    }

    private func extra(_ rendered: RenderedMigration) throws -> YAMLValue {
        try rendered.files.object("values/cutover")
    }

    private func environment(_ rendered: RenderedMigration) throws -> [String: YAMLValue] {
        let pod = try rendered.files.object("2-copy/job-")["spec"]?["template"]?["spec"]
        let items = try #require(pod?["containers"]?[0]?["env"]?.items)
        return Dictionary(
            items.compactMap { item in
                item["name"]?.string.map { ($0, item["valueFrom"]?["secretKeyRef"] ?? item["value"] ?? .null) }
            }, uniquingKeysWith: { first, _ in first })
    }

    // MARK: The source

    @Test(arguments: [
        // RHDH's chart runs its database unless told otherwise, Backstage's own only if it is told to.
        (
            "upstream: {backstage: {}}", "portal-postgresql", "portal-postgresql", "postgres-password",
            "portal-developer-hub"
        ),
        (
            "postgresql: {enabled: true}", "portal-postgresql", "portal-postgresql", "postgres-password",
            "portal-backstage"
        ),
        (
            "nameOverride: portal\npostgresql: {enabled: true, architecture: replication}", "portal-postgresql-primary",
            "portal-postgresql", "postgres-password", "portal"
        ),
        (
            "fullnameOverride: hub\npostgresql: {enabled: true, fullnameOverride: pg-hub}", "pg-hub", "pg-hub",
            "postgres-password", "hub"
        ),
        (
            "postgresql: {enabled: true, auth: {existingSecret: mine}}", "portal-postgresql", "mine", "admin-password",
            "portal-backstage"
        ),
        (
            "upstream: {postgresql: {auth: {existingSecret: mine}}}", "portal-postgresql", "mine", "postgres-password",
            "portal-developer-hub"
        ),
        (
            "global: {postgresql: {auth: {existingSecret: all, secretKeys: {adminPasswordKey: root}}}}\nupstream: {}",
            "portal-postgresql", "all", "root", "portal-developer-hub"
        ),
    ])
    func `the Job reads the chart's own database, by the names and keys that the chart gives it`(
        values: String, host: String, secret: String, key: String, deployment: String
    ) throws {
        let rendered = try render(values)
        let found = try environment(rendered)
        #expect(found["REHOME_SOURCE_HOST"] == .string(host) && found["REHOME_SOURCE_PORT"] == "5432")
        #expect(found["REHOME_SOURCE_USER"] == "postgres")
        #expect(found["REHOME_SOURCE_PASSWORD"] == ["name": .string(secret), "key": .string(key), "optional": true])
        #expect(rendered.migration.deployment == deployment)
        #expect(try TreeRules(rendered.migration, files: rendered.files).violations() == [])
    }

    // MARK: The values

    @Test func `the values to be given last have all that Backstage needs, and lists as a whole`() throws {
        let values = """
            upstream:
              backstage:
                extraEnvVars: []
                extraEnvVarsSecrets: [portal-secrets]
                extraVolumes: [{name: plugins, emptyDir: {}}]
                extraVolumeMounts: [{name: plugins, mountPath: /plugins}]
            """
        let rendered = try render(values, tls: true)
        let backstage = try extra(rendered)["upstream"]?["backstage"]
        #expect(backstage?["extraEnvVarsSecrets"] == ["portal-secrets", "new-creds"])
        let receipt = try #require(backstage?["extraEnvVarsCM"]?[0]?.string)
        #expect(try environment(rendered)["REHOME_RECEIPT"] == .string(receipt) || receipt.hasPrefix("new-db-receipt-"))
        #expect(backstage?["extraVolumes"]?.items?.map { $0["name"] } == ["plugins", "database-certificate"])
        let mount = backstage?["extraVolumeMounts"]?.items?.last
        #expect(mount?["mountPath"] == "/opt/app-root/src/postgres-crt.pem" && mount?["subPath"] == "postgres-crt.pem")
        let connection = backstage?["appConfig"]?["backend"]?["database"]?["connection"]
        #expect(connection?["host"] == "${POSTGRES_HOST}" && connection?["password"] == "${POSTGRES_PASSWORD}")
        let postgres = try extra(rendered)["upstream"]?["postgresql"]
        #expect(postgres?["enabled"] == false)
        // The chart's own variable with the administrator's password leads to a Secret that stays.
        #expect(postgres?["auth"]?["existingSecret"] == "new-creds")
        #expect(postgres?["auth"]?["secretKeys"]?["adminPasswordKey"] == "POSTGRES_PASSWORD")
        // Nothing of the tree is applied as the cut-over but what Helm makes of it.
        #expect(!rendered.files.contains { $0.path.hasPrefix("3-cutover/") })
        #expect(try !rendered.files.text("README.md").contains("kubectl apply -k 3-cutover"))
    }

    @Test func `an app-config is not begun where the image's own is read`() throws {
        #expect(try extra(try render("postgresql: {enabled: true}"))["backstage"]?["appConfig"] == nil)
        let given = try extra(try render("backstage: {appConfig: {app: {title: x}}}\npostgresql: {enabled: true}"))
        #expect(given["backstage"]?["appConfig"]?["backend"]?["database"]?["connection"]?["host"] == "${POSTGRES_HOST}")
    }

    @Test func `the orchestrator of the chart goes along`() throws {
        let rendered = try render("upstream: {}\norchestrator: {enabled: true}")
        let platform = try extra(rendered)["orchestrator"]?["sonataflowPlatform"]
        #expect(platform?["externalDBsecretRef"] == "new-creds" && platform?["externalDBHost"] == "db.example.com")
        #expect(platform?["externalDBPort"] == "5432" && platform?["externalDBName"] == "postgres")
        #expect(!rendered.files.contains { $0.path.hasPrefix("4-orchestrator") })
        #expect(
            problems("upstream: {}\norchestrator: {enabled: true}", adding: "  orchestrator: {enabled: true}\n")[0]
                .hasPrefix("rehome.yaml:9:27: error: spec.orchestrator.enabled is true, and the chart installs"))
    }

    @Test(arguments: ["migrate", "done"], ["copy", "inPlace", "none"])
    func `rendering again changes nothing, and what is edited is edited once`(phase: String, mode: String) throws {
        let lines = "  phase: \(phase)\n  cutover: {mode: \(mode)}\n"
        for values in [
            "upstream: {}", "# mine\npostgresql: {enabled: true} # ours\n",
            "upstream:\n  backstage:\n    extraEnvVarsCM: [new-db-receipt-0123456789, own]\n",
        ] {
            let first = try render(values, adding: lines)
            let edited = first.edits.first.map { String(decoding: $0.new, as: UTF8.self) } ?? values
            #expect((edited != values) == (mode == "inPlace"))
            let second = try render(edited, adding: lines)
            #expect(second.edits.allSatisfy { $0.old == $0.new })
            let changed = zip(first.files, second.files).filter { $0.0.bytes != $0.1.bytes }.map(\.0.path)
            #expect(changed == [] && first.files.count == second.files.count, "\(values)")
            guard mode == "inPlace" else { continue }
            let receipts = edited.contains("new-db-receipt-")
            #expect(receipts == (phase == "migrate") && !edited.contains("0123456789"), "\(edited)")
            // The steady state after the move is the same file without the gate.
            let done = try render(edited, adding: "  phase: done\n  cutover: {mode: inPlace}\n")
            #expect(done.edits.allSatisfy { !String(decoding: $0.new, as: UTF8.self).contains("new-db-receipt-") })
            #expect(done.edits.allSatisfy { String(decoding: $0.new, as: UTF8.self).contains("new-creds") })
        }
    }

    @Test func `the last of several files is edited, and a list of an earlier one comes along`() throws {
        let config =
            Self.config.replacing("values: [values.yaml]", with: "values: [base.yaml, values.yaml]")
            + "  cutover: {mode: inPlace}\n"
        let files = [
            "base.yaml": "upstream:\n  backstage:\n    extraEnvVarsSecrets: [a, b]\n", "values.yaml": "# nothing yet\n",
        ]
        let rendered = try Renderer().render(["rehome.yaml"], with: MigrationLoader(files: input(config, files)))
        let edit = try #require(rendered.edits.first)
        #expect(rendered.edits.count == 1 && edit.path == "values.yaml")
        let text = String(decoding: edit.new, as: UTF8.self)
        #expect(text.hasPrefix("# nothing yet\nupstream:\n"))
        let root = try YAMLFile(parsing: text, name: "values.yaml").onlyDocument.root
        #expect(root[at: ["upstream", "backstage", "extraEnvVarsSecrets"]]?.value() == ["a", "b", "new-creds"])
    }

    // MARK: What is refused, and what is told

    @Test(arguments: [
        ("upstream: {}", "  cutover: {mode: patch}\n", "rehome.yaml:9:19: error: spec.cutover.mode is patch"),
        (
            "upstream: {}", "  cutover: {localDatabase: retire}\n",
            "rehome.yaml:9:28: error: spec.cutover.localDatabase is retire"
        ),
        (
            "upstream: {postgresql: {enabled: false}}", "",
            "values.yaml:1:34: error: upstream.postgresql.enabled is not true"
        ),
        ("backstage: {}", "", "rehome.yaml:5:47: error: postgresql.enabled is not true"),
        (
            "postgresql: {enabled: true}\nfullnameOverride: '{{ .Release.Name }}'", "",
            "values.yaml:2:19: error: fullnameOverride: found"
        ),
        (
            "postgresql: {enabled: true}\nbackstage: {extraEnvVars: [{name: POSTGRES_HOST, value: old}]}", "",
            "values.yaml:2:35: error: backstage.extraEnvVars sets POSTGRES_HOST"
        ),
        (
            "upstream: {backstage: {appConfig: {backend: {database: {connection: 'postgres://a@b/c'}}}}}", "",
            "values.yaml:1:69: error: backend.database.connection names a server"
        ),
        (
            "upstream: {backstage: {appConfig: {backend: {database: {connection: {ssl: true}}}}}}", "",
            "values.yaml:1:75: error: backend.database.connection.ssl switches TLS on"
        ),
        (
            "upstream: {backstage: {extraEnvVarsSecrets: [new-creds, other]}}", "",
            "values.yaml:1:46: error: upstream.backstage.extraEnvVarsSecrets names 'new-creds' before other Secrets"
        ),
        (
            "upstream: {backstage: {extraAppConfig: [{filename: a.yaml, configMapRef: cm}]}}", "",
            "values.yaml:1:74: warning: Backstage takes app-configs from the ConfigMap 'cm', which is in no given file and"
        ),
        (
            "postgresql: {enabled: true}\nbackstage: {extraEnvVarsCM: [a], extraEnvVarsSecrets: [portal-postgresql, b]}",
            "",
            "values.yaml:2:30: warning: Backstage takes variables from the ConfigMap 'a' and the Secret 'b', "
                + "which are in no given file and were not looked at"
        ),
        (
            "backstage: {extraEnvVarsCM: [mine]}\npostgresql: {enabled: true}\nextraDeploy:\n- kind: ConfigMap\n"
                + "  metadata: {name: mine}\n  data: {APP_CONFIG_backend_database_client: better-sqlite3}\n", "",
            "values.yaml:6:10: error: backend.database.client is not pg"
        ),
        (
            "backstage: {extraEnvVarsSecrets: [mine]}\npostgresql: {enabled: true}\nextraDeploy:\n- kind: Secret\n"
                + "  metadata: {name: mine}\n  data: {POSTGRES_HOST: b2xk}\n", "",
            "values.yaml:6:10: warning: the Secret 'mine' of backstage.extraEnvVarsSecrets sets POSTGRES_HOST, and so does the new"
        ),
        (
            "upstream: {}\nglobal: {dynamic: {plugins: [{package: a, pluginConfig: {backend: {database: {client: sqlite}}}}]}}",
            "", "values.yaml:2:87: error: backend.database.client is not pg"
        ),
        ("# nothing\n", "", "rehome.yaml:5:47: error: spec.backstage.helm.values holds no values"),
        // Helm reads YAML 1.1.
        (
            "upstream: {postgresql: {enabled: no}}", "",
            "values.yaml:1:34: error: upstream.postgresql.enabled is not true"
        ),
        (
            "upstream: {postgresql: {enabled: on}}", Self.elsewhere,
            "values.yaml:1:34: error: upstream.postgresql.enabled is true, and spec.source names another server"
        ),
        (
            "upstream: {backstage: {appConfig: {backend: {database: {connection: {ssl: yes}}}}}}", "",
            "values.yaml:1:75: error: backend.database.connection.ssl switches TLS on"
        ),
        (
            "postgresql: {enabled: true, auth: {enablePostgresUser: off}}", "",
            "values.yaml:1:56: error: postgresql.auth.enablePostgresUser is false, so 'postgres'"
        ),
        // Objects that the chart takes as templates, and an app-config in one.
        (
            "backstage: {extraEnvVarsSecrets: [late]}\npostgresql: {enabled: true}\nextraDeploy:\n- |\n  kind: Secret\n"
                + "  metadata: {name: late}\n  stringData: {POSTGRES_HOST: old}\n", "",
            "values.yaml:4:3: warning: the Secret 'late' of backstage.extraEnvVarsSecrets sets POSTGRES_HOST, and so does the new"
        ),
        (
            "backstage: {extraAppConfig: [{filename: a.yaml, configMapRef: cm}]}\npostgresql: {enabled: true}\n"
                + "extraDeploy:\n- kind: ConfigMap\n  metadata: {name: cm}\n  data:\n    a.yaml: |\n"
                + "      backend: {database: {connection: {host: old}}}\n", "",
            "values.yaml:7:13: error: backend.database.connection.host would win"
        ),
        (
            "upstream: {backstage: {args: [--config, dynamic-plugins-root/app-config.dynamic-plugins.yaml, --config, mine.yaml]}}",
            "",
            "values.yaml:1:95: warning: upstream.backstage starts 'backstage-backend' with app-configs of its own, which were not"
        ),
        (
            "postgresql: {enabled: true}\nbackstage: {command: [sh, -c, 'node packages/backend --config /x.yaml']}", "",
            "values.yaml:2:31: warning: backstage starts 'backstage-backend' with app-configs of its own, which were not"
        ),
        // A chart takes a text for a template.
        (
            "upstream: {backstage: {appConfig: 'backend: {}'}}", "",
            "values.yaml:1:35: error: upstream.backstage.appConfig: found a text, expected a mapping"
        ),
        (
            "postgresql: {enabled: true}\nbackstage: {extraEnvVars: '- {name: POSTGRES_HOST, value: old}'}", "",
            "values.yaml:2:27: error: backstage.extraEnvVars: found a text, expected a list"
        ),
        (
            "postgresql: {enabled: true}\nbackstage: {extraVolumes: {x: y}}", "",
            "values.yaml:2:27: error: backstage.extraVolumes: found a mapping, expected a list"
        ),
        (
            "postgresql: {enabled: true, auth: {existingSecret: mine, secretKeys: {adminPasswordKey: '{{ x }}'}}}", "",
            "values.yaml:1:89: error: postgresql.auth.secretKeys.adminPasswordKey: found the template '{{ x }}', and the Job"
        ),
        (
            "global: {postgresql: {auth: {username: '{{ x }}'}}}\nupstream: {}", "",
            "values.yaml:1:40: error: global.postgresql.auth.username: found the template"
        ),
        (
            "upstream: {backstage: {extraContainers: [{name: x, args: ['--db=portal-postgresql']}]}}", "",
            "values.yaml:1:59: warning: the values, upstream.backstage.extraContainers[0].args[0], name 'portal-postgresql'"
        ),
    ])
    func `what would leave Backstage on another database is told at its place`(
        values: String, lines: String, start: String
    ) {
        let found = problems(values, adding: lines)
        #expect(found.contains { $0.hasPrefix(start) }, "\(found)")
    }

    private static let elsewhere =
        "  source: {server: {host: old.example.com, secretName: old-db, tls: {mode: disabled}}}\n"

    // MARK: What Helm makes of a text

    @Test(arguments: ["yes", "on", "True", "'true'", "'false'", "1"])
    func `what a template takes for true switches the orchestrator on`(word: String) throws {
        let platform = try extra(render("upstream: {}\norchestrator: {enabled: \(word)}"))["orchestrator"]
        #expect(platform?["sonataflowPlatform"]?["externalDBHost"] == "db.example.com")
    }

    @Test(arguments: ["no", "off", "''", "0", "~"])
    func `what a template takes for false does not`(word: String) throws {
        #expect(try extra(render("upstream: {}\norchestrator: {enabled: \(word)}"))["orchestrator"] == nil)
    }

    @Test func `a plugin that is off says nothing, and a value that is there stays as it is written`() throws {
        let plugins = "[{package: a, disabled: yes, pluginConfig: {backend: {database: {client: sqlite}}}}]"
        let found = problems("upstream: {}\nglobal: {dynamic: {plugins: \(plugins)}}")
        #expect(found.allSatisfy { !$0.contains("client") }, "\(found)")
        let values = "postgresql: {enabled: no}\nbackstage: {extraEnvVarsSecrets: [new-creds]}\n"
        let rendered = try render(values, adding: "  cutover: {mode: inPlace}\n")
        let edited = String(decoding: try #require(rendered.edits.first).new, as: UTF8.self)
        #expect(edited.contains("enabled: no}"), "\(edited)")
    }

    @Test(arguments: [
        ("primary: {service: {ports: {postgresql: 6432}}}", "6432"),
        ("primary: {service: {ports: {postgresql: '6432'}}}", "6432"), ("primary: {}", "5432"),
    ])
    func `the Job connects to the port of the chart's Service`(line: String, port: String) throws {
        #expect(
            try environment(render("postgresql: {enabled: true, \(line)}"))["REHOME_SOURCE_PORT"] == .string(port))
        let all = "global: {postgresql: {service: {ports: {postgresql: 7432}}}}\n"
        #expect(
            try environment(render(all + "postgresql: {enabled: true, \(line)}"))["REHOME_SOURCE_PORT"] == "7432")
    }

    @Test func `the chart's own Service as the source is the chart's database still, which the values switch off`()
        throws
    {
        let values = "postgresql: {enabled: true, auth: {enablePostgresUser: false}}"
        for host in ["portal-postgresql", "portal-postgresql.portal.svc"] {
            let source = Self.elsewhere.replacing("old.example.com", with: host)
            let rendered = try render(values, adding: source)
            #expect(try environment(rendered)["REHOME_SOURCE_HOST"] == .string(host))
            #expect(try environment(rendered)["REHOME_SOURCE_USER"] != "postgres")
            #expect(try extra(rendered)["postgresql"]?["enabled"] == false)
            #expect(try rendered.files.text("README.md").contains("resource-policy"))
            #expect(try TreeRules(rendered.migration, files: rendered.files).violations() == [])
        }
    }

    @Test func `another release's Service of the chart's name is another server`() throws {
        let source = Self.elsewhere.replacing("old.example.com", with: "portal-postgresql")
        let rendered = try render("postgresql: {enabled: false}", adding: source)
        #expect(try !rendered.files.text("README.md").contains("statefulset/portal-postgresql"))
        #expect(rendered.migration.helm?.runsDatabase == false)
    }

    @Test func `what all charts share, and what keeps anchors, is no umbrella`() {
        let values =
            "x-shared: {backstage: {a: &one 1}}\nglobal: {backstage: {}, postgresql: {}}\npostgresql: {enabled: true}\n"
        #expect(problems(values).allSatisfy { !$0.contains("umbrella") })
    }

    // MARK: Which chart

    @Test(arguments: [
        "global: {clusterRouterBase: apps.example.com}", "global: {dynamic: {plugins: []}}", "route: {enabled: true}",
        "orchestrator: {enabled: true}",
    ])
    func `values that only RHDH's chart has are read as its own`(values: String) throws {
        let changed = try extra(render(values, adding: Self.elsewhere))
        #expect(changed["upstream"]?["backstage"]?["extraEnvVarsSecrets"] == ["new-creds"])
        #expect(changed["backstage"] == nil)
        let input = InputFiles(environment: [:]) { _ throws(InputFiles.Failure) in Array(values.utf8) }
        #expect(try InstanceReader(files: input).values("values.yaml")?.chart == .rhdh)
    }

    @Test(arguments: ["ingress: {enabled: true}", "global: {}", "{}"])
    func `values that both charts could have are refused until the config says whose they are`(values: String) throws {
        let found = problems(values, adding: Self.elsewhere)
        #expect(
            found.count == 1
                && found[0].hasPrefix(
                    "rehome.yaml:5:47: error: nothing in the values says whether the chart is Red Hat"),
            "\(found)")
        #expect(found[0].hasSuffix("Set spec.backstage.helm.chart to rhdh or backstage."))
        let config = Self.config.replacing("release: portal", with: "release: portal, chart: rhdh") + Self.elsewhere
        let rendered = try Renderer().render(
            ["rehome.yaml"], with: MigrationLoader(files: input(config, ["values.yaml": values])))
        #expect(try extra(rendered)["upstream"]?["backstage"]?["extraEnvVarsSecrets"] == ["new-creds"])
        #expect(try InstanceReader(files: try input(config, ["values.yaml": values])).values("values.yaml") == nil)
    }

    @Test(arguments: [
        "redhat-developer-hub:\n  upstream: {postgresql: {enabled: false}}\n", "backstage:\n  upstream: {}\n",
        "portal:\n  backstage: {}\n  postgresql: {enabled: true}\n",
        "backstage:\n  backstage: {image: {tag: latest}}\n  ingress: {enabled: true}\n",
    ])
    func `the values of an umbrella chart are refused, since an edit would reach no chart`(values: String) throws {
        for lines in ["", Self.elsewhere] {
            let found = problems(values, adding: lines)
            #expect(
                found.count == 1
                    && found[0].hasPrefix(
                        "values.yaml:1:1: error: found the values of an umbrella chart, with Backstage's"),
                "\(found)")
        }
        let input = InputFiles(environment: [:]) { _ throws(InputFiles.Failure) in Array(values.utf8) }
        let reader = InstanceReader(files: input)
        #expect(try reader.values("values.yaml") == nil)
        #expect {
            try reader.read("values.yaml", name: nil, plugins: nil, appConfigs: [])
        } throws: {
            "\($0)".hasPrefix("values.yaml:1:1: error: found the values of an umbrella chart")
        }
    }

    @Test func `a list that would replace the chart's own is refused with what to do`() {
        let found = problems("upstream: {}", tls: true)
        #expect(
            found.count == 2
                && found[0].hasPrefix("rehome.yaml:5:47: error: the values have no upstream.backstage.extraVolumes, "))
        #expect(found[0].contains("helm show values"))
        // Backstage's own chart has none.
        #expect(problems("backstage: {appConfig: {a: b}}\npostgresql: {enabled: true}", tls: true) == [])
    }

    @Test func `a database elsewhere is left as the config says, and nobody deletes anything`() throws {
        let source = Self.elsewhere
        let rendered = try render(
            "upstream: {postgresql: {enabled: false}, backstage: {extraEnvVarsSecrets: [old-db]}}", adding: source)
        #expect(try environment(rendered)["REHOME_SOURCE_HOST"] == "old.example.com")
        #expect(try extra(rendered)["upstream"]?["postgresql"] == nil)
        #expect(try !rendered.files.text("README.md").contains("resource-policy"))
        #expect(
            problems("upstream: {postgresql: {enabled: true}}", adding: source)[0].contains(
                "spec.source names another server"))
    }

    @Test
    func `the runbook lets Helm leave the database before the values switch it off, and says what to delete later`()
        throws
    {
        let text = try render("upstream: {}").files.text("README.md")
        let keep = try #require(text.firstRange(of: "annotate --overwrite statefulset/portal-postgresql service/"))
        let upgrade = try #require(
            text.firstRange(
                of:
                    "helm -n portal upgrade portal \"$CHART\" --version \"$VERSION\" -f \"$VALUES\"/values.yaml -f values/cutover.yaml"
            ))
        #expect(keep.lowerBound < upgrade.lowerBound)
        let done = try render("upstream: {}", adding: "  phase: done\n").files.text("README.md")
        let selector = "app.kubernetes.io/name=postgresql"
        #expect(done.contains("poddisruptionbudget,cronjob -l \(selector) -o name | grep"))
        #expect(done.contains("delete pvc data-portal-postgresql-0 --ignore-not-found"))
    }
}
