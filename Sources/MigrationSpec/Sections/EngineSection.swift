struct EngineSection: Section {
    @Key(.choice, meaning: "One Argo CD Application, which applies the stages as sync waves.")
    var argocd: ArgoCDSection?

    @Key(.choice, meaning: "One Flux Kustomization for each stage, each waiting for those before it.")
    var flux: FluxSection?

    var engine: Migration.Engine? { argocd.map { .argocd($0.settings) } ?? flux.map { .flux($0.settings) } }
}

struct ArgoCDSection: Section {
    @Key(meaning: "The git repository that holds the rendered folder.")
    var repoURL: RepositoryURL

    @Key(.defaultsTo(GitRevision(checked: "main")), meaning: "The branch, tag or commit to follow.")
    var revision: GitRevision

    @Key(
        meaning: "The rendered folder's path in the repository.",
        consequence: "A render to another folder with -o does not change it.")
    var path: RepositoryPath

    @Key(
        .defaultsTo(.waves),
        meaning: "waves makes one Application, whose sync waves are the stages; perStage makes one for each stage.",
        consequence:
            "With perStage none syncs by itself: Argo CD does not wait for one Application before another, so a "
            + "person, a pipeline or Kargo syncs them in order.")
    var layout: ArgoCDLayout

    @Key(.defaultsTo(ObjectName(checked: "default")), meaning: "Argo CD's project.")
    var project: ObjectName

    @Key(.defaultsTo(LabelName(checked: "openshift-gitops")), meaning: "The namespace of Argo CD.")
    var namespace: LabelName

    @Key(
        .defaultsTo(RepositoryURL(checked: "https://kubernetes.default.svc")),
        meaning: "The API server of the cluster that Backstage runs in, as Argo CD knows it.")
    var server: RepositoryURL

    var settings: Migration.ArgoCD {
        Migration.ArgoCD(
            repoURL: repoURL.rawValue, revision: revision.rawValue, path: path.rawValue, layout: layout,
            project: project.rawValue, namespace: namespace.rawValue, server: server.rawValue)
    }
}

struct FluxSection: Section {
    @Key(meaning: "The name of the Flux source that holds the rendered folder.")
    var source: ObjectName

    @Key(.defaultsTo(.gitRepository), meaning: "The source's kind.")
    var sourceKind: FluxSourceKind

    @Key(meaning: "The rendered folder's path in the source.")
    var path: RepositoryPath

    @Key(.defaultsTo(LabelName(checked: "flux-system")), meaning: "The namespace of source and Kustomizations.")
    var namespace: LabelName

    @Key(
        .optional("Flux decrypts nothing"),
        meaning:
            "The Secret in that namespace with the age identity (in a key that ends in .agekey) for credentials.sops.",
        consequence: "Without it Flux refuses a Secret that SOPS encrypted.")
    var decryptionSecret: ObjectName?

    @Key(
        .optional("none"),
        meaning: "spec.postBuild of each Kustomization, as Flux writes it.",
        consequence: "It replaces ${NAME} in whatever is not annotated against it; what Rehome renders holds none.")
    var postBuild: KubernetesMapping?

    var settings: Migration.Flux {
        Migration.Flux(
            source: source.rawValue, sourceKind: sourceKind, path: path.rawValue, namespace: namespace.rawValue,
            decryptionSecret: decryptionSecret?.rawValue, postBuild: postBuild?.yamlValue)
    }
}
