import MigrationSpec

/// How what applies the manifests from git is set up.
struct EngineChapter: RunbookChapter {
    private let facts: RunbookFacts

    init(_ facts: RunbookFacts) { self.facts = facts }

    var text: String {
        switch facts.migration.engine {
        case nil: return ""
        case .argocd(let argocd)?:
            return """
                ## With Argo CD

                Argo CD applies the stages as sync waves of one Application and waits for each. It must be told once how to \
                see that Backstage and SonataFlowPlatform are ready:

                ```sh
                kubectl -n \(argocd.namespace) patch configmap argocd-cm --patch-file argocd/health-checks.yaml
                kubectl apply -k argocd
                ```

                The commands below show where it stands; `apply` is for those who go without Argo CD. Never sync this \
                Application with ApplyOutOfSyncOnly, Replace or Force.

                """
        case .flux?:
            return """
                ## With Flux

                Flux applies one Kustomization for each stage and waits for each:

                ```sh
                kubectl apply -k flux
                ```

                The commands below show where it stands; `apply` is for those who go without Flux.

                """
        }
    }
}
