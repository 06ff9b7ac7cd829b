import COpenSSL

/// A cipher that keeps a text secret, and shows whether it was changed.
public enum AuthenticatedCipher: Sendable {
    /// AES with a key of 32 bytes in Galois counter mode (NIST SP 800-38D); nonces of any length but zero.
    case aes256GCM
    /// RFC 8439; a key of 32 bytes, a nonce of 12.
    case chaCha20Poly1305

    /// An encrypted text. The nonce and the key open it.
    public struct Sealed: Sendable {
        /// As long as the text.
        public var ciphertext: [UInt8]
        /// 16 bytes.
        public var tag: [UInt8]
    }

    /// - Parameters:
    ///   - text: the plain text.
    ///   - key: as long as the cipher requires.
    ///   - nonce: must be different for each text under the same key.
    ///   - context: authenticated but not encrypted; the same is needed to open the text.
    /// - Throws: ``MissingAlgorithm`` where OpenSSL may not use the cipher, as on a machine in FIPS mode.
    public func seal(
        _ text: [UInt8], key: [UInt8], nonce: [UInt8], authenticating context: [UInt8] = []
    ) throws(MissingAlgorithm) -> Sealed {
        precondition(key.count == 32 && !nonce.isEmpty && (self == .aes256GCM || nonce.count == 12))
        guard let cipher = EVP_CIPHER_CTX_new() else { outOfMemory() }
        defer { EVP_CIPHER_CTX_free(cipher) }
        let algorithm = self == .aes256GCM ? EVP_aes_256_gcm() : EVP_chacha20_poly1305()
        var ciphertext = [UInt8](repeating: 0, count: text.count)
        var tag = [UInt8](repeating: 0, count: 16)
        var count: Int32 = 0
        guard EVP_EncryptInit_ex(cipher, algorithm, nil, nil, nil) == 1,
            EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_IVLEN, Int32(nonce.count), nil) == 1,
            EVP_EncryptInit_ex(cipher, nil, nil, key, nonce) == 1,
            context.isEmpty || EVP_EncryptUpdate(cipher, nil, &count, context, Int32(context.count)) == 1,
            text.isEmpty || EVP_EncryptUpdate(cipher, &ciphertext, &count, text, Int32(text.count)) == 1,
            EVP_EncryptFinal_ex(cipher, nil, &count) == 1,
            EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, Int32(tag.count), &tag) == 1
        else { throw MissingAlgorithm(self == .aes256GCM ? "AES-256-GCM" : "ChaCha20-Poly1305") }
        return Sealed(ciphertext: ciphertext, tag: tag)
    }
}
