import Manifests
import MigrationSpec
import Testing
import YAMLTree

struct EngineTests {
    private func files(_ lines: String) throws -> [RenderedFile] {
        try Renderer().render(try Example.statefulSet.migration(adding: lines))
    }

    static let argocd = "  engine: {argocd: {repoURL: 'https://git.example.com/portal.git', path: out}}\n"
    static let flux = "  engine: {flux: {source: portal, path: clusters/portal/out}}\n"

    @Test func `Argo CD gets one Application over all stages, which neither prunes nor heals`() throws {
        let files = try files(Self.argocd)
        #expect(
            try files.object("kustomization.yaml")["resources"] == [
                "1-database", "2-copy", "3-cutover", "4-orchestrator",
            ])
        let spec = try files.object("argocd/application-portal-db.yaml")["spec"]
        #expect(spec?["source"]?["path"] == "out")
        #expect(spec?["syncPolicy"]?["automated"] == ["prune": false, "selfHeal": false])
        // Each of these options lets a sync go past a Job that is not done, or run it again.
        let options = spec?["syncPolicy"]?["syncOptions"]?.items?.compactMap(\.string) ?? []
        #expect(options == ["ServerSideApply=true"])
        let health = try files.object("argocd/health-checks.yaml")["data"]?.mapping
        #expect(
            health?.map(\.key) == [
                "resource.customizations.health.rhdh.redhat.com_Backstage",
                "resource.customizations.health.sonataflow.org_SonataFlowPlatform",
            ])
    }

    @Test func `Flux waits for each stage, longer than the Job may take, and keeps what files no longer name`() throws {
        let files = try files(Self.flux)
        func spec(_ stage: String) throws -> YAMLValue? {
            try files.object("flux/kustomization-portal-db-\(stage).yaml")["spec"]
        }
        #expect(try spec("1-database")?["dependsOn"] == nil)
        #expect(try spec("2-copy")?["dependsOn"] == [["name": "portal-db-1-database"]])
        #expect(try spec("3-cutover")?["dependsOn"] == [["name": "portal-db-2-copy"]])
        #expect(try spec("4-orchestrator")?["dependsOn"] == [["name": "portal-db-2-copy"]])
        #expect(try spec("2-copy")?["timeout"] == "370m")
        #expect(try spec("3-cutover")?["path"] == "./clusters/portal/out/3-cutover")
        for stage in ["1-database", "2-copy", "3-cutover", "4-orchestrator"] {
            #expect(try spec(stage)?["wait"] == true)
            #expect(try spec(stage)?["prune"] == false)
            #expect(try spec(stage)?["force"] == nil)
        }
    }

    @Test func `a cut-over in the team's own file is no stage of the engine`() throws {
        for engine in [Self.argocd, Self.flux] {
            var migration = try Example.statefulSet.migration(adding: engine)
            migration.cutover = .inPlace
            let files = try Renderer().render(migration)
            #expect(!files.contains { $0.path.contains("3-cutover") })
            #expect(
                try !files.filter { $0.path.hasSuffix("kustomization.yaml") }.map { try files.text($0.path) }.joined()
                    .contains("3-cutover"))
        }
    }

    @Test func `with an Application for each stage none syncs by itself, and nothing spans them`() throws {
        let files = try files(
            "  engine: {argocd: {repoURL: 'https://git.example.com/portal.git', path: out, layout: perStage}}\n")
        let names = files.map(\.path).filter { $0.hasPrefix("argocd/application-") }
        #expect(
            names
                == ["1-database", "2-copy", "3-cutover", "4-orchestrator"].map {
                    "argocd/application-portal-db-\($0).yaml"
                })
        for (name, stage) in zip(names, ["1-database", "2-copy", "3-cutover", "4-orchestrator"]) {
            let spec = try files.object(name)["spec"]
            #expect(spec?["source"]?["path"]?.string == "out/\(stage)")
            #expect(spec?["syncPolicy"]?["automated"] == nil)
        }
        #expect(!files.contains { $0.path == "kustomization.yaml" })
    }

    @Test func `Flux is handed what it substitutes, in every stage`() throws {
        let files = try files(
            "  engine: {flux: {source: portal, path: out, "
                + "postBuild: {substituteFrom: [{kind: ConfigMap, name: cluster}]}}}\n")
        for file in files where file.path.hasPrefix("flux/kustomization-") {
            let spec = try files.object(file.path)["spec"]
            #expect(spec?["postBuild"] == ["substituteFrom": [["kind": "ConfigMap", "name": "cluster"]]])
        }
    }

    @Test func `without an engine there is nothing of one`() throws {
        #expect(
            try !files("").contains {
                $0.path.hasPrefix("argocd/") || $0.path.hasPrefix("flux/") || $0.path == "kustomization.yaml"
            })
    }
}
