import JobContract
import PostgresClient

/// Functions of the server's own extensions that are made at the source in a transaction which is rolled back.
enum RolledBackFunctions {
    /// Whether this role may make them: it is a superuser, and no event trigger fires in this database.
    static func mayBeMade(at connection: Connection) throws(PostgresError) -> Bool {
        try connection.query(
            """
            SELECT rolsuper AND NOT EXISTS (SELECT FROM pg_catalog.pg_event_trigger)
            FROM pg_catalog.pg_roles WHERE rolname = current_user
            """
        ).isTrue
    }

    /// Begins the transaction. It takes an identifier, which has to be known whatever comes after.
    ///
    /// - Parameter connection: a session with no transaction of its own.
    /// - Returns: the identifier.
    static func begin(at connection: Connection) throws -> UInt64 {
        try transaction(connection.execute(beginning).last, at: connection)
    }

    /// Two statements that begin the transaction, for a batch; the second returns the identifier.
    static let beginning: SQL = "BEGIN READ WRITE; SELECT pg_catalog.pg_current_xact_id()::text"

    /// The identifier, from the result of the second statement of ``beginning``.
    static func transaction(_ result: QueryResult?, at connection: Connection) throws -> UInt64 {
        guard let result, let transaction = UInt64(result.text) else {
            throw MigrationFailure(.internalError, "\(connection.place): a transaction began without an identifier")
        }
        return transaction
    }
}
