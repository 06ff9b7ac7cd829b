import Manifests
import MigrationSpec
import SystemPackage
import TestSupport
import Testing

/// Names of the database that is left are found wherever they stand, however they are written.
struct RemainingReferencesTests {
    private func warnings(
        _ beside: String, cr lines: String = "  application: {}\n", files: [String: String] = [:],
        named: String = ""
    ) throws -> [String] {
        let config = """
            apiVersion: rehome.dev/v1alpha1
            kind: Migration
            metadata: {name: new-db, namespace: portal}
            spec:
              backstage: {file: cr.yaml, operatorVersion: "1.10"\(named)}
              target: {external: {host: db.example.com, tls: {mode: disabled}}}
              credentials: {existing: {secretName: new-db-credentials}}
              migration: {image: registry.example.com/rehome-job:1}
            """
        let cr =
            "apiVersion: rhdh.redhat.com/v1alpha4\nkind: Backstage\nmetadata: {name: portal}\nspec:\n" + lines + beside
        let input = InputFiles(environment: [:]) { path throws(InputFiles.Failure) in
            Array((path == "rehome.yaml" ? config : files[path.string] ?? cr).utf8)
        }
        let rendered = try Renderer().render(["rehome.yaml"], with: MigrationLoader(files: input))
        return rendered.warnings.map(\.description).filter { $0.contains("the cut-over leaves it so") }
    }

    /// postgres://u@backstage-psql-portal.portal.svc/x
    private static let encoded = "cG9zdGdyZXM6Ly91QGJhY2tzdGFnZS1wc3FsLXBvcnRhbC5wb3J0YWwuc3ZjL3g="

    @Test(arguments: [
        ("---\nkind: Secret\nmetadata: {name: team}\ndata: {URL: \(encoded)}\n", "Secret, data.URL names"),
        (
            "---\nkind: Secret\nmetadata: {name: team}\nstringData: {URL: 'u@BACKSTAGE-psql-portal/x'}\n",
            "Secret, stringData.URL"
        ),
        (
            "---\nkind: ConfigMap\nmetadata: {name: x}\nbinaryData: {a.txt: \(encoded)}\n",
            "ConfigMap, binaryData[\"a.txt\"] names"
        ),
        (
            "---\nkind: ConfigMap\nmetadata: {name: x}\ndata: {a: Backstage-PSQL-portal.portal.svc}\n",
            "ConfigMap, data.a names"
        ),
        (
            "---\nkind: ConfigMap\nmetadata: {name: x}\ndata: {a: 'psql -h $BACKSTAGE_PSQL_PORTAL_SERVICE_HOST'}\n",
            "ConfigMap, data.a names"
        ),
    ])
    func `a host in base64, or in capitals, is the same host`(beside: String, found: String) throws {
        let told = try warnings(beside)
        #expect(told.count == 1 && told[0].contains("warning: \(found)"), "\(told)")
        // What a Secret says is repeated by nobody.
        #expect(!told[0].contains("u@"))
    }

