import Manifests
import MigrationSpec
import SystemPackage
import TestSupport
import Testing
import YAMLTree

/// Backstage goes back to the chart's own database by the same values that took it away.
struct HelmRollbackTests {
    private static let config = """
        apiVersion: rehome.dev/v1alpha1
        kind: Migration
        metadata: {name: new-db, namespace: portal}
        spec:
          backstage: {helm: {release: portal, values: [values.yaml]}}
          target: {external: {host: db.example.com, tls: {mode: verify-full, caFile: ca.pem}}}
          credentials: {existing: {secretName: new-creds}}
          migration: {image: registry.example.com/rehome-job:1}

        """

    private func render(_ values: String, _ lines: String) throws -> RenderedMigration {
        let ca = try Checkout.folder.appending("examples/external/ca.pem").text()
        let texts = ["rehome.yaml": Self.config + lines, "values.yaml": values, "ca.pem": ca]
        let input = InputFiles(environment: [:]) { path throws(InputFiles.Failure) in
            guard let text = texts[path.string] else { throw .missing }
            return Array(text.utf8)
        }
        return try Renderer().render(["rehome.yaml"], with: MigrationLoader(files: input))
    }

    private func problems(_ values: String, _ lines: String) -> [String] {
        do { return try render(values, lines).warnings.map(\.description) } catch let error as ConfigError {
            return error.problems.map(\.description)
        } catch { return ["\(error)"] }
    }

    private static func phase(_ name: String, mode: String, _ more: String = "") -> String {
        let phase = name.hasPrefix("rollback") ? "rollback" : name
        let step = name == "rollback 2" ? "cutoverBack" : "copyBack"
        return "  phase: \(phase)\n  rollback: {step: \(step)}\n  cutover: {mode: \(mode)\(more)}\n"
    }

    /// As the team's file is after each phase.
    private func life(_ values: String, _ phases: [String], _ more: String = "") throws -> String {
        try phases.reduce(values) { text, phase in
            let lines = Self.phase(phase, mode: "inPlace", more)
            let rendered = try render(text, lines)
            #expect(try TreeRules(rendered.migration, files: rendered.files).violations() == [])
            let after = rendered.edits.first.map { String(decoding: $0.new, as: UTF8.self) } ?? text
            let again = try render(after, lines)
            #expect(again.edits.allSatisfy { $0.old == $0.new }, "\(phase): \(after)")
            #expect(again.files == rendered.files, "\(phase)")
            return after
        }
    }

    private func root(_ text: String) throws -> YAMLNode {
        try YAMLFile(parsing: text, name: "values.yaml").onlyDocument.root
    }

    private func job(_ rendered: RenderedMigration) throws -> [String: YAMLValue] {
        let pod = try rendered.files.object("3-copy-back/job-")["spec"]?["template"]?["spec"]
        let items = try #require(pod?["containers"]?[0]?["env"]?.items)
        return Dictionary(
            items.compactMap { item in
                item["name"]?.string.map { ($0, item["valueFrom"]?["secretKeyRef"] ?? item["value"] ?? .null) }
            }, uniquingKeysWith: { first, _ in first })
    }

