import SystemPackage
import YAMLTree

/// Where the certificate authorities' file comes into Backstage's container.
extension BackstageResource {
    /// How the CR mounts the certificate already.
    public enum CertificateItem: Sendable {
        /// The cut-over adds an item.
        case missing
        case present(ExtraItem)
        /// An item mounts it for other containers only. The cut-over extends that item to Backstage's container, since
        /// the operator fails on an object that is listed twice.
        case elsewhere(ExtraItem)
        /// An item mounts another key of the same object.
        case unfit(ExtraItem)
    }

    public func certificateItem(_ certificate: CertificateReference) -> CertificateItem {
        let items = items(.extraFiles, certificate.kind == .secret ? .secrets : .configMaps)
        guard let item = items.first(where: { $0.name == certificate.name }) else { return .missing }
        // Without a key, an item with a mountPath mounts the whole object. A ConfigMap needs no mountPath for that.
        let bringsAll = item.key == nil && (item.mountPath != nil || certificate.kind == .configMap)
        guard item.key == certificate.key || bringsAll else { return .unfit(item) }
        return item.reachesBackstage ? .present(item) : .elsewhere(item)
    }

    /// The path of the file in Backstage's container after the cut-over.
    public func certificatePath(_ certificate: CertificateReference) -> String {
        let folder =
            switch certificateItem(certificate) {
            case .present(let item), .elsewhere(let item): folder(of: item.mountPath)
            // The item that the cut-over adds has a mountPath, if the version allows it.
            case .missing, .unfit: version.hasItemMountPath ? Self.defaultMountPath : folder(of: nil)
            }
        // The kubelet resolves a relative path against the root.
        return FilePath("/").appending(folder).appending(certificate.key).lexicallyNormalized().string
    }

    /// Joined as the operator does it (rhdh-operator, `pkg/model/deployment.go`).
    private func folder(of mountPath: String?) -> String {
        let shared = root[at: ["spec", "application", "extraFiles", "mountPath"]]?.string
        let base = shared.flatMap { $0.isEmpty ? nil : $0 } ?? Self.defaultMountPath
        guard let mountPath else { return base }
        return mountPath.hasPrefix("/") ? mountPath : FilePath(base).appending(mountPath).string
    }
}
