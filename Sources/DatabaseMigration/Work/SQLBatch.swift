import PostgresClient

/// Statements that run in one round trip and one transaction. Each has a title for its error message.
struct SQLBatch {
    private var statements: [(title: String, sql: SQL)] = []

    /// - Parameter sql: one or more statements, without a semicolon at the end.
    mutating func append(_ title: String, _ sql: SQL) { statements.append((title, sql)) }

    /// Runs and forgets the statements.
    ///
    /// - Throws: ``MigrationFailure`` that names what failed.
    mutating func run(on connection: Connection) throws {
        guard !statements.isEmpty else { return }
        defer { statements = [] }
        do {
            try connection.execute(statements.map(\.sql).joined(separator: ";\n"))
        } catch {
            throw Self.failure(error, doing: title(at: error.statementIndex))
        }
    }

    /// Runs and forgets the statements in one transaction, which is rolled back if it does not end before the deadline.
    /// They are sent one by one, since `statement_timeout` applies to each statement of a message anew.
    ///
    /// - Throws: ``CutOverDelay`` at the deadline.
    mutating func run(on connection: Connection, until deadline: FenceDeadline) throws {
        guard !statements.isEmpty else { return }
        // Without a deadline, one round trip will do.
        guard deadline.isSet else { return try run(on: connection) }
        defer { statements = [] }
        var doing: String?
        do {
            try connection.execute("BEGIN")
            for (title, sql) in statements {
                doing = title
                guard !deadline.hasPassed else { throw CutOverDelay.tooLong(doing: "\(title) did not end") }
                try connection.execute("SET LOCAL statement_timeout = \(deadline.milliseconds); \(sql)")
            }
            guard !deadline.hasPassed else { throw CutOverDelay.tooLong(doing: "\(doing ?? "the batch") did not end") }
            try connection.execute("SET LOCAL statement_timeout = 0; COMMIT")
        } catch {
            _ = try? connection.execute("ROLLBACK")
            guard let error = error as? PostgresError else { throw error }
            throw Self.failure(error, doing: doing)
        }
    }

    /// The message has the title and not the statement: a schema may hold passwords, such as that of a user mapping.
    private static func failure(_ error: PostgresError, doing title: String?) -> MigrationFailure {
        var error = error
        error.statement = nil
        var failure = MigrationFailure(error)
        if let title { failure.message = "\(title): \(failure.message)" }
        return failure
    }

    /// - Parameter index: counts single statements, of which one title may have several.
    private func title(at index: Int?) -> String? {
        guard let index else { return nil }
        var passed = 0
        for (title, sql) in statements {
            var splitter = SQLSplitter(sql.bytes)
            while let piece = try? splitter.next() { if case .statement = piece { passed += 1 } }
            if index < passed { return title }
        }
        return nil
    }
}
