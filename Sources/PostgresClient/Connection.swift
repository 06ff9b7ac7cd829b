import CLibPQ
import Glibc
import JobContract

/// One connection to one database.
///
/// A connection is not `Sendable`: it belongs to the actor or function that opened it, which runs on a thread that may
/// block (see ``BlockingExecutor``). Every wait also ends when the ``Interrupt`` is raised that the connection was
/// opened with.
///
///     let connection = try Connection.open(parameters, interrupt: interrupt)
///     let names = try connection.query("SELECT datname FROM pg_database").column
public final class Connection {
    public let parameters: ConnectionParameters
    /// Seconds without a byte in either direction after which a COPY is given up.
    public var stallTimeout: Double = 180
    /// Seconds without an answer to a statement after which the server is asked whether it is still at work.
    public var patience: Double = 30
    /// Seconds until waiting for an answer is given up; `nil` to wait as long as the server is at work on the
    /// statement.
    var answerTimeout: Double?
    private(set) var interrupt: Interrupt
    let handle: OpaquePointer
    private var registeredBackend = 0
    /// When the statement was sent that is not answered yet.
    private var workBegan: ContinuousClock.Instant?
    /// How many statements of the batch that was sent last are done.
    var statementsDone = 0

    private init(handle: OpaquePointer, parameters: ConnectionParameters, interrupt: Interrupt) {
        self.handle = handle
        self.parameters = parameters
        self.interrupt = interrupt
    }

    deinit {
        parameters.register?.remove(registeredBackend, at: parameters.serverLabel)
        PQfinish(handle)
    }

    public var place: String { parameters.place }
    /// The server's major version.
    public var majorVersion: Int { Int(PQserverVersion(handle)) / 10000 }
    /// The server's version as a number: 150018 for 15.18.
    public var version: Int { Int(PQserverVersion(handle)) }
    /// The server's version in its own words, such as `15.18 (Debian …)`.
    public var versionText: String { status("server_version").map { VisibleText.of($0) } ?? "unknown" }
    /// The database's encoding. It is also the client's, so no byte is converted.
    public var encoding: String { status("server_encoding") ?? "SQL_ASCII" }
    /// Whether the connection is encrypted.
    public var isEncrypted: Bool { PQsslInUse(handle) != 0 }
    public var isBroken: Bool { PQstatus(handle) != CONNECTION_OK }
    public var backendPID: Int { Int(PQbackendPID(handle)) }

    /// A setting that the server reports (PostgreSQL manual, `PQparameterStatus`).
    private func status(_ name: String) -> String? { PQparameterStatus(handle, name).map { String(cString: $0) } }

    // MARK: Opening

    /// Connects (PostgreSQL manual, "Database Connection Control Functions").
    ///
    /// - Throws: ``PostgresError`` with the reason why there is no connection, and at the latest after
    ///   ``ConnectionParameters/connectTimeout`` seconds.
    public static func open(_ parameters: ConnectionParameters, interrupt: Interrupt) throws(PostgresError)
        -> Connection
    {
        if let pace = parameters.pace { try interrupt.sleep(pace.delayOfStatement(), place: parameters.place) }
        let began = ContinuousClock.now
        let words = parameters.keywords
        var names: [UnsafePointer<CChar>?] = words.map { UnsafePointer(strdup($0.0)) } + [nil]
        guard words.allSatisfy({ !$0.1.bytes.contains(0) }) else {
            throw PostgresError(
                kind: .notConnected(.refused), place: parameters.place,
                message: "a name or a password holds a zero byte")
        }
        var values: [UnsafePointer<CChar>?] = words.map { UnsafePointer(Self.copy($0.1)) } + [nil]
        defer { for text in names + values { free(UnsafeMutablePointer(mutating: text)) } }
        guard let handle = PQconnectStartParams(&names, &values, 0) else {
            throw PostgresError(
                kind: .notConnected(.refused), place: parameters.place, message: "libpq has no memory left")
        }
        // From here on `connection` owns the handle, and closes it however this function ends.
        let connection = Connection(handle: handle, parameters: parameters, interrupt: interrupt)
        let deadline = Deadline(seconds: parameters.connectTimeout)
        var next = PGRES_POLLING_WRITING
        while next != PGRES_POLLING_OK {
            guard PQstatus(handle) != CONNECTION_BAD, next != PGRES_POLLING_FAILED else {
                throw connection.notConnected()
            }
            let isReady = try connection.wait(
                for: next == PGRES_POLLING_READING ? Int16(POLLIN) : Int16(POLLOUT), until: deadline)
            guard isReady else {
                throw PostgresError(
                    kind: .notConnected(.unreachable), place: parameters.place,
                    message: "no answer within \(Int(parameters.connectTimeout)) s")
            }
            next = PQconnectPoll(handle)
        }
        parameters.pace?.statementTook(began.duration(to: .now))
        PQsetnonblocking(handle, 1)
        // Notices of a bulk load are noise, and libpq would print them to standard error.
        PQsetNoticeReceiver(handle, { _, _ in }, nil)
        connection.registeredBackend = connection.backendPID
        parameters.register?.add(connection.backendPID, at: parameters.serverLabel)
        try connection.settle()
        return connection
    }

    /// A copy that ends with a zero byte, for C.
    static func copy(_ text: ByteText) -> UnsafeMutablePointer<CChar>? {
        (text.bytes + [0]).withUnsafeBytes { bytes in
            bytes.baseAddress.flatMap { strdup($0.assumingMemoryBound(to: CChar.self)) }
        }
    }

