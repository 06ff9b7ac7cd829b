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
        /// The Secret with the key that opens what SOPS encrypted.
        public var decryptionSecret: String?
        /// As Flux writes it.
        public var postBuild: YAMLValue?
    }
}
