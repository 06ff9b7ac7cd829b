public struct EngineSection: Section {
    enum Keys {
        static let argocd = Field<ArgoCDSection>(
            "argocd", .optional(nil), meaning: "One Argo CD Application, which applies the stages as sync waves.")
        static let flux = Field<FluxSection>(
            "flux", .optional(nil), meaning: "One Flux Kustomization for each stage, each waiting for those before it.")
    }

    public static var fields: [any FieldDeclaration] { [Keys.argocd, Keys.flux] }
    public static var rules: SectionRules { SectionRules(exactlyOne: fields.map(\.name)) }

    var engine: Migration.Engine

    public init?(_ reader: inout SectionReader) {
        if let section = reader.read(Keys.argocd)?.value {
            engine = .argocd(section.settings)
        } else if let section = reader.read(Keys.flux)?.value {
            engine = .flux(section.settings)
        } else {
            return nil
        }
    }
}

public struct ArgoCDSection: Section {
    enum Keys {
        static let repoURL = Field<RepositoryURL>(
            "repoURL", meaning: "The git repository that holds the rendered folder.")
        static let revision = Field<GitRevision>(
            "revision", .defaultsTo(GitRevision(checked: "main")), meaning: "The branch, tag or commit to follow.")
        static let path = Field<RepositoryPath>(
            "path", meaning: "The rendered folder's path in the repository.",
            consequence: "A render to another folder with -o does not change it.")
        static let layout = Field<ArgoCDLayout>(
            "layout", .defaultsTo(.waves),
            meaning: "waves makes one Application, whose sync waves are the stages; perStage makes one for each stage.",
            consequence:
                "With perStage none syncs by itself: Argo CD does not wait for one Application before another, so a "
                + "person, a pipeline or Kargo syncs them in order.")
        static let project = Field<ObjectName>(
            "project", .defaultsTo(ObjectName(checked: "default")), meaning: "Argo CD's project.")
        static let namespace = Field<LabelName>(
            "namespace", .defaultsTo(LabelName(checked: "openshift-gitops")), meaning: "The namespace of Argo CD.")
        static let server = Field<RepositoryURL>(
            "server", .defaultsTo(RepositoryURL(checked: "https://kubernetes.default.svc")),
            meaning: "The API server of the cluster that Backstage runs in, as Argo CD knows it.")
    }

    public static var fields: [any FieldDeclaration] {
        [Keys.repoURL, Keys.revision, Keys.path, Keys.layout, Keys.project, Keys.namespace, Keys.server]
    }

    var settings: Migration.ArgoCD

    public init?(_ reader: inout SectionReader) {
        let repoURL = reader.read(Keys.repoURL)?.value
        let revision = reader.read(Keys.revision)?.value
        let path = reader.read(Keys.path)?.value
        let layout = reader.read(Keys.layout)?.value
        let project = reader.read(Keys.project)?.value
        let namespace = reader.read(Keys.namespace)?.value
        let server = reader.read(Keys.server)?.value
        guard let repoURL, let revision, let path, let layout, let project, let namespace, let server else {
            return nil
        }
        settings = Migration.ArgoCD(
            repoURL: repoURL.rawValue, revision: revision.rawValue, path: path.rawValue, layout: layout,
            project: project.rawValue,
            namespace: namespace.rawValue, server: server.rawValue)
    }
}

public struct FluxSection: Section {
    enum Keys {
        static let source = Field<ObjectName>(
            "source", meaning: "The name of the Flux source that holds the rendered folder.")
        static let sourceKind = Field<FluxSourceKind>(
            "sourceKind", .defaultsTo(.gitRepository), meaning: "The source's kind.")
        static let path = Field<RepositoryPath>("path", meaning: "The rendered folder's path in the source.")
        static let namespace = Field<LabelName>(
            "namespace", .defaultsTo(LabelName(checked: "flux-system")),
            meaning: "The namespace of source and Kustomizations.")
        static let decryptionSecret = Field<ObjectName>(
            "decryptionSecret", .optional("Flux decrypts nothing"),
            meaning:
                "The Secret in that namespace with the age identity (in a key that ends in .agekey) for credentials.sops.",
            consequence: "Without it Flux refuses a Secret that SOPS encrypted.")
        static let postBuild = Field<KubernetesMapping>(
            "postBuild", .optional("none"), meaning: "spec.postBuild of each Kustomization, as Flux writes it.",
            consequence: "It replaces ${NAME} in whatever is not annotated against it; what Rehome renders holds none.")
    }

    public static var fields: [any FieldDeclaration] {
        [Keys.source, Keys.sourceKind, Keys.path, Keys.namespace, Keys.decryptionSecret, Keys.postBuild]
    }

    var settings: Migration.Flux

    public init?(_ reader: inout SectionReader) {
        let source = reader.read(Keys.source)?.value
        let sourceKind = reader.read(Keys.sourceKind)?.value
        let path = reader.read(Keys.path)?.value
        let namespace = reader.read(Keys.namespace)?.value
        guard let source, let sourceKind, let path, let namespace else { return nil }
        settings = Migration.Flux(
            source: source.rawValue, sourceKind: sourceKind, path: path.rawValue, namespace: namespace.rawValue,
            decryptionSecret: reader.read(Keys.decryptionSecret)?.value.rawValue,
            postBuild: reader.read(Keys.postBuild)?.value.yamlValue)
    }
}
