extension Migration {
    /// A PostgreSQL that is rendered, as one pod.
    public struct StatefulSet: Sendable {
        public var image: String
        public var imageFamily: ImageFamily
        public var storage: String
        public var storageClass: String?
        public var tuning: Tuning
        public var resources: Resources
        public var pod: PodSettings
        /// `nil` where TLS is switched off.
        public var tls: ServerCertificate?
    }

    /// The certificate of a PostgreSQL that is rendered.
    public struct ServerCertificate: Sendable {
        public enum Source: Sendable {
            /// The Secret exists.
            case provided
            case certManager(issuerKind: IssuerKind, issuer: String)
            /// OpenShift's service CA.
            case serviceCA
        }

        /// A Secret with `tls.crt` and `tls.key`.
        public var secretName: String
        public var source: Source
    }

    /// A cluster of the CloudNativePG operator. It brings TLS and authorities of its own.
    public struct Cluster: Sendable {
        /// `nil` for the operator's default.
        public var image: String?
        public var instances: Int
        public var storage: String
        public var storageClass: String?
        public var tuning: Tuning
        public var resources: Resources
        public var pod: PodSettings
        public var role: String
        /// Of type `kubernetes.io/basic-auth`.
        public var roleSecret: String
    }

    /// The settings of PostgreSQL that depend on its size.
    public struct Tuning: Sendable, Equatable {
        public var maxConnections: Int
        /// `shared_buffers` and `effective_cache_size`, as `postgresql.conf` writes them.
        public var sharedBuffers: String
        public var effectiveCacheSize: String

        /// By default, a quarter of the memory request is for the buffers, and half of it is what the kernel is
        /// expected to cache.
        init(maxConnections: Int, sharedBuffers: String?, resources: Resources) {
            self.maxConnections = maxConnections
            let request = (resources.requests.memory?.bytes ?? 1 << 30) >> 20
            self.sharedBuffers = sharedBuffers ?? "\(max(128, request / 4))MB"
            effectiveCacheSize = "\(max(256, request / 2))MB"
        }
    }

    /// The PostgreSQL that is rendered as a StatefulSet, if one is.
    public var statefulSet: StatefulSet? { if case .statefulSet(let server) = target.kind { server } else { nil } }

    /// The cluster that is rendered, if one is.
    public var cluster: Cluster? { if case .cloudNativePG(let cluster) = target.kind { cluster } else { nil } }

    /// The Service of the target, if it is in the same namespace.
    public var targetService: String? {
        switch target.kind {
        case .statefulSet: name
        case .cloudNativePG: "\(name)-rw"
        // The Service of another operator's server may be in another namespace, and its network policies are not ours.
        case .external, .operated: nil
        }
    }
}
