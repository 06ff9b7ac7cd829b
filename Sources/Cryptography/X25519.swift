import COpenSSL

/// A key pair for one key agreement with the owner of a public key (RFC 7748).
public struct X25519 {
    private let privateKey: [UInt8]
    /// 32 bytes, for the other side.
    public let publicKey: [UInt8]

    /// - Parameter privateKey: 32 random bytes.
    /// - Throws: ``MissingAlgorithm`` where OpenSSL may not use this curve, as on a machine in FIPS mode.
    public init(privateKey: [UInt8]) throws(MissingAlgorithm) {
        self.privateKey = privateKey
        guard let key = Self.key(privateKey) else { throw MissingAlgorithm("X25519") }
        defer { EVP_PKEY_free(key) }
        var publicKey = [UInt8](repeating: 0, count: 32)
        var count = publicKey.count
        guard EVP_PKEY_get_raw_public_key(key, &publicKey, &count) == 1 else { throw MissingAlgorithm("X25519") }
        self.publicKey = publicKey
    }

    /// - Returns: 32 bytes; `nil` for a public key of low order, whose secret anybody can compute.
    public func secret(with publicKey: [UInt8]) -> [UInt8]? {
        guard publicKey.count == 32, let own = Self.key(privateKey) else { return nil }
        defer { EVP_PKEY_free(own) }
        guard let other = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nil, publicKey, publicKey.count) else {
            return nil
        }
        defer { EVP_PKEY_free(other) }
        guard let context = EVP_PKEY_CTX_new(own, nil) else { return nil }
        defer { EVP_PKEY_CTX_free(context) }
        var secret = [UInt8](repeating: 0, count: 32)
        var count = secret.count
        guard EVP_PKEY_derive_init(context) == 1, EVP_PKEY_derive_set_peer(context, other) == 1,
            EVP_PKEY_derive(context, &secret, &count) == 1, secret.contains(where: { $0 != 0 })
        else { return nil }
        return secret
    }

    private static func key(_ bytes: [UInt8]) -> OpaquePointer? {
        EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nil, bytes, bytes.count)
    }
}
