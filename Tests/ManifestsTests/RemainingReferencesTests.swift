import Manifests
import MigrationSpec
import SystemPackage
import Testing

/// Names of the database that is left are found wherever they stand, however they are written.
struct RemainingReferencesTests {
    private func warnings(_ beside: String, cr lines: String = "  application: {}\n") throws -> [String] {
        let config = """
            apiVersion: rehome.dev/v1alpha1
            kind: Migration
            metadata: {name: new-db, namespace: portal}
            spec:
              backstage: {file: cr.yaml, operatorVersion: "1.10"}
              target: {external: {host: db.example.com, tls: {mode: disabled}}}
              credentials: {existing: {secretName: new-db-credentials}}
              migration: {image: registry.example.com/rehome-job:1}
            """
        let cr =
            "apiVersion: rhdh.redhat.com/v1alpha4\nkind: Backstage\nmetadata: {name: portal}\nspec:\n" + lines + beside
        let input = InputFiles(environment: [:]) { path throws(InputFiles.Failure) in
            Array((path == "rehome.yaml" ? config : cr).utf8)
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
}
