import ManifestTemplates
import Manifests
import MigrationSpec
import SystemPackage
import Testing
import YAMLTree

struct DatabaseManifestTests {
    @Test func `the Secret has the keys that the operator's documentation names`() throws {
        let secret = try Example.statefulSet.files().object("1-database/secret-portal-db-credentials")
        #expect(
            secret["stringData"] == [
                "POSTGRES_HOST": "portal-db.platform-portal.svc", "POSTGRES_PORT": "5432", "POSTGRES_USER": "backstage",
                "POSTGRES_PASSWORD": "throw-away-backstage-password", "PGSSLMODE": "require",
                "NODE_EXTRA_CA_CERTS": "/opt/app-root/src/postgres-crt.pem",
            ])
        // The administrator is nobody's but the Job's and the server's.
        let admin = try Example.statefulSet.files().object("1-database/secret-portal-db-admin")["stringData"]
        #expect(admin?["POSTGRES_USER"] == "postgres" && admin?["PGSSLMODE"] == nil)
    }

    @Test func `without TLS there is no certificate, no key and no bundle, and PGSSLMODE says so`() throws {
        var migration = try Example.statefulSet.migration()
        migration.target.trust = nil
        if case .statefulSet(var server) = migration.target.kind {
            server.tls = nil
            migration.target.kind = .statefulSet(server)
        }
        let files = try Renderer().render(migration)
        let secret = try files.object("1-database/secret-portal-db-credentials")["stringData"]
        #expect(secret?["PGSSLMODE"] == "disable")
        #expect(secret?["NODE_EXTRA_CA_CERTS"] == nil)
        for file in files where file.path.hasSuffix(".yaml") {
            let text = String(decoding: file.bytes, as: UTF8.self)
            #expect(
                !text.contains("certificate") && !text.contains("tls") && !text.contains("postgres-crt"), "\(file.path)"
            )
            #expect(!text.contains("null"), "\(file.path)")
        }
    }

    @Test func `a certificate comes from cert-manager or from OpenShift, into the Secret that the pod mounts`() throws {
        let text = String(
            decoding: try InputFiles.disk(environment: [:]).read(Example.statefulSet.config), as: UTF8.self)
        func files(_ source: String) throws -> [RenderedFile] {
            let own = "serverSecret: portal-db-tls"
            return try Renderer().render(try Example.statefulSet.migration(config: text.replacing(own, with: source)))
        }
        let issued = try files("certManager: {issuer: internal-ca}")
        let certificate = try issued.object("1-database/certificate-portal-db-tls")["spec"]
        #expect(certificate?["secretName"] == "portal-db-tls")
        #expect(
            certificate?["issuerRef"] == ["group": "cert-manager.io", "kind": "ClusterIssuer", "name": "internal-ca"])
        #expect(
            certificate?["dnsNames"] == [
                "portal-db.platform-portal.svc", "portal-db", "portal-db.platform-portal.svc.cluster.local",
            ])
        let served = try files("serviceCA: {}")
        #expect(!served.contains { $0.path.contains("certificate-portal-db-tls") })
        let annotation = "service.beta.openshift.io/serving-cert-secret-name"
        #expect(try served.object("1-database/service-")["metadata"]?["annotations"]?[annotation] == "portal-db-tls")
        #expect(try issued.object("1-database/service-")["metadata"]?["annotations"]?[annotation] == nil)
        for files in [issued, served] {
            let volumes = try files.object("1-database/statefulset-")["spec"]?["template"]?["spec"]?["volumes"]?.items
            #expect(volumes?.contains { $0["secret"]?["secretName"] == "portal-db-tls" } == true)
        }
    }

    @Test func `OpenShift gives users and groups, plain Kubernetes is told them`() throws {
        var migration = try Example.statefulSet.migration()
        func context() throws -> YAMLValue? {
            try Renderer().render(migration).object("1-database/statefulset-")["spec"]?["template"]?["spec"]?[
                "securityContext"]
        }
        #expect(try context() == ["runAsNonRoot": true, "seccompProfile": ["type": "RuntimeDefault"]])
        migration.platform = .kubernetes
        #expect(
            try context() == [
                "runAsNonRoot": true, "runAsUser": 26, "fsGroup": 26, "fsGroupChangePolicy": "OnRootMismatch",
                "seccompProfile": ["type": "RuntimeDefault"],
            ])
    }

    @Test func `the StatefulSet and its Service belong together, and the claim says everything that Argo CD compares`()
        throws
    {
        let files = try Example.statefulSet.files()
        let service = try files.object("1-database/service-")
        let set = try files.object("1-database/statefulset-")
        #expect(set["spec"]?["serviceName"] == service["metadata"]?["name"])
        #expect(service["spec"]?["clusterIP"] == "None")
        #expect(service["spec"]?["selector"] == set["spec"]?["selector"]?["matchLabels"])
        let labels = set["spec"]?["template"]?["metadata"]?["labels"]
        for entry in service["spec"]?["selector"]?.mapping ?? [:] { #expect(labels?[entry.key] == entry.value) }
        let claim = set["spec"]?["volumeClaimTemplates"]?[0]
        #expect(claim?["apiVersion"] == "v1")
        #expect(claim?["kind"] == "PersistentVolumeClaim")
        #expect(claim?["spec"]?["volumeMode"] == "Filesystem")
        #expect(claim?["spec"]?["storageClassName"] == nil)
    }

    @Test func `what holds data is protected from pruning, and nothing else is`() throws {
        let trees = try GoldenTree.all.map { try $0.files() } + [Example.statefulSet.files()]
        for file in trees.joined()
        where file.path.hasSuffix(".yaml") && !file.path.contains("kustomization") {
            let object = try YAMLFile(parsing: file.bytes, name: file.path).onlyDocument.root.value()
            let isProtected =
                object["metadata"]?["annotations"]?["argocd.argoproj.io/sync-options"]?.string
                == "Prune=false,Delete=false"
            let holdsData = [
                "Secret", "ExternalSecret", "SealedSecret", "StatefulSet", "Cluster", "SonataFlowPlatform",
            ].contains(object["kind"]?.string)
            #expect(isProtected == holdsData, "\(file.path): \(object["kind"]?.string ?? "")")
        }
    }

    @Test func `the waves follow the stages, in quotes`() throws {
        let files = try Example.statefulSet.files()
        let waves = try ["1-database/statefulset-", "2-copy/job-", "4-orchestrator/sonataflowplatform-"].map {
            try files.object($0)["metadata"]?["annotations"]?["argocd.argoproj.io/sync-wave"]
        }
        #expect(waves == ["0", "10", "30"])
        let cutover = try files.object("3-cutover/kustomization.yaml")
        #expect(cutover["patches"]?.items?.last?["patch"]?.string?.contains("sync-wave: \"20\"") == true)
    }

    @Test func `an external server gets no server of ours, and the orchestrator a URL for each service's schema`()
        throws
    {
        let files = try Example.external.files()
        #expect(
            files.map(\.path).filter { $0.hasPrefix("1-database/") } == [
                "1-database/kustomization.yaml", "1-database/secret-portal-db-certificate.yaml",
            ])
        let services = try files.object("4-orchestrator/sonataflowplatform-")["spec"]?["services"]
        let url =
            "jdbc:postgresql://portal.postgres.example.com:5432/backstage_plugin_orchestrator?currentSchema=sonataflow-platform"
        for (service, schema) in [("dataIndex", "data-index-service"), ("jobService", "jobs-service")] {
            let persistence = services?[service]?["persistence"]?["postgresql"]
            #expect(persistence?["jdbcUrl"]?.string == "\(url)-\(schema)&sslmode=require")
            #expect(persistence?.mapping?.count == 2)
        }
    }

    @Test func `a Secret from a store gets the same keys, and its password from the store alone`() throws {
        var migration = try Example.external.migration()
        migration.credentials.source = .externalSecret(
            try #require(
                try externalSecret("{store: vault, key: portal/db, property: password, user: portal}")))
        let files = try Renderer().render(migration)
        let spec = try files.object("1-database/externalsecret-")["spec"]
        #expect(spec?["secretStoreRef"] == ["kind": "ClusterSecretStore", "name": "vault"])
        #expect(
            spec?["data"] == [["secretKey": "password", "remoteRef": ["key": "portal/db", "property": "password"]]])
        #expect(
            spec?["target"]?["template"]?["data"] == [
                "POSTGRES_HOST": "portal.postgres.example.com", "POSTGRES_PORT": "5432", "POSTGRES_USER": "portal",
                "POSTGRES_PASSWORD": "{{ .password }}", "PGSSLMODE": "require",
                "NODE_EXTRA_CA_CERTS": "/opt/app-root/src/postgres-crt.pem",
            ])
        #expect(
            !files.contains { $0.path.contains("secret-portal-db-credentials") && !$0.path.contains("externalsecret") })
    }

    private func externalSecret(_ section: String) throws -> Migration.ExternalSecret? {
        let config = """
            apiVersion: rehome.dev/v1alpha1
            kind: Migration
            metadata: {name: new-db, namespace: portal}
            spec:
              backstage: {file: cr.yaml}
              target: {external: {host: db.example.com, tls: {mode: disabled}}}
              credentials: {externalSecret: \(section)}
              migration: {image: registry.example.com/rehome-job:1}
            """
        let cr = "apiVersion: rhdh.redhat.com/v1alpha5\nkind: Backstage\nmetadata:\n  name: bs1\n"
        let migration = try migration(config: config, files: ["cr.yaml": cr])
        guard case .externalSecret(let secret) = migration.credentials.source else { return nil }
        return secret
    }

    @Test func `a site's own template takes the place of ours, and a wrong placeholder is an error at its line`() throws
    {
        var templates = Templates()
        templates.replace(
            .databaseService, with: Array("kind: Service\nmetadata:\n  name: <name>\n".utf8), from: "mine/service.yaml")
        let migration = try Example.statefulSet.migration()
        let files = try Renderer(templates: templates).render(migration)
        #expect(
            try files.text("1-database/service-portal-db.yaml")
                == "# Code generated by rehome; DO NOT EDIT.\nkind: Service\nmetadata:\n  name: portal-db\n")
        templates.replace(
            .databaseService, with: Array("kind: Service\nmetadata:\n  name: <nmae>\n".utf8), from: "mine/service.yaml")
        let error = #expect(throws: YAMLError.self) { try Renderer(templates: templates).render(migration) }
        #expect(
            error?.description.hasPrefix(
                "mine/service.yaml:3:9: the placeholder <nmae> has no value; expected one of <") == true)
    }
}
