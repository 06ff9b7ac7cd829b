import Cryptography
import FoundationEssentials

/// The public key of a sealed-secrets controller. Only that controller can open what is sealed with it.
///
/// The format is that of `HybridEncrypt` in sealed-secrets (pkg/crypto/crypto.go).
public struct SealedSecretKey: Sendable {
    private let certificate: [UInt8]

    /// - Parameter certificate: the controller's X.509 certificate in DER, as `kubeseal --fetch-cert` gives it in PEM.
    public init(certificate: [UInt8]) { self.certificate = certificate }

    /// - Parameters:
    ///   - value: the value of a Secret's key.
    ///   - label: what the value may be used for; see ``SealingScope/label(namespace:name:)``.
    /// - Returns: base64 of: length of the sealed session key (2 bytes, big-endian), session key sealed with RSA-OAEP,
    ///   value sealed with AES-256-GCM. The text is different each time.
    /// - Throws: ``SealingError`` for a certificate whose key is not RSA.
    public func seal(_ value: String, label: String) throws(SealingError) -> String {
        let sessionKey = randomBytes(32)
        let sealedKey = try RSAOAEP.seal(sessionKey, for: certificate, label: Array(label.utf8))
        guard let length = UInt16(exactly: sealedKey.count) else {
            throw SealingError("is of a size that sealed-secrets does not know")
        }
        // Each session key seals only one value, so the controller expects a nonce of zero.
        let sealed = try SealingError.orFailure { () throws(MissingAlgorithm) in
            try AuthenticatedCipher.aes256GCM.seal(
                Array(value.utf8), key: sessionKey, nonce: [UInt8](repeating: 0, count: 12))
        }
        let bytes = [UInt8(length >> 8), UInt8(length & 0xFF)] + sealedKey + sealed.ciphertext + sealed.tag
        return Data(bytes).base64EncodedString()
    }
}

/// Where a sealed value may be opened.
public enum SealingScope: String, CaseIterable, Sendable {
    /// As this Secret only.
    case strict
    /// As any Secret of its namespace.
    case namespaceWide = "namespace-wide"
    /// As any Secret of the cluster.
    case clusterWide = "cluster-wide"

    /// The label for RSA-OAEP, as the controller computes it (sealed-secrets, `EncryptionLabel`).
    public func label(namespace: String, name: String) -> String {
        switch self {
        case .strict: "\(namespace)/\(name)"
        case .namespaceWide: namespace
        case .clusterWide: ""
        }
    }

    /// The annotation that tells the controller the scope; none for ``strict``.
    public var annotation: String? {
        self == .strict ? nil : "sealedsecrets.bitnami.com/\(rawValue)"
    }
}
