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
        ("- {package: x-backstage-plugin-orchestrator-backend-dynamic, dependencies: []}", nil),
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
