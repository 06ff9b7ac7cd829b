import SystemPackage

extension PostgresServer {
    /// Runs a script with `psql`, stopping at the first error, and returns what it prints: one line per row, columns
    /// separated by `|`. It connects through the server's Unix socket, as the superuser unless told another role.
    /// - Throws: ``CommandError`` with what `psql` said.
    @discardableResult
    public func psql(
        _ script: String, database: String = "postgres", variables: [String: String] = [:],
        as login: (role: String, password: String)? = nil
    ) async throws -> String {
        let settings = variables.sorted { $0.key < $1.key }.flatMap { ["--set", "\($0.key)=\($0.value)"] }
        return try await run(
            "psql", of: installation,
            ["-X", "-q", "-A", "-t", "--set", "ON_ERROR_STOP=1"] + settings + ["--file", "-"],
            database: database, input: script, as: login)
    }

    /// The value of a query that gives one.
    public func value(of query: String, database: String = "postgres") async throws -> String {
        let output = try await psql(query, database: database)
        return output.hasSuffix("\n") ? String(output.dropLast()) : output
    }

    /// Runs one of an installation's client programs against a database, past the network.
    func run(
        _ program: String, of installation: PostgresInstallation, _ arguments: [String], database: String,
        input: String = "", as login: (role: String, password: String)? = nil
    ) async throws -> String {
        try await Command.run(
            installation.program(program), arguments,
            environment: [
                "PGHOST": folder.string, "PGPORT": "\(port)", "PGUSER": login?.role ?? superuser,
                "PGPASSWORD": login?.password ?? password,
                "PGDATABASE": database, "PGCLIENTENCODING": "UTF8", "PGSSLMODE": "disable", "LC_ALL": "C.UTF-8",
            ], input: input)
    }
}

extension PostgresServer {
    /// The name of the event trigger that ``hideLog()`` makes.
    public static let logHider = "hide_log"

    /// Keeps the Job from reading this server's log: it makes no functions where an event trigger would fire. The Job has
    /// to leave the database `postgres` out then.
    public func hideLog() async throws {
        try await psql(
            """
            CREATE OR REPLACE FUNCTION \(Self.logHider)() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
            CREATE EVENT TRIGGER \(Self.logHider) ON ddl_command_end EXECUTE FUNCTION \(Self.logHider)()
            """)
    }
}