    @Test func `what an earlier file says of the role, or of a list, is not lost on the way back`() throws {
        func back(_ earlier: String) throws -> YAMLNode {
            var text = "upstream:\n  backstage: {}\n"
            for phase in ["migrate", "rollback 2"] {
                let config = Self.config.replacing("[values.yaml]", with: "[first.yaml, values.yaml]")
                let ca = try Checkout.folder.appending("examples/external/ca.pem").text()
                let texts = [
                    "rehome.yaml": config + Self.phase(phase, mode: "inPlace"), "values.yaml": text,
                    "first.yaml": earlier, "ca.pem": ca,
                ]
                let input = InputFiles(environment: [:]) { [texts] path throws(InputFiles.Failure) in
                    guard let text = texts[path.string] else { throw .missing }
                    return Array(text.utf8)
                }
                let rendered = try Renderer().render(["rehome.yaml"], with: MigrationLoader(files: input))
                text = String(decoding: try #require(rendered.edits.first).new, as: UTF8.self)
            }
            return try root(text)
        }
        let lists = "extraVolumes: [{name: x}]\n    extraVolumeMounts: [{name: x}]\n    extraEnvVarsSecrets: [a]\n"
        let connection: YAMLPath = ["upstream", "backstage", "appConfig", "backend", "database", "connection"]
        let plain = try back("upstream:\n  backstage:\n    \(lists)")
        #expect(plain[at: ["upstream", "backstage"]]?.mergedEntries?.map(\.name) == ["extraEnvVarsCM"])
        // The Job copies back for the administrator, so Backstage logs in as that.
        let other = try back(
            "upstream:\n  backstage:\n    \(lists)    appConfig: {backend: {database: {connection: {user: me, host: h}}}}\n"
        )
        #expect(other[at: connection]?.value()["user"] == "postgres")
        #expect(other[at: connection]?.value()["host"] == nil)
    }

    @Test(arguments: [
        "user: postgres\n            password: ${POSTGRESQL_ADMIN_PASSWORD}",
        "user: ${POSTGRES_USER}\n            password: ${POSTGRES_PASSWORD}",
    ])
    func `a connection of the team's stays on the way back, even at the end of the file`(role: String) throws {
        let own = """
            upstream:
              backstage:
                extraVolumes: []
                extraVolumeMounts: []
                appConfig:
                  backend:
                    database:
                      connection:
                        host: ${POSTGRES_HOST}
                        port: ${POSTGRES_PORT}
                        \(role.replacing("            ", with: "            "))

            """
        let back = try life(own, ["migrate", "rollback 2"])
        let connection: YAMLPath = ["upstream", "backstage", "appConfig", "backend", "database", "connection"]
        let entries = try root(back)[at: connection]?.mergedEntries?.map(\.name)
        #expect(entries == ["host", "port", "user", "password"], "\(back)")
    }

    private static let rhdh = """
        # ours
        upstream:
          backstage:
            extraEnvVarsSecrets: [portal-secrets]   # mine
            extraVolumes:
            - {name: x, emptyDir: {}} # kept
            extraVolumeMounts:
            - {name: x, mountPath: /x}
        orchestrator: {enabled: true}

        """

    @Test(arguments: [["migrate"], ["migrate", "done"]])
    func `what the cut-over has set in a values file goes again`(before: [String]) throws {
        let there = try life(Self.rhdh, before)
        let copying = try life(there, ["rollback 1"])
        #expect(copying == there)
        let back = try life(copying, ["rollback 2"])
        let upstream = try root(back)["upstream"]
        #expect(upstream?[at: ["postgresql", "enabled"]]?.bool == true)
        // Named, so that no render of the chart makes another password.
        #expect(upstream?[at: ["postgresql", "auth", "existingSecret"]]?.string == "portal-postgresql")
        #expect(
            upstream?[at: ["postgresql", "auth", "secretKeys"]]?.value()["adminPasswordKey"] == "postgres-password")
        let backstage = upstream?["backstage"]
        #expect(backstage?["extraEnvVarsSecrets"]?.value() == ["portal-secrets"])
        #expect(backstage?["extraVolumes"]?.items?.count == 1 && backstage?["extraVolumeMounts"]?.items?.count == 1)
        let receipts = try #require(backstage?["extraEnvVarsCM"]?.items)
        #expect(receipts.count == 1 && receipts[0].string?.hasPrefix("new-db-receipt-") == true)
        #expect(try !there.contains(#require(receipts[0].string)))
        // What the chart says itself is not said for it.
        #expect(backstage?["appConfig"] == nil)
        #expect(try root(back)["orchestrator"]?.value() == ["enabled": true])
        for comment in ["# ours\n", "# mine\n", "# kept\n"] { #expect(back.contains(comment), "\(back)") }
        // Another move begins where this one has ended.
        let next = try life(back, ["migrate"])
        #expect(try root(next)[at: ["upstream", "postgresql", "enabled"]]?.bool == false)
        #expect(
            try root(next)[at: ["upstream", "postgresql", "auth", "existingSecret"]]?.string == "portal-postgresql")
    }

    @Test(arguments: [
        "app: {title: x}", "app: {title: x}\n      # ours\n      backend: {database: {client: pg}}",
        // A connection of the team's that says what the chart says itself.
        "# ours\n      backend:\n        database:\n          connection:\n            user: postgres # mine\n"
            + "            password: ${POSTGRESQL_ADMIN_PASSWORD}",
    ])
    func `an app-config of the team's is left as it was`(appConfig: String) throws {
        let values =
            "upstream:\n  backstage:\n    appConfig:\n      \(appConfig)\n    extraVolumes: [{name: x}]\n    extraVolumeMounts: [{name: x}]\n"
        let back = try life(values, ["migrate", "rollback 2"])
        #expect(back.contains("    appConfig:\n      \(appConfig)\n    extraVolumes:"), "\(back)")
    }