    @Test func `what is no base64 is read as it stands, and other names are others`() throws {
        #expect(
            try warnings("---\nkind: Secret\nmetadata: {name: x}\ndata: {URL: 'backstage-psql-portal!'}\n").count == 1)
        #expect(try warnings("---\nkind: ConfigMap\nmetadata: {name: x}\ndata: {a: \(Self.encoded)}\n") == [])
        #expect(try warnings("---\nkind: ConfigMap\nmetadata: {name: x}\ndata: {a: backstage-psql-portal2}\n") == [])
    }

    @Test func `the CR's own lines are looked at by the same rules`() throws {
        let envs = "  application: {extraEnvs: {envs: [{name: URL, value: 'x@Backstage-PSQL-portal'}]}}\n"
        #expect(try warnings("", cr: envs).count == 1)
    }

    @Test func `an app-config is looked at but for backend_database, wherever it is kept`() throws {
        let text = "ai: {vector: {host: backstage-psql-portal}}\nbackend: {database: {x: backstage-psql-portal}}\n"
        let map =
            "---\nkind: ConfigMap\nmetadata: {name: app}\ndata:\n  app-config.yaml: |\n    ai: {vector: {host: backstage-psql-portal}}\n"
        let named = "  application: {appConfig: {configMaps: [{name: app}]}}\n"
        #expect(try warnings(map, cr: named).count == 1)
        #expect(try warnings(map + "    backend: {database: {x: backstage-psql-portal}}\n", cr: named).count == 1)
        let database = map.replacing(
            "ai: {vector: {host: backstage-psql-portal}}", with: "backend: {database: {x: backstage-psql-portal}}")
        #expect(try warnings(database, cr: named) == [])
        let other = try warnings("", cr: named, files: ["app.yaml": text], named: ", appConfigFiles: [app.yaml]")
        #expect(
            other.count == 1 && other[0].hasPrefix("app.yaml:1:21: warning: the file, ai.vector.host names"), "\(other)"
        )
        let inMap = try warnings(
            "", cr: named, files: ["cm.yaml": String(map.dropFirst(4))], named: ", appConfigFiles: [cm.yaml]")
        #expect(inMap.count == 1 && inMap[0].hasPrefix("cm.yaml:4:20: warning: ConfigMap, data"), "\(inMap)")
    }

    @Test func `the dynamic plugins' own file is looked at`() throws {
        let list = "plugins:\n- package: rag\n  pluginConfig: {ai: {vector: {host: BACKSTAGE-psql-portal}}}\n"
        let named = "  application: {dynamicPluginsConfigMapName: plugins}\n"
        let found = try warnings("", cr: named, files: ["dp.yaml": list], named: ", dynamicPluginsFile: dp.yaml")
        #expect(found.count == 1 && found[0].hasPrefix("dp.yaml:3:38: warning: the file, plugins[0]"), "\(found)")
    }

    @Test func `a serviceRef is not told to name a host`() throws {
        let flow =
            "---\nkind: SonataFlow\nmetadata: {name: hello}\nspec: {persistence: {postgresql: {serviceRef: {name: backstage-psql-portal}}}}\n"
        let found = try warnings(flow)
        #expect(
            found.count == 1 && found[0].contains("A serviceRef names a Service, and db.example.com is none"),
            "\(found)")
        #expect(!found.joined().contains("let it name"))
    }

    private static func config(tls: String, cutover: String) -> String {
        """
        apiVersion: rehome.dev/v1alpha1
        kind: Migration
        metadata: {name: new-db, namespace: portal}
        spec:
          backstage: {file: cr.yaml, operatorVersion: "1.10"}
          target: {external: {host: db.example.com, tls: \(tls)}}
          credentials: {existing: {secretName: new-db-credentials}}
          migration: {image: registry.example.com/rehome-job:1}
          cutover: {mode: \(cutover)}
        """
    }

    @Test func `one sentence is said once, whichever Secret the cut-over has left there`() throws {
        let config = Self.config(tls: "{mode: verify-full, caFile: ca.pem}", cutover: "inPlace")
        let cr =
            "apiVersion: rhdh.redhat.com/v1alpha4\nkind: Backstage\nmetadata: {name: portal}\nspec:\n  application:\n"
            + "    extraEnvs: {secrets: [{name: backstage-psql-secret-portal, containers: [side]}]}\n"
        let files = [
            "rehome.yaml": config, "cr.yaml": cr,
            "ca.pem": try Checkout.folder.appending("examples/external/ca.pem").text(),
        ]
        let input = InputFiles(environment: [:]) { path throws(InputFiles.Failure) in
            guard let text = files[path.string] else { throw InputFiles.Failure(reason: "does not exist") }
            return Array(text.utf8)
        }
        let rendered = try Renderer().render(["rehome.yaml"], with: MigrationLoader(files: input))
        let places = rendered.warnings.map { "\($0.position) \($0.advice ?? "")" }
        #expect(Set(places).count == places.count, "\(rendered.warnings)")
    }

    // MARK: Once

    private func all(_ beside: String, cr lines: String, cutover: String = "copy") throws -> [String] {
        let config = Self.config(tls: "{mode: disabled}", cutover: cutover)
        let cr =
            "apiVersion: rhdh.redhat.com/v1alpha4\nkind: Backstage\nmetadata: {name: portal}\nspec:\n" + lines + beside
        let input = InputFiles(environment: [:]) { path throws(InputFiles.Failure) in
            guard path == "rehome.yaml" || path == "cr.yaml" else { throw InputFiles.Failure.missing }
            return Array((path == "rehome.yaml" ? config : cr).utf8)
        }
        return try Renderer().render(["rehome.yaml"], with: MigrationLoader(files: input)).warnings.map(\.message)
            .filter { !$0.contains("TLS to the target") }
    }

    @Test func `what Backstage reads and no file holds is told once, though the cut-over moves its place`() throws {
        let found = try all(
            "", cr: "  application:\n    extraEnvs:\n      configMaps:\n      - name: one\n      - name: two\n",
            cutover: "inPlace")
        #expect(found.count == 1, "\(found)")
    }

    @Test func `the ConfigMap of rawRuntimeConfig is asked for once`() throws {
        let found = try all(
            "", cr: "  application: {}\n  rawRuntimeConfig: {backstageConfig: raw, localDbConfig: db}\n")
        #expect(found.count == 2 && found.count { $0.contains("'raw'") } == 1, "\(found)")
    }

    @Test func `a variable that is judged for what it is, is not told for its value too`() throws {
        let secret = "---\nkind: Secret\nmetadata: {name: team}\nstringData: {POSTGRES_HOST: backstage-psql-portal}\n"
        let taken = "  application: {extraEnvs: {secrets: [{name: team}]}}\n"
        let found = try all(secret, cr: taken)
        #expect(found.count == 1 && found[0].contains("sets POSTGRES_HOST"), "\(found)")
        let other = try all(secret, cr: "  application: {}\n")
        #expect(other.count == 1 && other[0].contains("the database that is left"), "\(other)")
        let raw =
            "---\nkind: ConfigMap\nmetadata: {name: raw}\ndata:\n  secret-envs.yaml: |\n    kind: Secret\n"
            + "    stringData: {POSTGRES_HOST: backstage-psql-portal}\n"
        let named = "  rawRuntimeConfig: {backstageConfig: raw}\n"
        let inText = try all(raw, cr: named)
        #expect(inText.count == 1 && inText[0].contains("sets POSTGRES_HOST"), "\(inText)")
        #expect(try all(raw + "    data: {URL: 'x@backstage-psql-portal'}\n", cr: named).count == 2)
    }
}
