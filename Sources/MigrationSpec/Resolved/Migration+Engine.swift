public import YAMLTree

extension Migration {
    public struct ArgoCD: Sendable {
        public var repoURL: String
        public var revision: String
        public var path: String
        public var layout: ArgoCDLayout
        public var project: String
        public var namespace: String
        public var server: String
    }

    public struct Flux: Sendable {
        public var source: String
        public var sourceKind: FluxSourceKind
        public var path: String
        public var namespace: String
        /// The Secret with the key that decrypts what SOPS encrypted.
        public var decryptionSecret: String?
        /// In Flux's own form.
        public var postBuild: YAMLValue?
    }
}
