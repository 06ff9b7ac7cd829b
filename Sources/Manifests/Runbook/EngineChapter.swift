import MigrationSpec

/// How to set up the engine that applies the manifests from git.
struct EngineChapter: RunbookChapter {
    private let facts: RunbookFacts

    init(_ facts: RunbookFacts) { self.facts = facts }

    var text: String {
        switch facts.migration.engine {
        case nil: ""
        case .argocd(let argocd)?: text(argocd)
        case .flux(let flux)?: text(flux)
        }
    }

    private func text(_ argocd: Migration.ArgoCD) -> String {
        """
        ## With Argo CD

        \(layout(argocd)) It must be told once how to see that Backstage and SonataFlowPlatform are ready:

        \(Markdown.shell(
            "# Argo CD as its own project installs it:",
            "kubectl -n \(argocd.namespace) patch configmap argocd-cm --patch-file argocd/health-checks.yaml",
            "# OpenShift GitOps, where no other resourceHealthChecks are set; else add these to them:",
            "# kubectl -n \(argocd.namespace) patch argocd openshift-gitops --type merge --patch-file argocd/health-checks-openshift-gitops.yaml",
            "kubectl apply -k argocd"))

        The commands below show where it stands; `apply` is for those who go without Argo CD. Never sync this \
        Application with ApplyOutOfSyncOnly, Replace or Force, and sync it as a whole: a sync of single resources waits \
        for nothing. What a former phase has left is shown as out of sync and stays until you delete it.
        \(longWait("Argo CD runs one sync of an Application at a time: while the Job waits or copies, a new commit waits, too. "
            + "To change your mind, `argocd app terminate-op \(facts.migration.name)`; the Job goes on until you delete it."))
        """
    }

    private func layout(_ argocd: Migration.ArgoCD) -> String {
        switch argocd.layout {
        case .waves: "Argo CD applies the stages as sync waves of one Application and waits for each."
        case .perStage:
            "Each stage has an Application, and none syncs by itself: sync one when the one before it is healthy "
                + "(`argocd app sync`, `argocd app wait --health`), in the order of their numbers."
                + (facts.migration.hasDoor
                    ? " Stages 2 and 3 are synced together: the copy waits for the new pods." : "")
        }
    }

    private func text(_ flux: Migration.Flux) -> String {
        let former = Set(Stage.allCases.map(\.folder)).subtracting(facts.stages.map(\.folder)).sorted()
            .map { "\(facts.migration.name)-\($0)" }
        return """
            ## With Flux

            Flux applies one Kustomization for each stage and waits for each:

            \(Markdown.shell(
                "kubectl apply -k flux",
                "kubectl -n \(flux.namespace) delete kustomizations.kustomize.toolkit.fluxcd.io --ignore-not-found \(words: former)"))

            The second command takes away the Kustomizations of former phases; they prune nothing, so what they applied \
            stays. The commands below show where it stands; `apply` is for those who go without Flux. This folder must not \
            lie on the path of another Kustomization, which would apply all of it at once.
            \(longWait("While the Job waits or copies, Flux does not look at newer commits of that stage. To change your mind, "
                + "delete the Job, then `flux reconcile kustomization \(facts.migration.name)-\(facts.jobStage?.folder ?? "")`."))
            """
    }

    private func longWait(_ sentence: String) -> String { facts.jobStage == nil ? "" : "\n\(sentence)\n" }
}
