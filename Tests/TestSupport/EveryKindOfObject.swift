import SystemPackage

/// A database with every kind of object and value that a migration must bring over, made by
/// `sql/every-kind-of-object.sql`.
public enum EveryKindOfObject {
    /// Creates the database on a server.
    public static func create(_ database: String, on server: PostgresServer) async throws {
        try await server.psql("CREATE DATABASE :\"name\"", variables: ["name": database])
        let script = try Checkout.here.appending("sql/every-kind-of-object.sql").text()
        try await server.psql(script, database: database)
    }
}
