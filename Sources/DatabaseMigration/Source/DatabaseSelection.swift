import PostgresClient

/// Which databases of a server are to be moved.
public struct DatabaseSelection: Sendable {
    public var include: [String]
    public var exclude: [String]

    /// Databases that belong to a server or its provider, never to an application.
    public static let system: Set<String> = [
        "postgres", "template0", "template1", "rdsadmin", "azure_maintenance", "azure_sys", "cloudsqladmin",
    ]

    public init(include: [String], exclude: [String]) {
        self.include = include
        self.exclude = exclude
    }

    /// Whether a database is to be moved. A system database is only if a pattern without a wildcard names it.
    public func selects(_ name: DatabaseName) -> Bool {
        if exclude.contains(where: { Self.matches(name.text, $0) }) { return false }
        if Self.system.contains(name.text) { return include.contains(name.text) }
        return include.contains { Self.matches(name.text, $0) }
    }

    /// Whether somebody decided about a database by its own name.
    public func names(_ name: String) -> Bool { include.contains(name) || exclude.contains(name) }

    /// Shell patterns: `*` is any run of characters, `?` any one; everything else is itself.
    static func matches(_ text: String, _ pattern: String) -> Bool {
        let text = Array(text)
        let pattern = Array(pattern)
        var t = 0
        var p = 0
        var star: (pattern: Int, text: Int)?
        while t < text.count {
            if p < pattern.count && pattern[p] == "*" {
                star = (p, t)
                p += 1
            } else if p < pattern.count && (pattern[p] == "?" || pattern[p] == text[t]) {
                t += 1
                p += 1
            } else if let last = star {
                // The star takes one character more.
                star = (last.pattern, last.text + 1)
                p = last.pattern + 1
                t = last.text + 1
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == "*" }
    }
}