    /// Sets what could not be sent with the first message, since it depends on the server's version or the database's
    /// encoding.
    private func settle() throws(PostgresError) {
        var settings: [SQL] = []
        if status("client_encoding") != encoding { settings.append("SET client_encoding = \(literal: encoding)") }
        if let late = SessionSettings(parameters).late(version: version) { settings.append(late) }
        if !settings.isEmpty { try execute(settings.joined(separator: "; ")) }
    }

    /// Another connection to the same database, which waits for answers no longer than for connecting.
    func sibling() throws(PostgresError) -> Connection {
        let other = try Self.open(parameters, interrupt: interrupt)
        other.answerTimeout = parameters.connectTimeout
        return other
    }

    // MARK: The server's pace

    /// Waits for this session's turn to give the server work.
    func awaitTurn() throws(PostgresError) {
        guard let pace = parameters.pace else { return }
        try interrupt.sleep(pace.delayOfStatement(), place: place)
        workBegan = .now
    }

    /// The statement that was sent last is answered.
    func endTurn() {
        guard let began = workBegan else { return }
        workBegan = nil
        parameters.pace?.statementTook(began.duration(to: .now))
    }

    /// Waits until more rows may be read.
    ///
    /// - Parameter bytes: how much was read since this was asked last.
    /// - Throws: ``PostgresError`` when interrupted.
    public func awaitTurn(afterReading bytes: Int) throws(PostgresError) {
        guard let pace = parameters.pace else { return }
        try interrupt.sleep(pace.delayOfRows(bytes: bytes), place: place)
    }

    // MARK: Waiting

    func awaitResult() throws(PostgresError) {
        try flush()
        var liveness = Liveness()
        let deadline = answerTimeout.map { Deadline(seconds: $0) }
        while PQisBusy(handle) == 1 {
            if let deadline {
                guard try wait(for: Int16(POLLIN), until: deadline) else { throw stalled() }
                try consumeInput()
            } else if try wait(for: Int16(POLLIN), until: Deadline(seconds: patience)) {
                try consumeInput()
            } else if liveness.isLost(askingAbout: self) {
                throw PostgresError(
                    kind: .stalled, place: place,
                    message:
                        "no answer to a statement, and the server says that it is not at work on it, or says nothing at all"
                )
            }
        }
    }

    /// - Returns: false when the deadline passed first.
    func wait(for events: Int16, until deadline: Deadline?) throws(PostgresError) -> Bool {
        if events & Int16(POLLIN) != 0 && TLSBuffer.hasBytes(handle) { return true }
        var descriptors = [
            pollfd(fd: PQsocket(handle), events: events, revents: 0),
            pollfd(fd: interrupt.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            let count = poll(&descriptors, 2, deadline?.remainingMilliseconds ?? -1)
            if descriptors[1].revents != 0 || (count >= 0 && interrupt.isRaised) {
                throw .interrupted(at: place)
            }
            if count > 0 { return true }
            if count == 0 { return false }
            guard errno == EINTR else {
                throw PostgresError(
                    kind: .connectionLost, place: place, message: "poll failed: \(String(cString: strerror(errno)))")
            }
        }
    }

    // MARK: Moving bytes

    func flush() throws(PostgresError) {
        while true {
            switch PQflush(handle) {
            case 0: return
            case 1:
                // The server may send something before it takes more, so both directions are awaited.
                guard try wait(for: Int16(POLLIN | POLLOUT), until: Deadline(seconds: stallTimeout)) else {
                    throw stalled()
                }
                try consumeInput()
            default: throw failure(result: nil, statement: nil, index: statementsDone)
            }
        }
    }

    func consumeInput() throws(PostgresError) {
        guard PQconsumeInput(handle) == 1 else { throw failure(result: nil, statement: nil, index: statementsDone) }
    }

    // MARK: Taking over

    /// Makes a connection usable again whose statement was interrupted: ends that statement, and uses another interrupt
    /// and timeouts of 2 s from then on.
    ///
    /// - Throws: ``PostgresError`` when the connection is broken or does not become idle.
    public func takeOver(with interrupt: Interrupt) throws(PostgresError) {
        self.interrupt = interrupt
        try becomeIdle()
        (answerTimeout, stallTimeout) = (2, 2)
        if PQtransactionStatus(handle) != PQTRANS_IDLE { try execute("ROLLBACK") }
    }

    /// Ends the running statement, and asks for that more than once: a request that arrives before the backend has
    /// begun the statement is lost (PostgreSQL manual, "Canceling Queries in Progress"). It gives up after two seconds:
    /// nothing answers if the network has gone silent, and the caller's other ways to the server need time too.
    private func becomeIdle() throws(PostgresError) {
        let deadline = Deadline(seconds: 2)
        (answerTimeout, stallTimeout) = (0.5, 0.5)
        while true {
            cancelRunningStatement()
            do throws(PostgresError) {
                try drain()
                guard !isBroken, PQtransactionStatus(handle) != PQTRANS_UNKNOWN else {
                    throw PostgresError(kind: .connectionLost, place: place, message: "the connection is broken")
                }
                return
            } catch {
                guard error.kind == .stalled else { throw error }
                guard deadline.remainingMilliseconds > 0 else {
                    throw PostgresError(
                        kind: .stalled, place: place,
                        message: "a statement went on for 2 s after it was to be cancelled")
                }
            }
        }
    }
}
