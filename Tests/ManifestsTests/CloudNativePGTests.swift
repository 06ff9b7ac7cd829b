import Manifests
import MigrationSpec
import Testing
import YAMLTree

/// A target that the CloudNativePG operator runs.
struct CloudNativePGTests {
    private func files(
        _ cluster: String = "{}",
        credentials: String = "plain: {user: backstage, passwordVariable: PASSWORD}", more: String = ""
    ) throws -> [RenderedFile] {
        let config = """
            apiVersion: rehome.dev/v1alpha1
            kind: Migration
            metadata: {name: db, namespace: portal}
            spec:
              backstage: {file: cr.yaml, operatorVersion: "1.10"}
              platform: kubernetes
              target: {cloudNativePG: \(cluster)}
              credentials: {\(credentials)}
              migration: {image: registry.example.com/rehome-job:1}
            \(more)
            """
        let cr = "apiVersion: rhdh.redhat.com/v1alpha5\nkind: Backstage\nmetadata:\n  name: bs1\n"
        let migration = try migration(
            config: config, files: ["cr.yaml": cr], environment: ["PASSWORD": "throw-away"])
        let files = try Renderer().render(migration)
        #expect(try TreeRules(migration, files: files).violations() == [])
        return files
    }

    @Test func `the cluster makes the role, which may log in and create databases and nothing else`() throws {
        let spec = try files().object("1-database/cluster-db")["spec"]
        let role = spec?["managed"]?["roles"]?[0]
        #expect(role?["name"] == "backstage" && role?["ensure"] == "present")
        #expect(role?["login"] == true && role?["createdb"] == true)
        #expect(role?["superuser"] == false && role?["createrole"] == false)
        #expect(role?["passwordSecret"] == ["name": "db-credentials"])
        #expect(spec?["bootstrap"]?["initdb"]?["owner"] == "backstage")
        #expect(spec?["enableSuperuserAccess"] == false)
        #expect(try !files().contains { String(decoding: $0.bytes, as: UTF8.self).contains("kind: Database\n") })
    }

    @Test func `one Secret serves the operator, Backstage and the Job`() throws {
        let secret = try files().object("1-database/secret-db-credentials")
        #expect(secret["type"] == "kubernetes.io/basic-auth")
        #expect(
            secret["stringData"] == [
                "POSTGRES_HOST": "db-rw.portal.svc", "POSTGRES_PORT": "5432", "POSTGRES_USER": "backstage",
                "POSTGRES_PASSWORD": "throw-away", "PGSSLMODE": "require",
                "NODE_EXTRA_CA_CERTS": "/opt/app-root/src/ca.crt", "username": "backstage", "password": "throw-away",
            ])
        let external = try files(credentials: "externalSecret: {store: vault, key: k, user: backstage}")
            .object("1-database/externalsecret-")["spec"]?["target"]?["template"]
        #expect(external?["type"] == "kubernetes.io/basic-auth")
        #expect(external?["data"]?["username"] == "backstage" && external?["data"]?["password"] == "{{ .password }}")
        // The Secret of another target stays as the operator's documentation has it.
        #expect(try Example.statefulSet.files().object("1-database/secret-portal-db-credentials")["type"] == "Opaque")
    }

    @Test func `a Secret of its own for the role leaves the other as it is`() throws {
        let files = try files("{roleSecret: role}")
        #expect(try files.object("1-database/secret-db-credentials")["stringData"]?["username"] == nil)
        #expect(
            try files.object("1-database/cluster-db")["spec"]?["managed"]?["roles"]?[0]?["passwordSecret"]?["name"]
                == "role")
    }

    @Test func `its CA's certificate, and not its key, reaches the Job, and Backstage by the CR`() throws {
        let files = try files()
        let pod = try files.object("2-copy/job-")["spec"]?["template"]?["spec"]
        let volume = pod?["volumes"]?.items?.first { $0["name"] == "database-certificates" }
        #expect(
            volume?["secret"] == ["secretName": "db-ca", "items": [["key": "ca.crt", "path": "postgres-crt.pem"]]])
        #expect(try files.text("3-cutover/backstage-bs1.yaml").contains("name: db-ca\n"))
        #expect(!files.contains { $0.path.contains("certificate") })
    }

    @Test func `roles that the operator keeps for itself are refused, and so are two names for one`() {
        #expect(throws: ConfigError.self) { try files(credentials: "plain: {passwordVariable: PASSWORD}") }
        #expect(throws: ConfigError.self) { try files("{role: other}") }
        #expect(throws: ConfigError.self) {
            try files("{role: streaming_replica}", credentials: "existing: {secretName: s}")
        }
    }

    @Test func `the orchestrator's services and workflows take the service of the primary`() throws {
        let files = try files(
            more: "  orchestrator: {enabled: true, platform: flows, workflows: [{name: greeting, namespace: flows}]}")
        let reference = try files.object("4-orchestrator/sonataflowplatform-flows")["spec"]?["services"]?[
            "jobService"]?[
                "persistence"]?["postgresql"]?["serviceRef"]
        #expect(reference?["name"] == "db-rw")
        let values = try files.object("values/greeting-chart.yaml")["persistence"]?["postgresql"]
        #expect(
            values?["serviceRef"] == [
                "name": "db-rw", "namespace": "portal", "port": 5432, "databaseName": "backstage_plugin_orchestrator",
                "databaseSchema": "greeting",
            ])
        #expect(try files.object("values/greeting-sonataflow.yaml")["spec"]?["persistence"]?["postgresql"] == values)
    }
}
