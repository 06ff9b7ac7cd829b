import Manifests
import MigrationSpec
import OutputFolder
import SystemPackage
import TestSupport
import Testing
import YAMLTree

struct CutoverTests {
    private func config(_ more: String = "") -> String {
        """
        apiVersion: rehome.dev/v1alpha1
        kind: Migration
        metadata: {name: new-db, namespace: portal}
        spec:
          backstage: {file: cr.yaml}
          target: {external: {host: db.example.com, tls: {mode: disabled}}}
          credentials: {existing: {secretName: new-db-credentials}}
          migration: {image: registry.example.com/rehome-job:1}
          \(more)
        """
    }

    private func cutover(_ cr: String, _ more: String = "", config: String? = nil, files: [String: String] = [:]) throws
        -> String
    {
        let migration = try migration(
            config: config ?? self.config(more), files: files.merging(["cr.yaml": cr]) { file, _ in file })
        let rendered = try Renderer().render(migration)
        return try rendered.text("3-cutover/backstage-\(migration.instance).yaml")
    }

    @Test func `only the lines that must change do`() throws {
        let source = try #require(
            try? InputFiles.disk(environment: [:]).read(
                Checkout.folder.appending("examples/statefulset/backstage.yaml")))
        let old = String(decoding: source, as: UTF8.self)
        let new = try Example.statefulSet.files().text("3-cutover/backstage-developer-portal.yaml")
        let changed = UnifiedDiff.between(old, new, path: "cr", context: 0).split(separator: "\n").filter {
            $0.hasPrefix("+ ") || $0.hasPrefix("- ")
        }
        #expect(
            changed == [
                "+      secrets:",
                "+        - name: portal-db-certificate",
                "+          key: postgres-crt.pem",
                "+          mountPath: /opt/app-root/src",
                "-      configMaps: [{name: portal-bucket}]",
                "+      configMaps: [{name: portal-bucket}, {name: portal-db-receipt-5159e8334e}]",
                "+      - name: portal-db-credentials",
                "-    enableLocalDb: true        # the small one that came with the operator",
                "+    enableLocalDb: false        # the small one that came with the operator",
                "-                      name: backstage-psql-secret-developer-portal   # keeps its chats beside the catalog",
                "+                      name: portal-db-credentials   # keeps its chats beside the catalog",
                "-                    valueFrom: {secretKeyRef: {name: backstage-psql-secret-developer-portal, key: POSTGRES_HOST}}",
                "+                    valueFrom: {secretKeyRef: {name: portal-db-credentials, key: POSTGRES_HOST}}",
                "-                        name: backstage-psql-secret-developer-portal",
                "+                        name: portal-db-credentials",
            ])
    }

    @Test func `a CR without a spec gets one`() throws {
        let cr = "apiVersion: rhdh.redhat.com/v1alpha5\nkind: Backstage\nmetadata:\n  name: bs1\n"
        let value = try YAMLFile(parsing: try cutover(cr, "cutover: {localDatabase: retire}"), name: "cr").onlyDocument
            .root.value()
        #expect(value["spec"]?["database"] == ["enableLocalDb": false])
        #expect(value["spec"]?["application"]?["extraEnvs"]?["secrets"] == [["name": "new-db-credentials"]])
        #expect(value["spec"]?["application"]?["extraEnvs"]?["configMaps"]?.items?.count == 1)
    }

    @Test func `the local database is kept unless the config says otherwise`() throws {
        let cr =
            "apiVersion: rhdh.redhat.com/v1alpha5\nkind: Backstage\nmetadata:\n  name: bs1\nspec:\n  database:\n    enableLocalDb: true\n"
        #expect(try cutover(cr).contains("enableLocalDb: true"))
        #expect(try cutover(cr, "cutover: {localDatabase: retire}").contains("enableLocalDb: false"))
        // To kubectl a word of YAML 1.1 is a boolean too.
        let words = cr.replacing("true", with: "yes")
        #expect(try cutover(words, "cutover: {localDatabase: retire}").contains("enableLocalDb: false"))
    }

    @Test func `a Secret that retiring deletes is not named any more, one of the user's own still is`() throws {
        let cr = "apiVersion: rhdh.redhat.com/v1alpha5\nkind: Backstage\nmetadata:\n  name: bs1\nspec:\n  database:\n"
        let generated = cr + "    authSecretName: backstage-psql-secret-bs1\n"
        #expect(try !cutover(generated, "cutover: {localDatabase: retire}").contains("authSecretName"))
        #expect(try cutover(generated).contains("authSecretName: backstage-psql-secret-bs1"))
        #expect(
            try cutover(cr + "    authSecretName: mine\n", "cutover: {localDatabase: retire}").contains(
                "authSecretName: mine"))
    }

    @Test func `where a person makes the cut-over, the runbook lists every field`() throws {
        let cr = "apiVersion: rhdh.redhat.com/v1alpha5\nkind: Backstage\nmetadata:\n  name: bs1\n"
        let migration = try migration(
            config: config("cutover: {mode: none, localDatabase: retire}"), files: ["cr.yaml": cr])
        let files = try Renderer().render(migration)
        #expect(!files.contains { $0.path.hasPrefix("3-cutover/") })
        #expect(try Renderer().edits(migration) == [])
        let runbook = try files.text("README.md")
        #expect(runbook.contains("- set `spec.database.enableLocalDb` to `false`\n"))
        #expect(runbook.contains("- append `{name: new-db-credentials}` to `spec.application.extraEnvs.secrets`\n"))
    }

    @Test func `volumes and projected sources are pointed at the new Secret, and other names are left`() throws {
        let cr = """
            apiVersion: rhdh.redhat.com/v1alpha5
            kind: Backstage
            metadata:
              name: bs1
            spec:
              deployment:
                patch:
                  spec:
                    template:
                      spec:
                        volumes:
                        - name: backstage-psql-secret-bs1
                          secret: {secretName: backstage-psql-secret-bs1}
                        - name: both
                          projected:
                            sources:
                            - secret:
                                name: backstage-psql-secret-bs1
                            - configMap: {name: backstage-psql-secret-bs1}

            """
        let text = try cutover(cr)
        #expect(text.contains("- name: backstage-psql-secret-bs1\n"))
        #expect(text.contains("secret: {secretName: new-db-credentials}"))
        #expect(text.contains("            - secret:\n                    name: new-db-credentials"), "\(text)")
        #expect(text.contains("configMap: {name: backstage-psql-secret-bs1}"))
    }

    @Test func `of a file with other objects only the CR is rendered, its other bytes as they were`() throws {
        let cr =
            "# about the CR\r\napiVersion: rhdh.redhat.com/v1alpha5\r\nkind: Backstage\r\nmetadata: {name: bs1}\r\n"
        let configMap = "apiVersion: v1\r\nkind: ConfigMap\r\nmetadata: {name: other}\r\n"
        let text = try cutover("---\r\n" + configMap + "---\r\n" + cr + "---\r\n" + configMap)
        #expect(text.hasPrefix("---\r\n" + cr))
        #expect(!text.contains("ConfigMap"))
        #expect(!text.replacing("\r\n", with: "").contains("\n"))
    }

    @Test func `before v1alpha3 the certificate goes where the shared mountPath leads`() throws {
        let cr = """
            apiVersion: rhdh.redhat.com/v1alpha2
            kind: Backstage
            metadata: {name: bs1}
            spec:
              application:
                extraFiles:
                  mountPath: /opt/app-root/src/rbac

            """
        let pem = try InputFiles.disk(environment: [:]).read(Checkout.folder.appending("examples/external/ca.pem"))
        let config = config().replacing("tls: {mode: disabled}", with: "tls: {mode: verify-full, caFile: ca.pem}")
        let migration = try migration(
            config: config, files: ["cr.yaml": cr, "ca.pem": String(decoding: pem, as: UTF8.self)])
        let files = try Renderer().render(migration)
        let value = try files.object("3-cutover/backstage-")
        #expect(
            value["spec"]?["application"]?["extraFiles"]?["secrets"] == [
                ["name": "new-db-certificate", "key": "postgres-crt.pem"]
            ])
        #expect(
            try files.text("README.md").contains("`NODE_EXTRA_CA_CERTS`: `/opt/app-root/src/rbac/postgres-crt.pem`"))
    }

    @Test(.enabled(if: Lab.exists, "the sample CR of a real installation is not beside the repository"))
    func `a real CR moves as its owners moved it by hand`() throws {
        let before = try Lab.text("rhdh-instance-15.yaml")
        let after = try Lab.text("rhdh-instance-16.yaml")
        let config = """
            apiVersion: rehome.dev/v1alpha1
            kind: Migration
            metadata: {name: my-backstage-psql-developer-hub, namespace: rhdh-gitlab}
            spec:
              backstage: {file: cr.yaml, operatorVersion: "1.8"}
              target:
                statefulSet:
                  image: registry.redhat.io/rhel9/postgresql-15:latest
                  tls: {mode: disabled}
              credentials:
                plain: {secretName: my-backstage-psql-secret-developer-hub, passwordFile: password}
              migration: {image: registry.example.com/rehome-job:1}
              cutover: {localDatabase: retire, savedSecret: saved-psql-secret}
            """
        let text = try cutover(before, config: config, files: ["password": "x"])
        let ours = try YAMLFile(parsing: text, name: "ours").onlyDocument.root.value()
        let theirs = try YAMLFile(parsing: after, name: "theirs").onlyDocument.root.value()
        let original = try YAMLFile(parsing: before, name: "before").onlyDocument.root.value()
        #expect(ours["spec"]?["database"] == theirs["spec"]?["database"])
        #expect(
            ours["spec"]?["deployment"]?["patch"]?["spec"]?["template"]
                == theirs["spec"]?["deployment"]?["patch"]?["spec"]?["template"])
        #expect(
            ours["spec"]?["application"]?["extraEnvs"]?["secrets"]
                == theirs["spec"]?["application"]?["extraEnvs"]?["secrets"])
        #expect(ours["spec"]?["application"]?["extraFiles"] == original["spec"]?["application"]?["extraFiles"])
        let diff = UnifiedDiff.between(before, text, path: "cr", context: 0).split(separator: "\n")
        // enableLocalDb and the two sidecars; besides the receipt and the credentials, nothing is added.
        #expect(diff.count { $0.hasPrefix("- ") } == 3)
        #expect(diff.count { $0.hasPrefix("+ ") } == 5)
    }
}

/// A real installation's files, where they are at hand.
enum Lab {
    static let folder = Checkout.folder.removingLastComponent().appending("shared/samples/lab")
    static var exists: Bool { (try? text("rhdh-instance-15.yaml")) != nil }

    static func text(_ name: String) throws -> String {
        String(decoding: try InputFiles.disk(environment: [:]).read(folder.appending(name)), as: UTF8.self)
    }
}
