import JobContract
import PostgresClient

/// A database at the target that makes room for a published one.
struct SetAsideDatabase: Sendable {
    var name: DatabaseName
    var newName: DatabaseName
    /// The comment that it gets, if an earlier migration has published it or left it behind; `nil` for one that is not
    /// ours to mark.
    var comment: ByteText?

    /// The end of the names of all databases that a migration has set aside.
    static func suffix(of identity: MigrationIdentity) -> ByteText { ByteText("_before_\(identity.hash)") }

    /// The name that a database in the way is renamed to, of at most 60 bytes. A long name is cut, and a hash of the
    /// whole name tells it from others that begin alike.
    static func newName(of name: DatabaseName, identity: MigrationIdentity) -> DatabaseName {
        var kept = name.text
        if kept.bytes.count > 40 { kept = kept.cut(to: 27) + "_" + ByteText(shortHash(name.text)) }
        return DatabaseName(kept + suffix(of: identity))
    }

    /// The statements that rename the database and mark it.
    var statements: [SQL] {
        let rename: SQL = "ALTER DATABASE \(name) RENAME TO \(newName)"
        return [rename] + (comment.map { ["COMMENT ON DATABASE \(newName) IS \(literal: $0)"] } ?? [])
    }
}
