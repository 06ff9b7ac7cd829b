import ManifestTemplates
import MigrationSpec
import YAMLTree

extension Renderer {
    /// The objects that make an engine apply the stages in order.
    func engineFiles(
        of migration: Migration, stages: [Stage], _ values: TemplateValues
    ) throws(YAMLError) -> [RenderedFile] {
        switch migration.engine {
        case .argocd(let argocd)?: try argocdFiles(argocd, stages.filter { migration.renders($0) }, values)
        case .flux(let flux)?: try fluxFiles(flux, migration, stages.filter { migration.renders($0) }, values)
        case nil: []
        }
    }

    /// One Application over all stages: Argo CD waits for one sync wave before the next, but not for one Application
    /// before another.
    private func argocdFiles(
        _ argocd: Migration.ArgoCD, _ stages: [Stage], _ values: TemplateValues
    ) throws(YAMLError) -> [RenderedFile] {
        let application = try templates.fill(
            .argocdApplication,
            values.adding([
                "engine.repoURL": .string(argocd.repoURL), "engine.revision": .string(argocd.revision),
                "engine.path": .string(argocd.path), "engine.project": .string(argocd.project),
                "engine.namespace": .string(argocd.namespace), "engine.server": .string(argocd.server),
            ]))
        let file = file(of: application, in: "argocd")
        let health = generated(try templates.fill(.argocdHealth, values), as: "health-checks.yaml", in: "argocd")
        return [
            try kustomization(listing: stages.map(\.folder), in: nil),
            try kustomization(listing: [String(file.path.dropFirst("argocd/".count))], in: "argocd"), file, health,
        ]
    }

    private func fluxFiles(
        _ flux: Migration.Flux, _ migration: Migration, _ stages: [Stage], _ values: TemplateValues
    ) throws(YAMLError) -> [RenderedFile] {
        var files: [RenderedFile] = []
        for stage in stages {
            let names = stage.dependencies(among: stages).map { "\(migration.name)-\($0.folder)" }
            let dependsOn = YAMLValue.sequence(names.map { ["name": .string($0)] })
            let object = try templates.fill(
                .fluxKustomization,
                values.adding([
                    "engine.path": .string("./\(flux.path)"), "engine.namespace": .string(flux.namespace),
                    "engine.source": .string(flux.source), "engine.sourceKind": .string(flux.sourceKind.rawValue),
                    "stage.folder": .string(stage.folder),
                    // The only stage with Secrets.
                    "stage.isDecrypted": .bool(stage == .database && flux.decryptionSecret != nil),
                    "engine.decryptionSecret": flux.decryptionSecret.map { .string($0) },
                    "stage.dependsOn": names.isEmpty ? TemplateValues.absent : dependsOn,
                    "stage.timeout": .string(timeout(of: stage, migration)),
                    "stage.healthCheckExprs": healthChecks(of: stage, migration),
                ]))
            files.append(file(of: object, in: "flux"))
        }
        let names = files.map { String($0.path.dropFirst("flux/".count)) }
        return [try kustomization(listing: names, in: "flux")] + files
    }

    /// Longer than the Job may take, or Flux would give up on a copy that is still going.
    private func timeout(of stage: Stage, _ migration: Migration) -> String {
        stage.command == nil ? "30m" : "\(migration.jobDeadlineSeconds / 60 + 10)m"
    }

    /// Neither kind has the condition that Flux looks for by itself. `exists` is false for a condition that is not there
    /// yet; no `failed`, since DeployFailed is normal while the receipt is awaited.
    private func healthChecks(of stage: Stage, _ migration: Migration) -> YAMLValue? {
        if stage.changesCR {
            return [
                [
                    "apiVersion": .string("\(BackstageVersion.group)/\(migration.backstage?.version.rawValue ?? "")"),
                    "kind": "Backstage",
                    "current": "status.conditions.exists(e, e.type == 'Deployed' && e.status == 'True')",
                ]
            ]
        }
        guard stage.movesOrchestrator else { return nil }
        return [
            [
                "apiVersion": "sonataflow.org/v1alpha08", "kind": "SonataFlowPlatform",
                "current": "status.conditions.exists(e, e.type == 'Succeed' && e.status == 'True')",
            ]
        ]
    }
}

extension Migration {
    /// Whether a stage has a folder of its own: a cut-over of the team's own file has none.
    fileprivate func renders(_ stage: Stage) -> Bool { !stage.changesCR || cutover == .copy }
}
