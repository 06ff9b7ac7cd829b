import COpenSSL

/// RSA-OAEP with SHA-256 and a label (RFC 8017, 7.1). swift-crypto offers it without a label only.
enum RSAOAEP {
    /// - Parameter certificate: X.509 in DER.
    static func seal(_ message: [UInt8], for certificate: [UInt8], label: [UInt8]) throws(SealingError) -> [UInt8] {
        let parsed: OpaquePointer? = certificate.withUnsafeBufferPointer { buffer in
            var pointer = buffer.baseAddress
            return d2i_X509(nil, &pointer, buffer.count)
        }
        guard let parsed else { throw SealingError("is no X.509 certificate") }
        defer { X509_free(parsed) }
        guard let key = X509_get0_pubkey(parsed), EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA else {
            throw SealingError(
                "holds no RSA key, which sealed-secrets works with",
                advice: "Fetch the controller's certificate with: kubeseal --fetch-cert")
        }
        guard let context = EVP_PKEY_CTX_new(key, nil) else { throw outOfMemory }
        defer { EVP_PKEY_CTX_free(context) }
        guard EVP_PKEY_encrypt_init(context) == 1,
            EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1,
            EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha256()) == 1,
            EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) == 1
        else { throw SealingError("cannot be used for RSA-OAEP") }
        if !label.isEmpty { try set(label, in: context) }
        var length = 0
        guard EVP_PKEY_encrypt(context, nil, &length, message, message.count) == 1 else {
            throw SealingError("has a key too short to seal with")
        }
        var sealed = [UInt8](repeating: 0, count: length)
        guard EVP_PKEY_encrypt(context, &sealed, &length, message, message.count) == 1 else {
            throw SealingError("has a key too short to seal with")
        }
        return Array(sealed[..<length])
    }

    /// The context takes over the label and frees it, so the label must be in OpenSSL's own heap.
    private static func set(_ label: [UInt8], in context: OpaquePointer) throws(SealingError) {
        guard let copy = CRYPTO_malloc(label.count, nil, 0) else { throw outOfMemory }
        copy.copyMemory(from: label, byteCount: label.count)
        guard EVP_PKEY_CTX_set0_rsa_oaep_label(context, copy, Int32(label.count)) == 1 else {
            CRYPTO_free(copy, nil, 0)
            throw outOfMemory
        }
    }

    private static var outOfMemory: SealingError { SealingError("cannot be used: OpenSSL has no memory left") }
}
