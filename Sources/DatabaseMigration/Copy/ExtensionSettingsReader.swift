import PostgresClient

/// Reads what extensions keep of their users' settings at one side, and leaves no lock behind.
struct ExtensionSettingsReader {
    /// In a transaction that only keeps its snapshot.
    let connection: Connection
    /// The extension's own condition, in the form in which this session may send it.
    private let condition: (ExtensionSettings) -> SQL
    /// Whether it waits for as long as another session keeps a lock.
    private let isPatient: Bool

    static func source(_ connection: Connection, isPatient: Bool = false) -> Self {
        Self(connection: connection, condition: { .trusting($0.condition) }, isPatient: isPatient)
    }

    /// - Parameter connection: of the target's owner.
    static func owner(_ connection: Connection) -> Self {
        Self(connection: connection, condition: { $0.condition.sql }, isPatient: true)
    }

    /// Settings are few, so that they are held as a whole up to here.
    static let mostBytes = 8 << 20

    /// - Returns: rows in COPY's text format; `nil` for more bytes than are held.
    func rows(of settings: ExtensionSettings) throws -> (bytes: [UInt8]?, hash: ContentHash) {
        try connection.readingWithoutLocks(isPatient: isPatient) {
            let lock = ReadLock.statements(for: [settings.name])
            return try Self.rows(lock + settings.copyOut(condition(settings)), at: connection)
        }
    }

    /// Where a sequence stands.
    func value(of settings: ExtensionSettings) throws -> [SequenceValue] {
        try connection.readingWithoutLocks(isPatient: isPatient) {
            try SequenceValue.read([settings.name], from: connection)
        }
    }

    static func rows(_ sql: SQL, at connection: Connection) throws -> (bytes: [UInt8]?, hash: ContentHash) {
        var bytes: [UInt8]? = []
        var hash = ContentHash()
        try connection.send(connection.parameters.values.reading(sql))
        try CopyStream.readAll(at: connection) { row in
            hash.add(row)
            if (bytes?.count ?? 0) + row.count > mostBytes { bytes = nil }
            bytes?.append(contentsOf: row)
        }
        return (bytes, hash)
    }
}
