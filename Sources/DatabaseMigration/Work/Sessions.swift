import Dispatch
import JobContract
import PostgresClient

/// Opens connections to both servers, all set up alike.
struct Sessions: Sendable {
    var source: JobSettings.Server
    var target: JobSettings.Server
    /// The role that owns what is created at the target.
    var owner: String
    var applicationName: String
    var interrupt: Interrupt
    /// Seconds until an attempt to connect is given up.
    var connectTimeout: Double = 20

    /// How sessions of this migration are called, whichever attempt opened them: `rehome/<identity>/<attempt>`.
    static func applicationName(of identity: MigrationIdentity, attempt: String) -> String {
        "\(applicationPrefix(of: identity))\(attempt)"
    }

    static func applicationPrefix(of identity: MigrationIdentity) -> String { "rehome/\(identity.hash)/" }

    func openSource(_ database: DatabaseName) throws(PostgresError) -> Connection {
        let connection = try open(source, database)
        try connection.execute(Self.settings(version: connection.majorVersion))
        return connection
    }

    /// A session for work in a staging database: as the final owner, and without waiting for the disk at each commit.
    /// The publishing transaction does wait, and with it everything written before. Index builds start no workers of the
    /// server's: several run at once already, as many as the settings say. Foreign keys are checked by way of the
    /// referenced table, whose rows often lie in the order of those that refer to them, and not of its index, whose order
    /// is that of random identifiers: whole runs took 2 % less time (medians of five, in turn).
    func openStaging(_ database: DatabaseName) throws(PostgresError) -> Connection {
        let connection = try openOwned(database)
        try connection.execute(
            "SET synchronous_commit = off; SET maintenance_work_mem = '64MB'; SET max_parallel_maintenance_workers = 0; SET enable_indexonlyscan = off; SET check_function_bodies = off")
        return connection
    }

    /// A session at the target as the role that owns what was created there.
    func openOwned(_ database: DatabaseName) throws(PostgresError) -> Connection {
        let connection = try openTarget(database)
        if owner != target.user { try connection.execute("SET ROLE \(SQL.identifier(owner))") }
        return connection
    }

    func openTarget(_ database: DatabaseName) throws(PostgresError) -> Connection {
        let connection = try open(target, database)
        var settings = Self.settings(version: connection.majorVersion)
        // A backend notices that its client died even in the middle of an index build (since version 14).
        // It also notices within half a minute that a node is gone.
        settings += "; SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 4"
        if connection.majorVersion >= 14 { settings += "; SET client_connection_check_interval = '2s'" }
        try connection.execute(settings)
        return connection
    }

    private func open(_ server: JobSettings.Server, _ database: DatabaseName) throws(PostgresError) -> Connection {
        var parameters = ConnectionParameters(server: server, database: database, applicationName: applicationName)
        parameters.connectTimeout = connectTimeout
        return try Connection.open(parameters, interrupt: interrupt)
    }

    /// Objects that no ordinary role may make are made by the role that connects, not by the owner of the rest.
    func asAdministrator(_ statement: String, of entry: SchemaScript.Entry) -> String {
        let kinds = ["; Type: EXTENSION; ", "; Type: EVENT TRIGGER; ", "; Type: PUBLICATION; "]
        guard owner != target.user, kinds.contains(where: entry.header.contains) else { return statement }
        return "RESET ROLE; \(statement); SET ROLE \(SQL.identifier(owner))"
    }

    /// Sessions for putting things back after a failure: they give up soon, since the pod's time is running.
    func forRetreat() -> Sessions {
        var sessions = self
        let interrupt = Interrupt()
        sessions.interrupt = interrupt
        sessions.connectTimeout = 3
        DispatchQueue.global().asyncAfter(deadline: .now() + 7) { interrupt.raise() }
        return sessions
    }

    /// Everything that shapes a value's text, as `pg_dump` sets it and more, and no timeout that a role may have been
    /// given. The same on both sides, or equal rows would hash differently.
    private static func settings(version: Int) -> String {
        var settings = [
            "SET datestyle = 'ISO, YMD'", "SET intervalstyle = 'postgres'", "SET timezone = 'UTC'",
            "SET extra_float_digits = 3", "SET bytea_output = 'hex'", "SET lc_monetary = 'C'", "SET xmlbinary = 'base64'",
            "SET xmloption = 'content'", "SET standard_conforming_strings = on", "SET synchronize_seqscans = off",
            "SET row_security = off", "SET client_min_messages = 'error'", "SET search_path = ''",
            "SET statement_timeout = 0", "SET lock_timeout = 0", "SET idle_in_transaction_session_timeout = 0",
            // The fence is for others; what must not write says so in its transaction.
            "SET default_transaction_read_only = off",
        ]
        if version >= 14 { settings.append("SET idle_session_timeout = 0") }
        if version >= 17 { settings.append("SET transaction_timeout = 0") }
        return settings.joined(separator: "; ")
    }
}
