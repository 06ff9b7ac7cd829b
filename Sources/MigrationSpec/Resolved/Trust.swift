import JobContract

/// The authorities that clients trust for a server's certificate.
public enum Trust: Sendable, Equatable {
    /// Certificates in a file that the config names. A Secret with them is rendered.
    case bundle(CertificateBundle)
    /// An object in the cluster that another program fills: cert-manager, CloudNativePG, OpenShift.
    case object(CertificateReference)

    /// The certificates themselves, where they are known.
    public var bundle: CertificateBundle? { if case .bundle(let bundle) = self { bundle } else { nil } }

    /// The object in which pods find them.
    ///
    /// - Parameter name: the migration's, after which a rendered Secret is named.
    func reference(for name: String) -> CertificateReference {
        switch self {
        case .bundle: CertificateReference(kind: .secret, name: "\(name)-certificate", key: JobFiles.certificateKey)
        case .object(let reference): reference
        }
    }
}

/// The key of a Secret or ConfigMap that holds certificate authorities as PEM.
public struct CertificateReference: Sendable, Equatable, CustomStringConvertible {
    public enum Kind: String, Sendable {
        case secret = "Secret"
        case configMap = "ConfigMap"
    }

    public var kind: Kind
    public var name: String
    public var key: String

    /// As messages name it.
    public var description: String { "the \(kind.rawValue) '\(name)'" }
}
