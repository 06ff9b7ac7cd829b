import Manifests
import MigrationSpec
import SystemPackage
import TestSupport
import Testing
import YAMLTree

/// Clusters that other operators keep: their Services, Secrets and keys are known, and nobody writes a password anywhere.
struct OperatedClusterTests {
    private static func config(_ target: String, _ credentials: String, _ lines: String = "") -> String {
        """
        apiVersion: rehome.dev/v1alpha1
        kind: Migration
        metadata: {name: db, namespace: portal}
        spec:
          backstage: {file: cr.yaml}
          target: {\(target)}
          credentials: {\(credentials)}
          migration: {image: i}
        \(lines)
        """
    }
    private static let user = "operatorSecret: {user: backstage}"

    private func render(_ config: String) throws -> RenderedMigration {
        let ca = try Checkout.folder.appending("examples/external/ca.pem").text()
        let cr =
            "apiVersion: rhdh.redhat.com/v1alpha4\nkind: Backstage\nmetadata: {name: bs1}\nspec: {application: {}}\n"
        let texts = ["rehome.yaml": config, "cr.yaml": cr, "ca.pem": ca]
        let input = InputFiles(environment: [:]) { path throws(InputFiles.Failure) in
            guard let text = texts[path.string] else { throw .missing }
            return Array(text.utf8)
        }
        return try Renderer().render(["rehome.yaml"], with: MigrationLoader(files: input))
    }

    private func problems(_ config: String) -> [String] {
        do {
            _ = try render(config)
            return []
        } catch let error as ConfigError { return error.problems.map(\.description) } catch { return ["\(error)"] }
    }

