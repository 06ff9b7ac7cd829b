import MigrationSpec
import Testing

/// What beside the CR, or in a field that its version lacks, would surprise at the cut-over.
struct InstanceAuditTests {
    private func firstLine(_ messages: [String]) -> [String] { messages.map { $0.prefix { $0 != "\n" }.description } }

    private func withSecret(_ data: String) -> Fixture {
        Fixture().with(
            "backstage.yaml",
            Fixture.backstage + "---\nkind: Secret\nmetadata: {name: portal-secrets}\nstringData: {\(data)}\n")
    }

    @Test func `a Secret beside the CR with the new one's variables is reported`() {
        #expect(
            firstLine(withSecret("POSTGRES_HOST: old, TOKEN: x").warnings) == [
                "backstage.yaml:13:14: warning: the Secret 'portal-secrets' of spec.application.extraEnvs.secrets sets POSTGRES_HOST, and so does the new database's Secret"
            ])
        let authorities = withSecret("NODE_EXTRA_CA_CERTS: /etc/corporate.pem")
        #expect(
            firstLine(authorities.errors) == [
                "backstage.yaml:13:14: error: the Secret 'portal-secrets' of spec.application.extraEnvs.secrets sets NODE_EXTRA_CA_CERTS, and so does the new database's Secret"
            ])
        #expect(authorities.replacing("mode: verify-full\n        caFile: ca.pem", with: "mode: disabled").errors == [])
        #expect(withSecret("NODE_TLS_REJECT_UNAUTHORIZED: '0'").warnings.count == 1)
    }

    @Test func `fields that the CR's version lacks are reported with a version that has them`() {
        let patch = "spec:\n  deployment: {patch: {}}\n"
        let old = Fixture().replacing(inBackstage: "v1alpha4", with: "v1alpha1")
        #expect(
            old.replacing(inBackstage: "spec:\n", with: patch).errors == [
                "backstage.yaml:6:15: error: v1alpha1 of the Backstage CR has no spec.deployment, so the API server drops it\n"
                    + "  Raise the CR's apiVersion to v1alpha2 or later, which operators 1.5 to 1.9 serve, or take the field out."
            ])
        let containers = Fixture().replacing(inBackstage: "v1alpha4", with: "v1alpha3").replacing(
            inBackstage: "- name: portal-secrets", with: "- {name: portal-secrets, containers: ['*']}")
        #expect(
            firstLine(containers.warnings) == [
                "backstage.yaml:9:44: warning: v1alpha3 of the Backstage CR has no spec.application.extraEnvs.secrets[0].containers, so the API server drops it"
            ])
        #expect(
            Fixture().replacing(
                inBackstage: "- name: portal-secrets", with: "- {name: portal-secrets, containers: ['*']}"
            ).warnings == [])
    }

    private let plugins =
        "kind: ConfigMap\nmetadata: {name: plugins}\ndata:\n  dynamic-plugins.yaml: |\n    plugins: []\n"

    private func withPlugins(_ text: String?, named name: String = "plugins") -> Fixture {
        Fixture().replacing("file: backstage.yaml", with: "file: backstage.yaml\n    dynamicPluginsFile: cm.yaml")
            .replacing(inBackstage: "application:\n", with: "application:\n    dynamicPluginsConfigMapName: \(name)\n")
            .with("cm.yaml", text)
    }

    @Test func `the plugins' ConfigMap is the one that the CR names`() throws {
        #expect(try withPlugins(plugins).load().migration.plugins?.name == "plugins")
        #expect(
            withPlugins(plugins, named: "plugin").errors == [
                "rehome.yaml:9:25: error: cm.yaml holds no ConfigMap 'plugin', which the CR's "
                    + "spec.application.dynamicPluginsConfigMapName names; found 'plugins'\n  Did you mean 'plugins'?"
            ])
        #expect(
            firstLine(
                withPlugins(plugins).replacing(inBackstage: "    dynamicPluginsConfigMapName: plugins\n", with: "")
                    .errors) == [
                    "rehome.yaml:9:25: error: spec.backstage.dynamicPluginsFile is set, but the CR has no spec.application.dynamicPluginsConfigMapName"
                ])
    }

    @Test(arguments: [
        ("    plugins: []\n", "    plugins: {}\n", "cm.yaml:5:14: error: plugins: found a mapping, expected a list"),
        (
            "dynamic-plugins.yaml", "plugins.yaml",
            "cm.yaml:4:3: error: the ConfigMap 'plugins' has no data[\"dynamic-plugins.yaml\"] that is text"
        ),
        ("    plugins: []\n", "    plugins: [\n", "cm.yaml:6:5: error: "),
    ])
    func `plugins that the operator could not read are an error at their place`(
        old: String, new: String, message: String
    ) {
        let errors = withPlugins(plugins.replacing(old, with: new)).errors
        #expect(errors.count == 1 && errors.first?.hasPrefix(message) == true, "\(errors)")
    }

    @Test func `an orchestrator whose plugins are not known is reported, by releases that have dependencies`() {
        var fixture = Fixture().replacing(
            inBackstage: "application:\n", with: "application:\n    dynamicPluginsConfigMapName: plugins\n")
        fixture.config += "  orchestrator: {enabled: true}\n"
        let unknown = fixture.warnings.filter { $0.contains("ref: sonataflow") }
        #expect(unknown.count == 1 && unknown[0].hasPrefix("backstage.yaml:7:34: warning: "), "\(unknown)")
        let early = fixture.replacing(inBackstage: "v1alpha4", with: "v1alpha3").replacing(
            "file: backstage.yaml", with: "file: backstage.yaml\n    operatorVersion: \"1.6\"")
        #expect(!early.warnings.contains { $0.contains("ref: sonataflow") })
    }

    @Test func `files that the operator would not mount are reported`() {
        let files = "    extraFiles:\n      secrets:\n      - {name: a, key: 'x, y'}\n      - {name: a, key: z}\n"
        let warnings = Fixture().replacing(inBackstage: "    extraEnvs:\n", with: files + "    extraEnvs:\n").warnings
        #expect(
            firstLine(warnings) == [
                "backstage.yaml:9:24: warning: spec.application.extraFiles.secrets: a key is one key, and with a comma in it nothing is mounted",
                "backstage.yaml:10:16: warning: spec.application.extraFiles.secrets names 'a' twice, which gives the pod two volumes of one name",
            ])
    }

    @Test func `standard input cannot be edited in place`() {
        var fixture = Fixture().replacing("file: backstage.yaml", with: "file: \"-\"").with("-", Fixture.backstage)
        #expect(fixture.errors == [])
        fixture.config += "  cutover: {mode: inPlace}\n"
        #expect(firstLine(fixture.errors) == ["rehome.yaml:8:11: error: standard input cannot be edited in place"])
    }
}