    @Test func `a connection of the team's own to the variables loses no place, and logs in as what owns the copy`()
        throws
    {
        let place = "            host: ${POSTGRES_HOST}\n            port: ${POSTGRES_PORT}\n"
        let values =
            "upstream:\n  backstage:\n    appConfig:\n      backend:\n        database:\n          connection:\n"
            + place
            + "            user: ${POSTGRES_USER}\n            password: ${POSTGRES_PASSWORD}\n    extraVolumes: []\n    extraVolumeMounts: []\n"
        let back = try life(values, ["migrate", "rollback 2"])
        #expect(
            back.contains(place + "            user: postgres\n            password: ${POSTGRESQL_ADMIN_PASSWORD}\n"),
            "\(back)")
    }

    @Test func `what names the server that Backstage leaves again is told on the way back`() {
        let values =
            "postgresql: {enabled: true}\nbackstage:\n  extraEnvVarsSecrets: [new-creds]\n  extraContainers:\n"
            + "  - {name: a, args: ['--host=db.example.com']}\n  - {name: b, env: [{secretKeyRef: {name: new-creds}}]}\n"
            + "  - {name: c, args: ['--host={{ .Release.Name }}-postgresql']}\n"
        let back = problems(values, Self.phase("rollback 2", mode: "copy")).filter { $0.contains("the values, ") }
        #expect(back.map { $0.prefix(19) } == ["values.yaml:5:22: w", "values.yaml:6:43: w"], "\(back)")
        #expect(back.allSatisfy { $0.contains("let it name portal-postgresql, or its Secret portal-postgresql") })
        #expect(!problems(values, Self.phase("rollback 1", mode: "copy")).contains { $0.contains("the values, ") })
    }

    @Test func `a role that RHDH's values name is told before the cut-over forgets it`() throws {
        func values(_ user: String) -> String {
            """
            upstream:
              backstage:
                appConfig: {backend: {database: {connection: {user: \(user), password: "${P}"}}}}
                extraVolumes: []
                extraVolumeMounts: []

            """
        }
        func isTold(_ values: String, _ phase: String, mode: String = "inPlace") -> Bool {
            problems(values, Self.phase(phase, mode: mode)).contains {
                $0.contains("warning: Backstage logs in as 'bn_backstage' now") && $0.contains("log in as 'postgres'")
            }
        }
        #expect(isTold(values("bn_backstage"), "migrate"))
        #expect(!isTold(values("bn_backstage"), "migrate", mode: "copy"))
        #expect(!isTold(values("postgres"), "migrate") && !isTold(values("\"${POSTGRES_USER}\""), "migrate"))
        #expect(try !isTold(life(values("bn_backstage"), ["migrate"]), "migrate"))
    }

    @Test func `the Job copies back as the administrator, for the role as which Backstage logs in`() throws {
        for (values, owner, key) in [
            ("upstream: {backstage: {extraVolumes: [], extraVolumeMounts: []}}", nil, nil),
            ("postgresql: {enabled: true}", "bn_backstage", "password"),
            ("postgresql: {enabled: true, auth: {username: hub, existingSecret: mine}}", "hub", "user-password"),
            (
                "backstage: {appConfig: {backend: {database: {connection: {user: postgres}}}}}\npostgresql: {enabled: true}",
                nil, nil
            ),
        ] as [(String, String?, String?)] {
            let there = try life(values, ["migrate"])
            for (text, mode) in [(values, "copy"), (there, "inPlace")] {
                // A literal name is one that the cut-over has replaced.
                if mode == "inPlace", values.contains("user: postgres") { continue }
                let rendered = try render(text, Self.phase("rollback 1", mode: mode))
                let found = try job(rendered)
                #expect(found["REHOME_DIRECTION"] == "rollback")
                #expect(found["REHOME_TARGET_HOST"] == "portal-postgresql" && found["REHOME_TARGET_USER"] == "postgres")
                #expect(found["REHOME_SOURCE_PASSWORD"] == ["name": "new-creds", "key": "POSTGRES_PASSWORD"])
                #expect(found["REHOME_TARGET_OWNER"] == owner.map { .string($0) })
                #expect(found["REHOME_TARGET_OWNER_PASSWORD"]?["key"] == key.map { .string($0) })
                let secret: YAMLValue = values.contains("mine") ? "mine" : "portal-postgresql"
                #expect(found["REHOME_TARGET_PASSWORD"]?["name"] == secret)
                #expect(owner == nil || found["REHOME_TARGET_OWNER_CREATEDB"] == "off")
            }
        }
    }

    @Test func `a file to be given last is there in both steps, and says no more than it must`() throws {
        let copying = try render(Self.rhdh, Self.phase("rollback 1", mode: "copy"))
        let still = try copying.files.object("values/cutover")["upstream"]
        #expect(still?["postgresql"]?["enabled"] == false)
        #expect(still?["backstage"]?["extraEnvVarsCM"] == nil)
        #expect(still?["backstage"]?["extraEnvVarsSecrets"] == ["portal-secrets", "new-creds"])
        let back = try render(Self.rhdh, Self.phase("rollback 2", mode: "copy"))
        let values = try back.files.object("values/cutover")
        #expect(values["orchestrator"] == nil && values["upstream"]?["backstage"]?.mapping?.count == 1)
        #expect(values["upstream"]?["backstage"]?["extraEnvVarsCM"]?.items?.count == 1)
        #expect(values["upstream"]?["postgresql"]?["enabled"] == true)
    }

    @Test(arguments: ["postgresql: {enabled: true}", Self.rhdh])
    func `on a second way back the saved Secret counts, whatever the first has left in the values`(values: String)
        throws
    {
        let once = try life(values, ["migrate", "rollback 1", "rollback 2"])
        let there = try life(once, ["migrate", "done"])
        let rendered = try render(there, Self.phase("rollback 1", mode: "inPlace", ", savedSecret: saved"))
        #expect(try job(rendered)["REHOME_TARGET_PASSWORD"]?["name"] == "saved")
        let database = try rendered.files.object("values/local-database")
        #expect((database["upstream"] ?? database)["postgresql"]?["auth"]?["existingSecret"] == "saved", "\(database)")
    }

    @Test func `where the database has been deleted, the chart's templates make it again, from the saved Secret`()
        throws
    {
        let more = ", savedSecret: saved"
        let there = try life("postgresql: {enabled: true}", ["migrate", "done"], more)
        let rendered = try render(there, Self.phase("rollback 1", mode: "inPlace", more))
        let values = try rendered.files.object("values/local-database")["postgresql"]
        #expect(values?["enabled"] == true && values?["auth"]?["existingSecret"] == "saved")
        #expect(values?["auth"]?["secretKeys"]?["userPasswordKey"] == "password")
        #expect(try job(rendered)["REHOME_TARGET_PASSWORD"] == ["name": "saved", "key": "postgres-password"])
        let text = try rendered.files.text("README.md")
        #expect(
            text.contains(
                "helm -n portal template portal \"$CHART\" --version \"$VERSION\" -f \"$VALUES\"/values.yaml -f values/local-database.yaml "
                    + "| kubectl -n portal apply -l app.kubernetes.io/name=postgresql -f -"
            ))
        let back = try life(there, ["rollback 1", "rollback 2"], more)
        #expect(try root(back)[at: ["postgresql", "auth", "existingSecret"]]?.string == "saved")
    }

    @Test(arguments: [
        (
            ", gate: none", "postgresql: {enabled: true}",
            "rehome.yaml:11:31: error: spec.cutover.gate is none and phase is"
        ),
        (
            ", savedSecret: new-creds", "postgresql: {enabled: true}",
            "rehome.yaml:11:38: error: spec.cutover.savedSecret is 'new-creds', the new database's Secret"
        ),
        (
            "",
            "backstage: {appConfig: {backend: {database: {connection: {user: other}}}}}\npostgresql: {enabled: true}",
            "values.yaml:1:65: error: phase is rollback, and Backstage logs in as 'other'"
        ),
        (
            "}\n  source: {server: {host: old, secretName: old, tls: {mode: disabled}}", "backstage: {x: 1}",
            "rehome.yaml:9:10: error: phase is rollback, which goes back to the chart's own database, but spec.source"
        ),
        (
            "}\n  orchestrator: {enabled: true", "postgresql: {enabled: true}",
            "rehome.yaml:12:27: error: spec.orchestrator.enabled is true, phase is rollback"
        ),
    ])
    func `what cannot go back is refused at its place`(more: String, values: String, start: String) {
        let found = problems(values, Self.phase("rollback 1", mode: "copy", more))
        #expect(found.contains { $0.hasPrefix(start) }, "\(found)")
    }

    /// A server that the config names is not the chart's, even when the values have been through the cut-over.
    @Test func `with another server as the source, an edited file is edited once`() throws {
        let lines =
            "  source: {server: {host: old.example.com, secretName: old-db, tls: {mode: disabled}}}\n  cutover: {mode: inPlace}\n"
        let values =
            "upstream: {postgresql: {enabled: false}, backstage: {extraVolumes: [], extraVolumeMounts: [], extraEnvVarsSecrets: [old-db]}}"
        let first = try render(values, lines)
        let edited = String(decoding: try #require(first.edits.first).new, as: UTF8.self)
        let second = try render(edited, lines)
        #expect(second.edits.allSatisfy { $0.old == $0.new })
        #expect(second.files == first.files)
    }
}