    @Test(arguments: [
        (
            "crunchyPGO: {cluster: hippo}", user, "hippo-primary.portal.svc", "hippo-pguser-backstage", "user",
            "password"
        ),
        (
            "crunchyPGO: {cluster: hippo, namespace: data, caFile: ca.pem}", user, "hippo-primary.data.svc",
            "hippo-pguser-backstage", "user", "password"
        ),
        (
            "zalando: {cluster: acid-portal, tls: {caFile: ca.pem}}", "operatorSecret: {user: portal_owner}",
            "acid-portal.portal.svc", "portal-owner.acid-portal.credentials.postgresql.acid.zalan.do", "username",
            "password"
        ),
    ])
    func `the operator's own Secret becomes what Backstage and the Job read`(
        target: String, credentials: String, host: String, secret: String, userKey: String, passwordKey: String
    ) throws {
        let rendered = try render(Self.config(target, credentials))
        let external = try rendered.files.object("1-database/externalsecret-db-credentials")["spec"]
        #expect(external?["data"]?[0]?["remoteRef"] == ["key": .string(secret), "property": .string(userKey)])
        #expect(external?["data"]?[1]?["remoteRef"] == ["key": .string(secret), "property": .string(passwordKey)])
        let data = external?["target"]?["template"]?["data"]
        #expect(data?["POSTGRES_HOST"] == .string(host) && data?["POSTGRES_PORT"] == "5432")
        #expect(data?["POSTGRES_USER"] == "{{ .user }}" && data?["POSTGRES_PASSWORD"] == "{{ .password }}")
        #expect(data?["PGSSLMODE"] == "require")
        let store = try rendered.files.object("1-database/secretstore-")["spec"]?["provider"]?["kubernetes"]
        let namespace = host.split(separator: ".")[1]
        #expect(store?["remoteNamespace"] == .string(String(namespace)))
        #expect(store?["auth"]?["serviceAccount"]?["name"] == "db-secrets")
        // Nothing is rendered into a namespace that is somebody else's, and nothing more than the one Secret may be read.
        let role = rendered.files.first { $0.path == "1-database/role-db-secrets.yaml" }
        #expect((role != nil) == (namespace == "portal"))
        let page = try rendered.files.text("README.md")
        #expect(page.contains("--resource-name=\(secret) ") == (namespace != "portal"))
        if role != nil {
            let rules = try rendered.files.object("1-database/role-db-secrets")["rules"]?[0]
            #expect(rules?["resourceNames"] == [.string(secret)] && rules?["verbs"] == ["get"])
        }
        let pod = try rendered.files.object("2-copy/job-")["spec"]?["template"]?["spec"]
        let environment = pod?["containers"]?[0]?["env"]?.items ?? []
        let password = environment.first { $0["name"] == "REHOME_TARGET_PASSWORD" }
        #expect(
            password?["valueFrom"]?["secretKeyRef"] == ["name": "db-credentials", "key": "POSTGRES_PASSWORD"])
        #expect(try TreeRules(rendered.migration, files: rendered.files).violations() == [])
    }

    @Test func `PGO's authorities reach the Job and Backstage, and not the server's key`() throws {
        let rendered = try render(Self.config("crunchyPGO: {cluster: hippo}", Self.user))
        let pod = try rendered.files.object("2-copy/job-")["spec"]?["template"]?["spec"]
        let volume = pod?["volumes"]?.items?.first { $0["name"] == "database-certificates" }
        #expect(
            volume?["secret"] == [
                "secretName": "hippo-cluster-cert", "items": [["key": "ca.crt", "path": "postgres-crt.pem"]],
            ])
        let cr = try rendered.files.object("3-cutover/backstage-")["spec"]?["application"]?["extraFiles"]?["secrets"]?[
            0]
        #expect(cr?["name"] == "hippo-cluster-cert" && cr?["key"] == "ca.crt")
    }

    @Test func `an administrator's Secret is read by the same store`() throws {
        let lines = "  adminCredentials: {operatorSecret: {user: postgres}}"
        let rendered = try render(Self.config("crunchyPGO: {cluster: hippo}", Self.user, lines))
        let admin = try rendered.files.object("1-database/externalsecret-db-admin")["spec"]?["target"]?["template"]
        #expect(admin?["data"]?["POSTGRES_PASSWORD"] == "{{ .password }}" && admin?["data"]?["PGSSLMODE"] == nil)
        let names = try rendered.files.object("1-database/role-db-secrets")["rules"]?[0]?["resourceNames"]
        #expect(names == ["hippo-pguser-backstage", "hippo-pguser-postgres"])
    }

    @Test(arguments: [
        (
            "crunchyPGO: {cluster: hippo, namespace: data}", user,
            "rehome.yaml:6:34: error: 'spec.target.crunchyPGO.caFile' is missing"
        ),
        (
            "external: {host: h, tls: {mode: disabled}}", user,
            "rehome.yaml:7:33: error: operatorSecret is for a target of crunchyPGO or zalando"
        ),
        ("cloudNativePG: {}", user, "rehome.yaml:7:33: error: operatorSecret is for"),
        (
            "crunchyPGO: {cluster: hippo}", "operatorSecret: {user: Portal Owner}",
            "rehome.yaml:7:40: error: the role 'Portal Owner' is none"
        ),
        (
            "crunchyPGO: {cluster: Hippo}", user,
            "rehome.yaml:6:34: error: spec.target.crunchyPGO.cluster: found 'Hippo'"
        ),
        (
            "external: {host: x.sql.goog, tls: {caFile: ca.pem}}",
            "externalSecret: {store: v, key: k, user: backstage@project.iam}",
            "rehome.yaml:7:58: error: the role 'backstage@project.iam' logs in without a password"
        ),
        (
            "external: {host: x.postgres.database.azure.com, tls: {caFile: ca.pem}}",
            "externalSecret: {store: v, key: k, user: portal@contoso.com}",
            "rehome.yaml:7:58: error: the role 'portal@contoso.com' logs in without a password"
        ),
    ])
    func `what cannot work is told at its place`(target: String, credentials: String, start: String) {
        let found = problems(Self.config(target, credentials))
        #expect(found.contains { $0.hasPrefix(start) }, "\(found)")
    }

    @Test func `older releases of the External Secrets Operator get the API that they know`() throws {
        let user = "operatorSecret: {user: backstage, apiVersion: v1beta1}"
        let old = try render(Self.config("crunchyPGO: {cluster: hippo}", user)).files
        let object = try old.object("1-database/externalsecret-")
        #expect(object["apiVersion"] == "external-secrets.io/v1beta1")
        #expect(object["spec"]?["refreshPolicy"] == nil && object["spec"]?["refreshInterval"] == "0s")
        #expect(try old.object("1-database/secretstore-")["apiVersion"] == "external-secrets.io/v1beta1")
        let new = try render(Self.config("crunchyPGO: {cluster: hippo}", Self.user)).files
        #expect(try new.object("1-database/externalsecret-")["spec"]?["refreshPolicy"] == "OnChange")
        #expect(try new.object("1-database/externalsecret-")["spec"]?["refreshInterval"] == nil)
    }

    @Test func `a dotted role of Zalando's may have its Secret elsewhere, which is told`() throws {
        let target = "zalando: {cluster: acid-portal, namespace: data, tls: {caFile: ca.pem}}"
        let dotted = try render(Self.config(target, "operatorSecret: {user: portal.backstage}")).warnings
        #expect(
            dotted.contains {
                $0.description.hasPrefix("rehome.yaml:7:40: warning: the role 'portal.backstage' has a dot")
                    && $0.description.contains("in the namespace 'portal'")
            }, "\(dotted)")
        let plain = try render(Self.config(target, "operatorSecret: {user: data.backstage}")).warnings
        #expect(plain.allSatisfy { !$0.description.contains("dot") })
    }

    @Test(arguments: [
        ("crunchyPGO: {cluster: hippo}", "`options: SUPERUSER`"),
        ("zalando: {cluster: acid, tls: {caFile: ca.pem}}", "the flag `superuser`"),
    ])
    func `what an administrator needs is said where its Secret is asked for`(target: String, right: String) throws {
        let alone = try render(Self.config(target, Self.user)).files.text("README.md")
        #expect(!alone.contains("superuser"))
        let both = try render(
            Self.config(target, Self.user, "  adminCredentials: {operatorSecret: {user: boss}}")
        ).files.text("README.md")
        #expect(both.contains("The administrator's role `boss` should be a superuser: \(right)"), "\(both)")
        #expect(both.contains("may not act as `backstage`") && both.contains("Extensions that are not trusted"))
    }
}
