import Crypto
import FoundationEssentials

/// A short file as age encrypts it, version 1 (<https://c2sp.org/age>).
struct AgeFile {
    /// In one chunk, which holds at most 64 KiB.
    static let longest = 64 << 10
    /// As `-----BEGIN AGE ENCRYPTED FILE-----` and so on; ends with a line break.
    let armored: String

    init(_ content: [UInt8], for recipient: AgeRecipient) throws(SealingError) {
        guard content.count <= Self.longest else { throw SealingError("cannot take more than 64 KiB") }
        let fileKey = SymmetricKey(size: .bits128)
        var header = "age-encryption.org/v1\n"
        header += try Self.stanza(of: fileKey, for: recipient)
        header += "---"
        let macKey = Self.derive(from: fileKey, salt: [], info: "header")
        let mac = HMAC<SHA256>.authenticationCode(for: Array(header.utf8), using: macKey)
        header += " \(Self.unpadded(Array(mac)))\n"
        let nonce = randomBytes(16)
        let payloadKey = Self.derive(from: fileKey, salt: nonce, info: "payload")
        // The only chunk is the last one too.
        let payload = try Self.sealed(content, with: payloadKey, nonce: [UInt8](repeating: 0, count: 11) + [1])
        armored = Self.armor(Array(header.utf8) + nonce + payload)
    }

    /// The file key, wrapped for one recipient.
    private static func stanza(of fileKey: SymmetricKey, for recipient: AgeRecipient) throws(SealingError) -> String {
        let ephemeral = Curve25519.KeyAgreement.PrivateKey()
        let share = Array(ephemeral.publicKey.rawRepresentation)
        guard let secret = try? ephemeral.sharedSecretFromKeyAgreement(with: recipient.publicKey) else {
            throw SealingError("cannot be sealed for")
        }
        let wrapKey = secret.hkdfDerivedSymmetricKey(
            using: SHA256.self, salt: share + Array(recipient.publicKey.rawRepresentation),
            sharedInfo: Array("age-encryption.org/v1/X25519".utf8), outputByteCount: 32)
        // A wrap key is used once.
        let wrapped = try sealed(
            fileKey.withUnsafeBytes { Array($0) }, with: wrapKey, nonce: [UInt8](repeating: 0, count: 12))
        return "-> X25519 \(unpadded(share))\n\(unpadded(wrapped))\n"
    }

    private static func derive(from key: SymmetricKey, salt: [UInt8], info: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(inputKeyMaterial: key, salt: salt, info: Array(info.utf8), outputByteCount: 32)
    }

    private static func sealed(
        _ content: [UInt8], with key: SymmetricKey, nonce: [UInt8]
    ) throws(SealingError) -> [UInt8] {
        guard let nonce = try? ChaChaPoly.Nonce(data: nonce),
            let box = try? ChaChaPoly.seal(content, using: key, nonce: nonce)
        else { throw SealingError("cannot be sealed for") }
        return Array(box.ciphertext) + Array(box.tag)
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
