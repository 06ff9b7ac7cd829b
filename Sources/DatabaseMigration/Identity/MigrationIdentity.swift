import Cryptography
import JobContract

/// Which migration this is. Two instances may share a server, so everything that Rehome makes there bears its identity.
public struct MigrationIdentity: Codable, Hashable, Sendable {
    public var namespace: String
    public var instance: String
    public var generation: Int
    public var direction: Direction
    /// The source cluster's `system_identifier` (PostgreSQL manual, `pg_control_system`).
    public var source: String

    /// 12 hexadecimal digits that stand for the identity in names of databases.
    public var hash: String {
        shortHash(ByteText("\(namespace)\n\(instance)\n\(generation)\n\(direction.rawValue)\n\(source)"))
    }

    /// The same as a number for advisory locks.
    var lockKey: Int64 { Int64(UInt64(hash, radix: 16) ?? 0) }

    /// Whether both are of the same instance of Backstage.
    func isOf(_ settings: JobSettings) -> Bool { namespace == settings.namespace && instance == settings.instance }

    /// Whether both are the same migration as far as the settings alone tell, the source unseen.
    public func matches(_ settings: JobSettings) -> Bool {
        isOf(settings) && generation == settings.generation && direction == settings.direction
    }
}

/// The first 12 hexadecimal digits of a SHA-256.
func shortHash(_ text: ByteText) -> String {
    SHA256.hash(data: text.bytes).prefix(6).map { byte in
        let digits = String(byte, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
    }.joined()
}

/// A hash of what the settings choose to be moved. With another plan, the same identity is another migration.
struct PlanHash {
    static func of(_ settings: JobSettings) -> String {
        let parts: [ByteText] = [
            "include", NameList.encode(settings.include), "exclude", NameList.encode(settings.exclude),
            "empty", NameList.encode(settings.emptyDatabases), "owner", settings.owner,
        ]
        return shortHash(parts.joined(separator: "\n"))
    }
}
