import PostgresClient

/// Statements that run in one round trip and one transaction, each with a name for when it fails.
struct SQLBatch {
    private var statements: [(title: String, sql: SQL)] = []

    var isEmpty: Bool { statements.isEmpty }

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
            // The title tells enough: what a schema defines may hold passwords, a user mapping's for one.
            var error = error
            error.statement = nil
            var failure = MigrationFailure(error)
            if let title = title(at: error.statementIndex) { failure.message = "\(title): \(failure.message)" }
            throw failure
        }
    }

    /// - Parameter index: counts single statements; a title may stand for several.
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
