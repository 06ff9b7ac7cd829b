import JobContract
import PostgresClient

/// Which databases of a server are to be moved.
public struct DatabaseSelection: Sendable {
    public var include: [ByteText]
    public var exclude: [ByteText]

    /// Databases that belong to a server or its provider, never to an application.
    public static let system: Set<DatabaseName> = [
        "postgres", "template0", "template1", "rdsadmin", "azure_maintenance", "azure_sys", "cloudsqladmin",
    ]

    public init(include: [ByteText], exclude: [ByteText]) {
        self.include = include
        self.exclude = exclude
    }

    /// Whether a database is to be moved. A system database is moved only if a pattern without a wildcard names it.
    public func selects(_ name: DatabaseName) -> Bool {
        if exclude.contains(where: { Self.matches(name.text, $0) }) { return false }
        if Self.system.contains(name) { return include.contains(name.text) }
        return include.contains { Self.matches(name.text, $0) }
    }

    /// Whether a pattern is the database's own name.
    public func names(_ name: DatabaseName) -> Bool { include.contains(name.text) || exclude.contains(name.text) }

    /// Matches a shell pattern: `*` stands for any run of characters, `?` for any one, and everything else for itself.
    static func matches(_ text: ByteText, _ pattern: ByteText) -> Bool {
        let (text, pattern) = (text.bytes, pattern.bytes)
        var t = 0
        var p = 0
        var star: (pattern: Int, text: Int)?
        while t < text.count {
            if p < pattern.count && pattern[p] == UInt8(ascii: "*") {
                star = (p, t)
                p += 1
            } else if p < pattern.count && pattern[p] == UInt8(ascii: "?") {
                t = endOfCharacter(text, at: t)
                p += 1
            } else if p < pattern.count && pattern[p] == text[t] {
                t += 1
                p += 1
            } else if let last = star {
                // The star takes one byte more.
                star = (last.pattern, last.text + 1)
                p = last.pattern + 1
                t = last.text + 1
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
    }

    /// A character of UTF-8 has at most three bytes after its first.
    private static func endOfCharacter(_ text: [UInt8], at place: Int) -> Int {
        var end = place + 1
        while end < text.count, end < place + 4, text[end] & 0xC0 == 0x80 { end += 1 }
        return end
    }
}
