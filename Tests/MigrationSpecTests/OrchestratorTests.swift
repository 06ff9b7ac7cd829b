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
        (
            "plugins",
            "kind: ConfigMap\ndata:\n  dynamic-plugins.yaml: |\n    dependencies:\n    - ref: sonataflow\n---\n",
            "the plugins in backstage.yaml have 'ref: sonataflow'"
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
