import MigrationSpec
import Testing

/// How it is found out whether an instance runs the orchestrator.
struct OrchestratorTests {
    @Test func `nothing that mentions it means none`() throws {
        let migration = try Fixture().load().migration
        #expect(!migration.hasOrchestrator && migration.orchestratorIsDerived)
        #expect(migration.copy.emptyDatabases == [])
    }

    @Test(arguments: [
        (
            "flavour", "spec:\n  flavours:\n  - {name: orchestrator, enabled: true}\n",
            "the CR switches on the flavour 'orchestrator'"
        ),
        ("platform", "kind: SonataFlowPlatform\n---\n", "backstage.yaml holds a SonataFlowPlatform"),
        ("workflow", "kind: SonataFlow\nspec: {persistence: {}}\n---\n", "backstage.yaml holds a SonataFlow"),
        (
            "flavour", "spec:\n  flavours:\n  - {name: orchestrator, enabled: yes}\n",
            "the CR switches on the flavour 'orchestrator'"
        ),
    ])
    func `the CR or what stands beside it gives it away`(name: String, text: String, evidence: String) throws {
        let fixture =
            name == "flavour"
            ? Fixture().replacing(inBackstage: "spec:\n", with: text)
            : Fixture().with("backstage.yaml", text + Fixture.backstage)
        let migration = try fixture.load().migration
        #expect(migration.backstage?.orchestratorEvidence == evidence)
        #expect(migration.hasOrchestrator && migration.copy.emptyDatabases == ["backstage_plugin_orchestrator"])
    }

