import Cryptography

/// A recipient that can open a file encrypted by age: an X25519 public key (<https://c2sp.org/age>).
public struct AgeRecipient: Sendable {
    /// The usual form: `age1` and 58 more characters.
    public let text: String
    /// 32 bytes.
    let publicKey: [UInt8]

    /// - Throws: ``SealingError``, which never repeats the text: it may be a private key.
    public init(_ text: String) throws(SealingError) {
        if text.uppercased().hasPrefix("AGE-SECRET-KEY-") {
            throw SealingError(
                "is an identity, a private key; expected a recipient, its public half",
                advice: "Consider it known to others, and make a new one with: age-keygen")
        }
        guard let (prefix, bytes) = Bech32.decode(text) else {
            throw SealingError(
                "is no age recipient; expected age1 and 58 more characters",
                advice: "age-keygen prints it as the public key.")
        }
        guard prefix == "age", bytes.count == 32 else {
            throw SealingError(
                "is an age recipient of a kind that rehome does not seal for; expected X25519 (age1 and 58 more characters)",
                advice: "Post-quantum recipients and those of plugins are not supported.")
        }
        // With one of a few weak keys, every exchange gives the same secret, which everybody knows.
        let own = try SealingError.orFailure { () throws(MissingAlgorithm) in try X25519(privateKey: randomBytes(32)) }
        guard own.secret(with: bytes) != nil else {
            throw SealingError(
                "is a key of low order: what is sealed for it, anybody can open",
                advice: "No age-keygen made it. Ask whoever gave it to you for another, and how they came by it.")
        }
        self.text = text.lowercased()
        publicKey = bytes
    }
}
