/// The URL by which PostgreSQL's Java driver connects.
struct JDBCURL: CustomStringConvertible {
    let description: String

    /// - Parameter isEncrypted: `true` gives `require`, which encrypts without checking the certificate. Checking would
    ///   need a file in containers that are not ours.
    init(host: String, port: Int, database: String, schema: String, isEncrypted: Bool) {
        let host = host.contains(":") ? "[\(host)]" : host
        description =
            "jdbc:postgresql://\(host):\(port)/\(Self.escaped(database))?currentSchema=\(Self.escaped(schema))"
            + (isEncrypted ? "&sslmode=require" : "")
    }

    /// Percent-encoded, except for unreserved characters (RFC 3986).
    private static func escaped(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain =
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-._~".utf8.contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) && (0x40...0x7F).contains(byte)
            if isPlain { return String(Unicode.Scalar(byte)) }
            let digits = String(byte, radix: 16, uppercase: true)
            return "%" + (digits.utf8.count == 1 ? "0" : "") + digits
        }.joined()
    }
}