    @Test(arguments: [
        ("- {package: a, dependencies: [{ref: sonataflow}]}", "have 'ref: sonataflow'"),
        ("- {package: a, dependencies: [{}]}", "had 'ref: sonataflow'"),
        (
            "- {package: x-backstage-plugin-orchestrator-backend-dynamic, disabled: false}",
            "switch on the orchestrator's"
        ),
        ("- {package: a, disabled: true, dependencies: [{ref: sonataflow}]}", nil),
        ("- {package: a, disabled: yes, dependencies: [{ref: sonataflow}]}", nil),
        ("- {package: a, disabled: off, dependencies: [{ref: sonataflow}]}", "have 'ref: sonataflow'"),
        ("- {package: x-backstage-plugin-orchestrator-backend-dynamic, disabled: true}", nil),
        (
            "- {package: x-backstage-plugin-orchestrator-backend-dynamic, dependencies: []}",
            "switch on the orchestrator's"
        ),
        ("- {package: x-backstage-plugin-orchestrator-backend-dynamic, dependencies: [{ref: other}]}", nil),
        ("- {package: a}", nil),
    ])
    func `the plugins that are switched on give it away`(item: String, evidence: String?) throws {
        let list =
            "kind: ConfigMap\nmetadata: {name: plugins}\ndata:\n  dynamic-plugins.yaml: |\n    plugins:\n    \(item)\n---\n"
        let unnamed = Fixture().with("backstage.yaml", list + Fixture.backstage)
        #expect(try !unnamed.load().migration.hasOrchestrator)
        let named = unnamed.replacing(
            inBackstage: "  application:\n", with: "  application:\n    dynamicPluginsConfigMapName: plugins\n")
        let migration = try named.load().migration
        #expect(migration.orchestratorEvidence == evidence.map { "the plugins in backstage.yaml \($0)" })
        #expect(migration.hasOrchestrator == (evidence != nil))
        // What the config says and what the files say must agree, or be told.
        var denied = named
        denied.config += "  orchestrator: {enabled: false}\n"
        let told = denied.warnings.filter { $0.contains("spec.orchestrator.enabled is false") }
        #expect(
            told.count == (evidence == nil ? 0 : 1) && told.allSatisfy { $0.hasPrefix("rehome.yaml:20:27: warning: ") },
            "\(told)")
    }

    /// rhdh-operator, `pkg/model/dynamic-plugins.go` of the release branches.
    @Test(arguments: [
        ("[]", "1.8", true), ("[]", "1.9", true), ("[]", "1.10", false), ("null", "1.9", true), ("null", "1.10", true),
        ("[{ref: other}]", "1.8", false),
    ])
    func `an empty list says as little as none to releases below 1_10`(
        dependencies: String, release: String, isThere: Bool
    ) throws {
        let list =
            "kind: ConfigMap\nmetadata: {name: plugins}\ndata:\n  dynamic-plugins.yaml: |\n    plugins:\n"
            + "    - {package: x-backstage-plugin-orchestrator-backend-dynamic, dependencies: \(dependencies)}\n---\n"
        let fixture = Fixture().with("backstage.yaml", list + Fixture.backstage).replacing(
            "file: backstage.yaml", with: "file: backstage.yaml\n    operatorVersion: '\(release)'"
        ).replacing(
            inBackstage: "  application:\n", with: "  application:\n    dynamicPluginsConfigMapName: plugins\n")
        #expect(try fixture.load().migration.hasOrchestrator == isThere)
    }

    private func withRaw(_ plugins: String, own: String? = nil) -> Fixture {
        var cr = Fixture.backstage.replacing("spec:\n", with: "spec:\n  rawRuntimeConfig: {backstageConfig: raw}\n")
        let raw =
            "---\nkind: ConfigMap\nmetadata: {name: raw}\ndata:\n  dynamic-plugins.yaml: |\n    kind: ConfigMap\n    data:\n"
            + "      dynamic-plugins.yaml: |\n        plugins: [\(plugins)]\n"
        guard let own else { return Fixture().with("backstage.yaml", cr + raw) }
        cr = cr.replacing("  application:\n", with: "  application:\n    dynamicPluginsConfigMapName: own\n")
        let map =
            "---\nkind: ConfigMap\nmetadata: {name: own}\ndata:\n  dynamic-plugins.yaml: |\n    plugins: [\(own)]\n"
        return Fixture().with("backstage.yaml", cr + raw + map)
    }

    @Test func `plugins in the place of the operator's own give it away, and what stays of them is told`() throws {
        let fixture = withRaw("{package: a, dependencies: [{ref: sonataflow}]}")
        let migration = try fixture.load().migration
        #expect(
            migration.orchestratorEvidence == "dynamic-plugins.yaml of the ConfigMap 'raw' has 'ref: sonataflow'"
                && migration.hasOrchestrator)
        func told(_ fixture: Fixture) -> [String] { fixture.warnings.filter { $0.contains("carries ref: sonataflow") } }
        #expect(told(fixture).count == 1)
        #expect(
            told(fixture).first?.hasPrefix("backstage.yaml:18:29: warning: dynamic-plugins.yaml of the ConfigMap")
                == true)
        // The CR's own list has the last word.
        let reference = "{package: a, dependencies: [{ref: sonataflow}]}"
        #expect(told(withRaw(reference, own: "{package: a, dependencies: [{ref: sonataflow}]}")) == [])
        #expect(
            told(
                withRaw(reference, own: "{package: a, disabled: true}, {package: b, dependencies: [{ref: sonataflow}]}")
            ) == [])
        #expect(told(withRaw(reference, own: "{package: b, dependencies: [{ref: sonataflow}]}")).count == 1)
        // What a person has done about it does not make the orchestrator go.
        let done = withRaw("{package: a, dependencies: [{}]}")
        #expect(try done.load().migration.hasOrchestrator && told(done) == [])
        #expect(
            try !withRaw("{package: a, disabled: true, dependencies: [{ref: sonataflow}]}").load().migration
                .hasOrchestrator)
    }

    @Test func `a flavour that is switched off is none, and the config has the last word`() throws {
        let off = Fixture().replacing(
            inBackstage: "spec:\n", with: "spec:\n  flavours: [{name: orchestrator, enabled: false}]\n")
        #expect(try !off.load().migration.hasOrchestrator)
        var said = off
        said.config += "  orchestrator: {enabled: true}\n"
        let migration = try said.load().migration
        #expect(migration.hasOrchestrator && !migration.orchestratorIsDerived)
    }
}
