import CLibPQ
import Glibc

/// A session over libpq with nothing of the code under test in it. It belongs to whichever thread opened it.
///
///     let session = try PlainSession(to: server, database: "shop")
///     let rows = try session.run("SELECT name FROM goods")
public final class PlainSession {
    /// A statement failed, or the session did.
    public struct Failure: Error, CustomStringConvertible {
        /// The server's code; `nil` where there is none, such as for a connection that was refused or lost.
        public var state: String?
        public var message: String
        public var description: String { "\(state ?? "no connection"): \(message)" }
    }

    private let handle: OpaquePointer
    /// How many rows the last statement has touched.
    public private(set) var rowsTouched = 0

    /// - Parameters:
    ///   - application: What `pg_stat_activity` calls it.
    ///   - settings: Of the session, such as `["lock_timeout": "1s"]`; without spaces.
    public init(
        to server: PostgresServer, database: String = "postgres", application: String = "test",
        settings: [String: String] = [:]
    ) throws(Failure) {
        let words = [
            "host": server.host, "port": "\(server.port)", "user": server.superuser, "password": server.password,
            "dbname": database, "application_name": application, "connect_timeout": "10", "client_encoding": "UTF8",
            "sslmode": server.requiresTLS ? "require" : "disable",
            "options": settings.sorted { $0.key < $1.key }.map { "-c \($0.key)=\($0.value)" }.joined(separator: " "),
        ]
        let names = words.keys.map { UnsafePointer(strdup($0)) } + [nil]
        let values = words.values.map { UnsafePointer(strdup($0)) } + [nil]
        defer { for text in names + values { free(UnsafeMutablePointer(mutating: text)) } }
        guard let handle = PQconnectdbParams(names, values, 0) else {
            throw Failure(state: nil, message: "no memory left")
        }
        self.handle = handle
        guard PQstatus(handle) == CONNECTION_OK else {
            throw Failure(state: nil, message: String(cString: PQerrorMessage(handle)))
        }
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
    }

    deinit { PQfinish(handle) }

    /// Whether the connection is gone, as far as libpq has noticed.
    public var isBroken: Bool { PQstatus(handle) != CONNECTION_OK }
    /// Whether a transaction is open, or has failed and waits for its ROLLBACK.
    public var isInTransaction: Bool { PQtransactionStatus(handle) != PQTRANS_IDLE }

    /// Runs one statement, or several in one round trip, and returns the rows of the last one.
    @discardableResult
    public func run(_ sql: String) throws(Failure) -> [[String?]] {
        let result = PQexec(handle, sql)
        defer { PQclear(result) }
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
            rowsTouched = Int(String(cString: PQcmdTuples(result))) ?? 0
            return (0..<PQntuples(result)).map { row in
                (0..<PQnfields(result)).map { column in
                    PQgetisnull(result, row, column) == 1 ? nil : String(cString: PQgetvalue(result, row, column))
                }
            }
        default:
            let state = PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) }
            throw Failure(state: state, message: String(cString: PQerrorMessage(handle)))
        }
    }

    /// Runs a COPY FROM STDIN with these rows in its text format.
    public func copy(_ sql: String, rows: String) throws(Failure) {
        let begin = PQexec(handle, sql)
        let isOpen = PQresultStatus(begin) == PGRES_COPY_IN
        PQclear(begin)
        if isOpen {
            _ = PQputCopyData(handle, rows, Int32(rows.utf8.count))
            _ = PQputCopyEnd(handle, nil)
        }
        var failure = isOpen ? nil : Failure(state: nil, message: String(cString: PQerrorMessage(handle)))
        while let result = PQgetResult(handle) {
            defer { PQclear(result) }
            guard PQresultStatus(result) == PGRES_FATAL_ERROR else { continue }
            let state = PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) }
            failure = Failure(state: state, message: String(cString: PQerrorMessage(handle)))
        }
        if let failure { throw failure }
    }

    /// What ended a wait.
    public enum Wake { case time, bell, endOfSession }

    /// Does nothing for so many seconds, unless the session ends or a bell rings meanwhile: a client's pool notices
    /// the end of an idle session at once, too.
    public func idle(seconds: Double, bell: Bell) -> Wake {
        let end = WallClock.now() + seconds
        while true {
            let left = end - WallClock.now()
            guard left > 0 else { return .time }
            var watched = [
                pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0),
                pollfd(fd: bell.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&watched, 2, Int32((left * 1000).rounded(.up))) > 0 else { continue }
            if watched[1].revents != 0 {
                bell.hear()
                return .bell
            }
            // The server's last words come before the end of the stream, so the first look may find a living session.
            if PQconsumeInput(handle) == 0 || isBroken { return .endOfSession }
        }
    }
}
