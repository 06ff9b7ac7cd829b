import PostgresClient

/// Compares what extensions keep of their users' settings, which no fingerprint holds.
actor ExtensionSettingsComparison {
    private let executor = BlockingExecutor(label: "settings of extensions")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    struct Result: Sendable {
        var differences: [Difference] = []
        /// What is not compared, and what differed from the beginning.
        var notes: [String] = []
    }

    /// - Parameters:
    ///   - openSource: connects to the source's database.
    ///   - openTarget: connects to the target's, as its owner.
    ///   - leftOut: what was not brought over; `nil` where the stamp does not say.
    func run(
        source openSource: @Sendable () throws(PostgresError) -> Connection,
        target openTarget: @Sendable () throws(PostgresError) -> Connection, leftOut: [LeftOut]?
    ) throws -> Result {
        let source = try Self.snapshot(openSource())
        var result = Result()
        let all = try ExtensionSettings.read(at: source)
        guard !all.isEmpty else { return result }
        let target = try Self.snapshot(openTarget())
        for settings in all {
            guard try Self.exists(settings.name, at: target) else {
                result.notes.append("\(settings.title) are not compared: their extension was left out")
                continue
            }
            do {
                let difference = try Self.difference(
                    settings, .source(source, isPatient: true), .owner(target))
                guard let difference else { continue }
                let isKnown = leftOut.map { known in
                    known.contains { $0.kind == .extensions && $0.title.hasPrefix("\(settings.title): ") }
                }
                if isKnown ?? true {
                    result.notes.append("\(settings.title) differ, and were not brought over: \(difference)")
                } else {
                    result.differences.append(
                        Difference(
                            subject: .extensionSettings, name: settings.name.description, message: difference))
                }
            } catch let error as PostgresError where error.kind == .statementFailed && !error.isTransient {
                result.notes.append("\(settings.title) are not compared: \(error.place): \(error.message)")
            }
        }
        return result
    }

    private static func snapshot(_ connection: Connection) throws(PostgresError) -> Connection {
        try connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return connection
    }

    private static func exists(_ name: RelationName, at connection: Connection) throws(PostgresError) -> Bool {
        try connection.query(
            """
            SELECT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                           WHERE n.nspname = $1 AND c.relname = $2)
            """, [name.schema.text, name.name.text]
        ).isTrue
    }

    /// - Returns: `nil` if they are equal.
    private static func difference(
        _ settings: ExtensionSettings, _ source: ExtensionSettingsReader, _ target: ExtensionSettingsReader
    ) throws -> String? {
        if settings.isSequence {
            let (wanted, found) = (try source.value(of: settings), try target.value(of: settings))
            guard wanted != found, let wanted = wanted.first, let found = found.first else { return nil }
            return "the sequence stands at \(wanted.lastValue) at the source and at \(found.lastValue) at the target"
        }
        let (wanted, found) = (try source.rows(of: settings).hash, try target.rows(of: settings).hash)
        guard wanted != found else { return nil }
        return wanted.rows == found.rows
            ? "\(wanted.rows) rows on both sides, and their contents differ"
            : "\(wanted.rows) rows at the source, \(found.rows) at the target"
    }
}
