import JobContract
import PostgresClient

/// The steps of a batch that holds COPY statements.
enum CopyStream {
    enum Direction { case `in`, out }

    /// Passes over what was done before and stops at the next COPY.
    static func expect(_ direction: Direction, at connection: Connection, for table: TableContents) throws {
        while true {
            switch (try connection.nextStep(), direction) {
            case (.result, _): continue
            case (.copyIn, .in), (.copyOut, .out): return
            case (.copyIn, _), (.copyOut, _), (.end, _):
                throw MigrationFailure(.internalError, "\(connection.place): COPY of \(table.name) did not begin")
            }
        }
    }

    /// Passes over the result of a COPY that has ended.
    static func expectResult(at connection: Connection, for table: TableContents) throws {
        guard case .result = try connection.nextStep() else {
            throw MigrationFailure(.internalError, "\(connection.place): COPY of \(table.name) did not end")
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

    /// Hashes one table, or a range of it, where it is.
    static func hash(
        _ table: TableContents, _ range: TableRange? = nil, at connection: Connection
    ) throws -> TableHash {
        try connection.send(table.copyOut(range))
        try expect(.out, at: connection, for: table)
        let hash = try CopyPump.hash(table, from: connection)
        try expectEnd(at: connection)
        return hash
    }
}
