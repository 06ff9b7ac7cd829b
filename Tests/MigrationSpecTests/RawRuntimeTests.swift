import MigrationSpec
import Testing

/// Manifests of the operator's that a ConfigMap beside the CR replaces.
struct RawRuntimeTests {
    private func messages(_ data: String, name: String = "raw") -> [String] {
        let map = "---\nkind: ConfigMap\nmetadata: {name: \(name)}\ndata:\n\(data)"
        let fixture = Fixture().replacing(
            inBackstage: "spec:\n", with: "spec:\n  rawRuntimeConfig: {backstageConfig: raw}\n")
        let whole = fixture.with("backstage.yaml", (fixture.files["backstage.yaml"] ?? "") + map)
        let found = whole.errors.isEmpty ? whole.warnings : whole.errors
        return found.map { $0.prefix { $0 != "\n" }.description }
    }

    @Test(arguments: [
        (
            "  app-config.yaml: |\n    backend:\n      database:\n        connection: {host: old}\n",
            "backstage.yaml:18:22: error: backend.database.connection.host would win"
        ),
        (
            "  app-config.yaml: |\n    kind: ConfigMap\n    data:\n      default.app-config.yaml: |\n"
                + "        backend: {database: {client: sqlite}}\n",
            "backstage.yaml:18:7: error: backend.database.client is not pg"
        ),
        (
            "  deployment.yaml: |\n    kind: Deployment\n    spec:\n      template:\n        spec:\n          containers:\n"
                + "          - {name: other, env: [{name: POSTGRES_USER, value: x}]}\n"
                + "          - name: backstage-backend\n            env: [{name: POSTGRES_HOST, value: old}]\n",
            "backstage.yaml:23:26: error: deployment.yaml of the ConfigMap 'raw' sets POSTGRES_HOST, which would win"
        ),
        (
            "  secret-envs.yaml: |\n    kind: Secret\n    stringData: {POSTGRES_HOST: old}\n",
            "backstage.yaml:17:18: warning: secret-envs.yaml of the ConfigMap 'raw' sets POSTGRES_HOST, and so does"
        ),
        (
            "  configmap-envs.yaml: |\n    # several\n    ---\n    kind: ConfigMap\n    data: {NODE_EXTRA_CA_CERTS: /x}\n",
            "backstage.yaml:19:12: error: configmap-envs.yaml of the ConfigMap 'raw' sets NODE_EXTRA_CA_CERTS, and so"
        ),
        ("  secret-envs.yaml: 'a: [b'\n", "backstage.yaml:15:"),
        ("  dynamic-plugins.yaml: 'a: [b'\n", "backstage.yaml:15:"),
        (
            "  dynamic-plugins.yaml: |\n    kind: ConfigMap\n    data:\n      dynamic-plugins.yaml: |\n        plugins:\n"
                + "        - {package: a, pluginConfig: {backend: {database: {connection: {host: old}}}}}\n"
                + "        - {package: b, disabled: true, pluginConfig: {backend: {database: {client: sqlite}}}}\n",
            "backstage.yaml:18:29: error: backend.database.connection.host would win"
        ),
        (
            "  deployment.yaml: |\n    kind: Deployment\n    spec:\n      template:\n        spec:\n          containers:\n"
                + "          - name: backstage-backend\n"
                + "            args: [--config, app-config.yaml, --config, /opt/own/app-config.production.yaml]\n",
            "backstage.yaml:22:47: warning: deployment.yaml of the ConfigMap 'raw' starts 'backstage-backend' with app-configs"
        ),
        (
            "  deployment.yaml: |\n    kind: Deployment\n    spec:\n      template:\n        spec:\n          containers:\n"
                + "          - name: backstage-backend\n            command: [sh, -c, 'node x --config app-config.yaml']\n",
            "backstage.yaml:22:31: warning: deployment.yaml of the ConfigMap 'raw' starts 'backstage-backend' with app-configs"
        ),
    ])
    func `what decides the database is told at its place`(data: String, start: String) {
        let found = messages(data)
        #expect(found.count == 1 && found[0].hasPrefix(start), "\(found)")
    }

    @Test func `what its deployment takes whole counts, and is not the last`() {
        let deployment =
            "  deployment.yaml: |\n    kind: Deployment\n    spec: {template: {spec: {containers: [{name: backstage-backend, envFrom: ["
            + "{configMapRef: {name: cm}, prefix: APP_CONFIG_}, {secretRef: {name: team}}]}]}}}\n---\n"
        let map = "kind: ConfigMap\nmetadata: {name: cm}\ndata: {backend_database_connection_host: old}\n---\n"
        let secret = "kind: Secret\nmetadata: {name: team}\nstringData: {POSTGRES_HOST: old}\n"
        #expect(
            messages(deployment + map + secret).map { $0.prefix(60) }
                == ["backstage.yaml:21:8: error: backend.database.connection.host"])
        let told = messages(deployment + secret)
        #expect(told.count == 2, "\(told)")
        #expect(
            told.contains { $0.hasPrefix("backstage.yaml:21:14: warning: the Secret 'team' of deployment.yaml of") })
        // What it names and no file holds is asked for as what the CR names.
        #expect(told.contains { $0.contains("and the ConfigMap 'cm', which are in no given file") })
    }

    @Test func `a ConfigMap that the CR does not name is none of our business`() {
        let found = messages(
            "  secret-envs.yaml: |\n    kind: Secret\n    stringData: {POSTGRES_HOST: old}\n", name: "other")
        #expect(found.count == 1 && found[0].contains("the ConfigMap 'raw', which is in no given file"), "\(found)")
    }

    @Test func `what has nothing to do with the database is silent`() {
        #expect(
            messages(
                "  deployment.yaml: |\n    kind: Deployment\n    spec: {template: {spec: {containers: [{name: backstage-backend, "
                    + "args: [--config, dynamic-plugins-root/app-config.dynamic-plugins.yaml]}]}}}\n  secret-envs.yaml: |\n    kind: Secret\n"
                    + "    stringData: {TOKEN: x}\n  app-config.yaml: |\n    app: {title: x}\n") == [])
    }
}
