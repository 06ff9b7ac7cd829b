import JobContract
import Manifests
import MigrationSpec
import SystemPackage
import TestSupport
import Testing
import YAMLTree

/// A Backstage that no operator runs, or whose databases are elsewhere already.
struct SourceServerTests {
    private static let config = """
        apiVersion: rehome.dev/v1alpha1
        kind: Migration
        metadata: {name: new-db, namespace: portal}
        spec:
          source: {server: {host: old.example.com, port: 5433, secretName: old, userKey: user, passwordKey: pass, tls: {caFile: ca.pem}}}
          target: {external: {host: db.example.com, tls: {caFile: ca.pem}}}
          credentials: {existing: {secretName: new}}
          migration: {image: registry.example.com/rehome-job:1}

        """

    private func files(_ config: String = config, cr: String? = nil) throws -> [RenderedFile] {
        let ca = try Checkout.folder.appending("examples/external/ca.pem").text()
        var files = ["ca.pem": ca]
        files["cr.yaml"] = cr
        let migration = try migration(config: config, files: files)
        let rendered = try Renderer().render(migration)
        #expect(try TreeRules(migration, files: rendered).violations() == [])
        return rendered
    }

    private func environment(_ files: [RenderedFile]) throws -> [String: YAMLValue] {
        let pod = try files.object("2-copy/job-")["spec"]?["template"]?["spec"]
        let items = try #require(pod?["containers"]?[0]?["env"]?.items)
        return Dictionary(
            items.compactMap { item in
                item["name"]?.string.map { ($0, item["valueFrom"]?["secretKeyRef"] ?? item["value"] ?? .null) }
            }, uniquingKeysWith: { first, _ in first })
    }

    @Test func `the Job reads the source from the config and its Secret's keys, with TLS`() throws {
        let files = try files()
        let values = try environment(files)
        #expect(values["REHOME_SOURCE_HOST"] == "old.example.com")
        #expect(values["REHOME_SOURCE_PORT"] == "5433")
        #expect(values["REHOME_SOURCE_USER"] == ["name": "old", "key": "user", "optional": true])
        #expect(values["REHOME_SOURCE_PASSWORD"] == ["name": "old", "key": "pass", "optional": true])
        #expect(values["REHOME_SOURCE_SSLMODE"] == "verify-full")
        #expect(values["REHOME_INSTANCE"] == "backstage")
        let pod = try files.object("2-copy/job-")["spec"]?["template"]?["spec"]
        let file = try #require(values["REHOME_SOURCE_CA_FILE"]?.string)
        let mount = try #require(
            pod?["containers"]?[0]?["volumeMounts"]?.items?.first { $0["name"] == "source-certificates" })
        #expect(file == "\(try #require(mount["mountPath"]?.string))/\(JobFiles.certificateKey)")
        let volume = pod?["volumes"]?.items?.first { $0["name"] == "source-certificates" }
        #expect(volume?["secret"]?["secretName"] == "new-db-source-certificate")
        let secret = try files.object("1-database/secret-new-db-source-certificate")["stringData"]
        #expect(secret?[JobFiles.certificateKey]?.string?.hasPrefix("-----BEGIN CERTIFICATE-----") == true)
    }

    @Test func `without a CR nothing is cut over by us, and the receipt is a required part of the Deployment`() throws {
        let files = try files()
        #expect(!files.contains { $0.path.hasPrefix("3-cutover/") })
        let runbook = try files.text("README.md")
        let receipt = try #require(try environment(files)["REHOME_RECEIPT_NAME"]?.string)
        let block = try #require(runbook.split(separator: "```yaml\n").dropFirst().first?.split(separator: "```").first)
        let patch = try YAMLFile(parsing: Array(block.utf8), name: "runbook").onlyDocument.root.value()
        let pod = patch["spec"]?["template"]?["spec"]
        #expect(
            pod?["containers"]?[0]?["envFrom"] == [
                ["configMapRef": ["name": .string(receipt)]], ["secretRef": ["name": "new"]],
            ])
        #expect(pod?["containers"]?[0]?["volumeMounts"]?[0]?["mountPath"] == "/opt/app-root/src/postgres-crt.pem")
        #expect(pod?["volumes"]?[0]?["secret"]?["secretName"] == "new-db-certificate")
        #expect(runbook.contains("rollout status deployment/backstage "))
        #expect(!runbook.contains("Backstage CR") && !runbook.contains("backstage-psql"))
    }

    @Test func `with a CR the server takes the place of the operator's own, and the CR is still cut over`() throws {
        let cr =
            "apiVersion: rhdh.redhat.com/v1alpha5\nkind: Backstage\nmetadata:\n  name: bs1\nspec:\n  database:\n    enableLocalDb: false\n"
        let config = Self.config.replacing("spec:\n", with: "spec:\n  backstage: {file: cr.yaml}\n")
        let files = try files(config, cr: cr)
        #expect(try environment(files)["REHOME_SOURCE_HOST"] == "old.example.com")
        #expect(try environment(files)["REHOME_INSTANCE"] == "bs1")
        #expect(try files.text("3-cutover/backstage-bs1.yaml").contains("- name: new\n"))
        #expect(try files.text("README.md").contains("rollout status deployment/backstage-bs1 "))
    }
}
