import Manifests
import MigrationSpec
import SystemPackage
import TestSupport
import Testing
import YAMLTree

/// The PostgreSQL that is rendered, for each family of images.
struct DatabaseImageTests {
    private func files(
        _ statefulSet: String, platform: String = "kubernetes", credentials: String = "existing: {secretName: s}"
    ) throws -> [RenderedFile] {
        let config = """
            apiVersion: rehome.dev/v1alpha1
            kind: Migration
            metadata: {name: db, namespace: portal}
            spec:
              backstage: {file: cr.yaml, operatorVersion: "1.10"}
              platform: \(platform)
              target: {statefulSet: {\(statefulSet)}}
              credentials: {\(credentials)}
              migration: {image: registry.example.com/rehome-job:1}
            """
        let cr = "apiVersion: rhdh.redhat.com/v1alpha5\nkind: Backstage\nmetadata:\n  name: bs1\n"
        let ca = try Checkout.folder.appending("examples/external/ca.pem").text()
        let migration = try migration(config: config, files: ["cr.yaml": cr, "ca.pem": ca])
        let files = try Renderer().render(migration)
        #expect(try TreeRules(migration, files: files).violations() == [])
        return files
    }

    private func pod(_ files: [RenderedFile]) throws -> YAMLValue {
        try #require(files.object("1-database/statefulset-")["spec"]?["template"]?["spec"])
    }

    private static let official = "image: 'docker.io/library/postgres:17', tls: {certManager: {issuer: ca}}"
    private static let sclorg = "image: quay.io/sclorg/postgresql-16-c9s:latest, tls: {certManager: {issuer: ca}}"

