import ManifestTemplates
import MigrationSpec
import YAMLTree

extension Renderer {
    /// The objects that make an engine apply the stages in order.
    func engineFiles(
        of migration: Migration, stages: [Stage], _ values: TemplateValues
    ) throws(YAMLError) -> [RenderedFile] {
        switch migration.engine {
        case .argocd(let argocd)?: try argocdFiles(argocd, migration, stages.filter { migration.renders($0) }, values)
        case .flux(let flux)?: try fluxFiles(flux, migration, stages.filter { migration.renders($0) }, values)
        case nil: []
        }
    }

    /// One Application for all stages, since Argo CD waits for one sync wave before the next, but not for one
    /// Application before another. Or one for each stage, none of which syncs by itself.
    private func argocdFiles(
        _ argocd: Migration.ArgoCD, _ migration: Migration, _ stages: [Stage], _ values: TemplateValues
    ) throws(YAMLError) -> [RenderedFile] {
        let values = values.adding([
            "engine.repoURL": .string(argocd.repoURL), "engine.revision": .string(argocd.revision),
            "engine.project": .string(argocd.project), "engine.namespace": .string(argocd.namespace),
            "engine.server": .string(argocd.server), "engine.syncsItself": .bool(argocd.layout == .waves),
        ])
        let applications: [(name: String, path: String)] =
            switch argocd.layout {
            case .waves: [(migration.name, argocd.path)]
            case .perStage: stages.map { ("\(migration.name)-\($0.folder)", "\(argocd.path)/\($0.folder)") }
            }
        var files: [RenderedFile] = []
        for application in applications {
            let object = try templates.fill(
                .argocdApplication,
                values.adding([
                    "application.name": .string(application.name), "engine.path": .string(application.path),
                ]))
            files.append(file(of: object, in: "argocd"))
        }
        let names = files.map { String($0.path.dropFirst("argocd/".count)) }
        let top = argocd.layout == .waves ? [try kustomization(listing: stages.map(\.folder), in: nil)] : []
        return top + [try kustomization(listing: names, in: "argocd")] + files + (try healthFiles(migration, values))
    }

    /// Health checks, which no kustomization lists: a person installs one of the two into Argo CD itself.
    private func healthFiles(_ migration: Migration, _ values: TemplateValues) throws(YAMLError) -> [RenderedFile] {
        let own = try templates.fill(.argocdHealth, values)
        let prefix = "resource.customizations.health."
        // For OpenShift GitOps, whose operator writes argocd-cm anew from a list of its own.
        let checks = (own["data"]?.mapping ?? [:]).compactMap { entry -> YAMLValue? in
            let words = entry.key.dropFirst(prefix.count).split(separator: "_", maxSplits: 1).map(String.init)
            guard entry.key.hasPrefix(prefix), words.count == 2 else { return nil }
            return ["group": .string(words[0]), "kind": .string(words[1]), "check": entry.value]
        }
        return [
            generated(own, as: "health-checks.yaml", in: "argocd"),
            generated(
                ["spec": ["resourceHealthChecks": .sequence(checks)]], as: "health-checks-openshift-gitops.yaml",
                in: "argocd"),
        ]
    }

    private func fluxFiles(
        _ flux: Migration.Flux, _ migration: Migration, _ stages: [Stage], _ values: TemplateValues
    ) throws(YAMLError) -> [RenderedFile] {
        var files: [RenderedFile] = []
        for stage in stages {
            let names = migration.dependencies(of: stage, among: stages).map { "\(migration.name)-\($0.folder)" }
            let dependsOn = YAMLValue.sequence(names.map { ["name": .string($0)] })
            let object = try templates.fill(
                .fluxKustomization,
                values.adding([
                    "engine.path": .string("./\(flux.path)"), "engine.namespace": .string(flux.namespace),
                    "engine.source": .string(flux.source), "engine.sourceKind": .string(flux.sourceKind.rawValue),
                    "engine.postBuild": flux.postBuild,
                    "stage.folder": .string(stage.folder),
                    // This is the only stage with Secrets.
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

    /// Longer than the Job may take. Otherwise Flux would give up on a copy that is still running.
    private func timeout(of stage: Stage, _ migration: Migration) -> String {
        let waits = stage.command != nil || (stage == .cutover && migration.hasDoor)
        return waits ? "\(migration.jobDeadlineSeconds / 60 + 10)m" : "30m"
    }

    /// Health checks of kinds without the condition that Flux looks for by itself. `exists` is false as long as a
    /// condition is missing. There is no `failed`, since DeployFailed is normal while the receipt is awaited.
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
        if stage == .database, let cluster = migration.cluster {
            // `Ready` comes before the role is made, so it does not suffice.
            return [
                [
                    "apiVersion": "postgresql.cnpg.io/v1", "kind": "Cluster",
                    "current": .string(
                        "status.conditions.exists(e, e.type == 'Ready' && e.status == 'True') && "
                            + "status.managedRolesStatus.byStatus.reconciled.exists(e, e == \(CELString(cluster.role)))"
                    ),
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
