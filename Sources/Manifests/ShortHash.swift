import Cryptography

/// A short name for a content: another content gets another name.
enum ShortHash {
    /// The first ten hexadecimal digits of the SHA-256 of the text.
    static func of(_ text: String) -> String {
        let digits = Array("0123456789abcdef")
        let bytes = SHA256.hash(data: Array(text.utf8)).prefix(5)
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}
