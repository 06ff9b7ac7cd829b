import SystemPackage
import YAMLTree

/// Where the certificate authorities' file comes into Backstage's container.
extension BackstageResource {
    /// What the CR says of the certificate already.
    public enum CertificateItem: Sendable {
        /// The cut-over adds an item.
        case missing
        case present(ExtraItem)
        /// For other containers only: it is told to reach Backstage's too, since the operator fails on an object that is
        /// listed twice.
        case elsewhere(ExtraItem)
        /// It mounts something else of the same object.
        case unfit(ExtraItem)
    }

    public func certificateItem(_ certificate: CertificateReference) -> CertificateItem {
        let items = items(.extraFiles, certificate.kind == .secret ? .secrets : .configMaps)
        guard let item = items.first(where: { $0.name == certificate.name }) else { return .missing }
        // Without a key, a mountPath takes all of the object there. A ConfigMap needs neither.
        let bringsAll = item.key == nil && (item.mountPath != nil || certificate.kind == .configMap)
        guard item.key == certificate.key || bringsAll else { return .unfit(item) }
        return item.reachesBackstage ? .present(item) : .elsewhere(item)
    }

    /// The file as Backstage's container sees it after the cut-over.
    public func certificatePath(_ certificate: CertificateReference) -> String {
        let folder =
            switch certificateItem(certificate) {
            case .present(let item), .elsewhere(let item): folder(of: item.mountPath)
            // The item that is added says its folder, where an item can.
            case .missing, .unfit: version.hasItemMountPath ? Self.defaultMountPath : folder(of: nil)
            }
        // The kubelet takes a relative path from the root.
        return FilePath("/").appending(folder).appending(certificate.key).lexicallyNormalized().string
    }

    /// As the operator joins them (rhdh-operator, `pkg/model/deployment.go`).
    private func folder(of mountPath: String?) -> String {
        let shared = root[at: ["spec", "application", "extraFiles", "mountPath"]]?.string
        let base = shared.flatMap { $0.isEmpty ? nil : $0 } ?? Self.defaultMountPath
        guard let mountPath else { return base }
        return mountPath.hasPrefix("/") ? mountPath : FilePath(base).appending(mountPath).string
    }
}
