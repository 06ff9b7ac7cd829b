import Cryptography
import FoundationEssentials

/// A short file in age's format, version 1 (<https://c2sp.org/age>).
struct AgeFile {
    /// The most bytes of one chunk; only one is written.
    static let longest = 64 << 10
    /// The file in ASCII armor (`-----BEGIN AGE ENCRYPTED FILE-----` and so on), with a line break at its end.
    let armored: String

    init(_ content: [UInt8], for recipient: AgeRecipient) throws(SealingError) {
        guard content.count <= Self.longest else { throw SealingError("cannot take more than 64 KiB") }
        let fileKey = randomBytes(16)
        var header = "age-encryption.org/v1\n"
        header += try Self.stanza(of: fileKey, for: recipient)
        header += "---"
        let macKey = HKDFSHA256.key(from: fileKey, salt: [], info: Array("header".utf8))
        let mac = HMACSHA256.code(of: Array(header.utf8), key: macKey)
        header += " \(Self.unpadded(mac))\n"
        let nonce = randomBytes(16)
        let payloadKey = HKDFSHA256.key(from: fileKey, salt: nonce, info: Array("payload".utf8))
        // The only chunk is also the last one, which the nonce says.
        let payload = try Self.sealed(content, with: payloadKey, nonce: [UInt8](repeating: 0, count: 11) + [1])
        armored = Self.armor(Array(header.utf8) + nonce + payload)
    }

    /// The file key, wrapped for one recipient.
    private static func stanza(of fileKey: [UInt8], for recipient: AgeRecipient) throws(SealingError) -> String {
        let ephemeral = try SealingError.orFailure { () throws(MissingAlgorithm) in
            try X25519(privateKey: randomBytes(32))
        }
        let share = ephemeral.publicKey
        guard let secret = ephemeral.secret(with: recipient.publicKey) else {
            throw SealingError("cannot be sealed for")
        }
        let wrapKey = HKDFSHA256.key(
            from: secret, salt: share + recipient.publicKey, info: Array("age-encryption.org/v1/X25519".utf8))
        // A wrap key is used only once, so its nonce may be zero.
        let wrapped = try sealed(fileKey, with: wrapKey, nonce: [UInt8](repeating: 0, count: 12))
        return "-> X25519 \(unpadded(share))\n\(unpadded(wrapped))\n"
    }

    private static func sealed(_ content: [UInt8], with key: [UInt8], nonce: [UInt8]) throws(SealingError) -> [UInt8] {
        let sealed = try SealingError.orFailure { () throws(MissingAlgorithm) in
            try AuthenticatedCipher.chaCha20Poly1305.seal(content, key: key, nonce: nonce)
        }
        return sealed.ciphertext + sealed.tag
    }

    private static func unpadded(_ bytes: [UInt8]) -> String {
        String(Data(bytes).base64EncodedString().prefix { $0 != "=" })
    }

    private static func armor(_ bytes: [UInt8]) -> String {
        var rest = Substring(Data(bytes).base64EncodedString())
        var lines = ["-----BEGIN AGE ENCRYPTED FILE-----"]
        while !rest.isEmpty {
            lines.append(String(rest.prefix(64)))
            rest = rest.dropFirst(64)
        }
        return (lines + ["-----END AGE ENCRYPTED FILE-----", ""]).joined(separator: "\n")
    }
}
