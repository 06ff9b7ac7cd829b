import JobContract
import PostgresClient

/// The steps of a batch that holds COPY statements.
enum CopyStream {
    enum Direction { case `in`, out }

    /// Skips the results of earlier statements and stops at the next COPY.
    static func expect(_ direction: Direction, at connection: Connection, for table: RelationName) throws {
        while true {
            switch (try connection.nextStep(), direction) {
            case (.result, _): continue
            case (.copyIn, .in), (.copyOut, .out): return
            case (.copyIn, _), (.copyOut, _), (.end, _):
                throw MigrationFailure(.internalError, "\(connection.place): COPY of \(table) did not begin")
            }
        }
    }

    /// Skips the result of a COPY that has ended.
    static func expectResult(at connection: Connection, for table: RelationName) throws {
        guard case .result = try connection.nextStep() else {
            throw MigrationFailure(.internalError, "\(connection.place): COPY of \(table) did not end")
        }
    }

    static func expectEnd(at connection: Connection) throws {
        while true {
            switch try connection.nextStep() {
            case .result: continue
            case .end: return
            case .copyIn, .copyOut: throw MigrationFailure(.internalError, "\(connection.place): one COPY too many")
            }
        }
    }

    /// Reads the rows of every COPY TO STDOUT of a batch, up to its end.
    ///
    /// - Parameter onBegin: is called when a COPY begins.
    static func readAll(
        at connection: Connection, onBegin: () -> Void = {},
        _ row: (UnsafeRawBufferPointer) throws(PostgresError) -> Void
    ) throws {
        while true {
            switch try connection.nextStep() {
            case .result: continue
            case .end: return
            case .copyIn:
                throw MigrationFailure(.internalError, "\(connection.place): rows are wanted where none are sent")
            case .copyOut:
                onBegin()
                try readRows(at: connection, row)
            }
        }
    }

    /// Reads the rows of the COPY TO STDOUT that has begun.
    static func readRows(at connection: Connection, _ row: (UnsafeRawBufferPointer) throws(PostgresError) -> Void)
        throws(PostgresError)
    {
        while true {
            switch try connection.readRow(row) {
            case .row: continue
            case .pending: try connection.awaitRows()
            case .end: return
            }
        }
    }

    /// Statements for a transaction that only keeps its snapshot, which release their locks at the end. If the
    /// transaction kept the locks, an ALTER TABLE at the source would wait for the end of the copy, and every query of
    /// that table would wait behind it. They wait for a lock no longer than ``LockPatience`` says. If that is not
    /// enough, ``releaseLocks`` is still to be done.
    static func releasingLocks(_ sql: SQL) -> SQL {
        "SAVEPOINT reading; \(LockPatience.setting); \(sql); \(releaseLocks)"
    }

    static let releaseLocks: SQL = "ROLLBACK TO SAVEPOINT reading; RELEASE SAVEPOINT reading"

    /// Hashes one table, or a range of it, where it is.
    ///
    /// - Parameter isSnapshot: whether the connection is in a transaction that only keeps its snapshot. Then it keeps no
    ///   lock, and reads again as long as another session keeps one.
    static func hash(
        _ table: TableContents, _ range: TableRange? = nil, at connection: Connection, isSnapshot: Bool = false,
        counter: RowCounter? = nil
    ) throws -> TableHash {
        while true {
            do {
                let read = connection.parameters.values.reading(table.copyOut(range))
                try connection.send(isSnapshot ? releasingLocks(read) : read)
                try expect(.out, at: connection, for: table.name)
                let hash = try CopyPump.hash(table, from: connection, counter: counter)
                try expectEnd(at: connection)
                return hash
            } catch let error as PostgresError where isSnapshot && LockPatience.isExhausted(error) {
                try connection.releaseLocks(after: error)
                guard !connection.isInterrupted(within: LockPatience.pause) else { throw error }
            }
        }
    }
}