    @Test func `the official image gets its own environment, user, folders and probes`() throws {
        let files = try files(Self.official)
        let pod = try pod(files)
        let container = try #require(pod["containers"]?[0])
        #expect(pod["securityContext"]?["runAsUser"] == 999 && pod["securityContext"]?["fsGroup"] == 999)
        let names = container["env"]?.items?.compactMap { $0["name"]?.string }
        #expect(names == ["POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB", "PGDATA"])
        let mount = container["volumeMounts"]?.items?.first { $0["name"] == "data" }
        #expect(mount?["mountPath"] == "/var/lib/postgresql")
        #expect(container["env"]?[3]?["value"] == "/var/lib/postgresql/pgdata")
        for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
            #expect(container[probe]?["exec"]?["command"]?[0] == "pg_isready")
        }
        // Its stop signal is SIGINT, which is a fast stop already.
        #expect(container["lifecycle"] == nil)
        #expect(!files.contains { $0.path.contains("configmap-db-config") })
    }

    @Test func `the official image has no hook for certificates, so its arguments name them`() throws {
        let pod = try pod(try files(Self.official))
        let items = try #require(pod["containers"]?[0]?["args"]?.items)
        let arguments = items.compactMap(\.string)
        #expect(arguments.count { $0 == "-c" } * 2 == arguments.count)
        for setting in [
            "ssl=on", "ssl_cert_file=/etc/postgresql-tls/tls.crt", "ssl_key_file=/etc/postgresql-tls/tls.key",
            "max_connections=400", "shared_buffers=256MB",
        ] {
            #expect(arguments.contains(setting))
        }
        let volume = pod["volumes"]?.items?.first { $0["name"] == "tls" }
        #expect(volume?["secret"]?["defaultMode"] == 416)
    }

    @Test func `the sclorg image reads a file, stops fast by command, and a new file is a new pod`() throws {
        let files = try files(Self.sclorg)
        let set = try files.object("1-database/statefulset-")
        let container = try #require(pod(files)["containers"]?[0])
        #expect(container["args"] == nil)
        #expect(container["lifecycle"]?["preStop"]?["exec"]?["command"]?[2] == "--mode=fast")
        let configuration = try files.object("1-database/configmap-db-config")["data"]
        let text = try #require(configuration?["rehome.conf"]?.string)
        #expect(text.contains("ssl = 'on'\n") && text.contains("idle_in_transaction_session_timeout = '30min'\n"))
        let hash = set["spec"]?["template"]?["metadata"]?["annotations"]?["rehome.dev/configuration"]?.string
        #expect(hash?.count == 10)
        let other = try self.files(Self.sclorg.replacing("certManager: {issuer: ca}", with: "mode: disabled"))
            .object("1-database/statefulset-")
        #expect(other["spec"]?["template"]?["metadata"]?["annotations"]?["rehome.dev/configuration"]?.string != hash)
    }

    @Test func `buffers follow the memory request unless the config says otherwise`() throws {
        func buffers(_ more: String) throws -> [String: String] {
            let environment = try pod(try files(Self.sclorg + more))["containers"]?[0]?["env"]?.items ?? []
            return Dictionary(
                environment.compactMap { item in
                    item["value"]?.string.map { (item["name"]?.string ?? "", $0) }
                }, uniquingKeysWith: { first, _ in first })
        }
        let derived = try buffers(", resources: {requests: {memory: 8Gi}}")
        #expect(derived["POSTGRESQL_SHARED_BUFFERS"] == "2048MB")
        #expect(derived["POSTGRESQL_EFFECTIVE_CACHE_SIZE"] == "4096MB")
        #expect(try buffers(", resources: {requests: {memory: 64Mi}}")["POSTGRESQL_SHARED_BUFFERS"] == "128MB")
        #expect(try buffers(", sharedBuffers: 512MB")["POSTGRESQL_SHARED_BUFFERS"] == "512MB")
    }

    @Test func `a name that is not postgres is fine for the official image alone`() throws {
        let credentials = "externalSecret: {store: vault, key: k, user: portal}"
        _ = try files(Self.official, credentials: credentials)
        #expect(throws: ConfigError.self) { try files(Self.sclorg, credentials: credentials) }
    }

    @Test func `OpenShift is told no user, whatever the image`() throws {
        for image in [Self.official, Self.sclorg] {
            let pod = try pod(try files(image, platform: "openshift"))
            #expect(pod["securityContext"] == ["runAsNonRoot": true, "seccompProfile": ["type": "RuntimeDefault"]])
        }
    }

    @Test func `cert-manager's own authority reaches Backstage and the Job without a file in git`() throws {
        let files = try files(Self.official)
        let pod = try files.object("2-copy/job-")["spec"]?["template"]?["spec"]
        let volume = pod?["volumes"]?.items?.first { $0["name"] == "database-certificates" }
        #expect(
            volume?["secret"] == [
                "secretName": "db-tls", "items": [["key": "ca.crt", "path": "postgres-crt.pem"]],
            ])
        let cr = try YAMLFile(parsing: try files.text("3-cutover/backstage-bs1.yaml"), name: "cr").onlyDocument.root
            .value()
        #expect(
            cr["spec"]?["application"]?["extraFiles"]?["secrets"] == [
                ["name": "db-tls", "key": "ca.crt", "mountPath": "/opt/app-root/src"]
            ])
        #expect(try files.text("README.md").contains("`NODE_EXTRA_CA_CERTS`: `/opt/app-root/src/ca.crt`"))
    }

    @Test func `OpenShift's service CA comes as a ConfigMap that OpenShift fills`() throws {
        let files = try files(
            "image: quay.io/sclorg/postgresql-16-c9s:latest, tls: {serviceCA: {}}", platform: "openshift")
        let map = try files.object("1-database/configmap-db-service-ca")
        #expect(map["metadata"]?["annotations"]?["service.beta.openshift.io/inject-cabundle"] == "true")
        #expect(map["data"] == nil)
        let cr = try YAMLFile(parsing: try files.text("3-cutover/backstage-bs1.yaml"), name: "cr").onlyDocument.root
            .value()
        #expect(
            cr["spec"]?["application"]?["extraFiles"]?["configMaps"] == [
                ["name": "db-service-ca", "key": "service-ca.crt", "mountPath": "/opt/app-root/src"]
            ])
        #expect(cr["spec"]?["application"]?["extraFiles"]?["secrets"] == nil)
    }
}
