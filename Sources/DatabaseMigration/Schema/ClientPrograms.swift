import FoundationEssentials
import JobContract
import PostgresClient
import Subprocess
import SystemPackage

/// The `pg_dump` that serves a pair of servers.
struct ClientPrograms: Sendable {
    var folder: FilePath
    var majorVersion: Int
    /// Ends a program that waits for a server.
    var interrupt: Interrupt
    var report: EventSink

    /// Finds the oldest installation that is new enough: `pg_dump` refuses a server newer than itself, and one much
    /// newer than the target may write what the target does not understand.
    ///
    /// - Throws: ``MigrationFailure`` that lists what was found instead.
    static func find(
        atLeast majorVersion: Int, searchPath: String, interrupt: Interrupt, report: @escaping EventSink
    ) async throws -> ClientPrograms {
        var found: [ClientPrograms] = []
        for folder in candidates(searchPath: searchPath) {
            guard
                let result = try? await run(
                    .path(folder.appending("pg_dump")), arguments: ["--version"], environment: .custom([:]),
                    output: .string(limit: 1024), error: .discarded),
                result.terminationStatus.isSuccess, let version = major(of: result.standardOutput)
            else { continue }
            found.append(ClientPrograms(folder: folder, majorVersion: version, interrupt: interrupt, report: report))
        }
        let fitting = found.filter { $0.majorVersion >= majorVersion }
        if let best = fitting.min(by: { $0.majorVersion < $1.majorVersion }) { return best }
        let list =
            found.isEmpty
            ? "none was found" : "found " + found.map { "\($0.majorVersion) in \($0.folder)" }.joined(separator: ", ")
        throw MigrationFailure(
            .personMustAct,
            "pg_dump must be at least version \(majorVersion), the newer of both servers; \(list)",
            advice: "Use an image with the PostgreSQL \(majorVersion) client programs, or put them on the PATH.")
    }

    private static func candidates(searchPath: String) -> [FilePath] {
        var folders = searchPath.split(separator: ":").map { FilePath(String($0)) }
        // Debian keeps each version's programs here; its /usr/bin/pg_dump only chooses among them.
        let debian = FilePath("/usr/lib/postgresql")
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: debian.string)) ?? []
        folders += versions.sorted().map { debian.appending($0).appending("bin") }
        return folders.filter { folder in
            let program = folder.appending("pg_dump").string
            guard FileManager.default.isExecutableFile(atPath: program) else { return false }
            let link = (try? FileManager.default.destinationOfSymbolicLink(atPath: program)) ?? ""
            return !link.hasSuffix("pg_wrapper")
        }
    }

    /// The major version in a line such as `pg_dump (PostgreSQL) 15.18 (Debian …)`.
    static func major(of line: String) -> Int? {
        guard let marker = line.firstRange(of: "(PostgreSQL) ") else { return nil }
        return Int(line[marker.upperBound...].prefix { $0.isNumber })
    }

    /// A database's schema as SQL, in the order in which its objects can be made.
    ///
    /// Left out are tablespaces and security labels, which belong to a server, and subscriptions: a replication must
    /// not run twice.
    ///
    /// - Parameters:
    ///   - encoding: the database's own, so that its bytes are not converted.
    ///   - snapshot: an exported snapshot, through which the database is read.
    ///   - withoutState: leaves out the state that this migration keeps in a staging database.
    ///   - isPatient: whether it begins again for as long as another session keeps a lock.
    ///   - secondsForLocks: how long locking tables may take, where what the server says about it is understood. A
    ///     slow server needs time for many tables, so each try gets twice as long as the one before.
    func schema(
        of parameters: ConnectionParameters, encoding: String, snapshot: String? = nil, withoutState: Bool = false,
        isPatient: Bool = true, secondsForLocks: Int = LockPatience.seconds
    ) async throws -> SchemaScript {
        var arguments = [
            "--format=plain", "--schema-only", "--encoding=\(encoding)", "--no-password", "--no-owner",
            "--no-tablespaces",
            "--no-security-labels", "--no-subscriptions",
        ]
        if withoutState { arguments.append("--exclude-schema=\(StagingDatabase.stateSchema)") }
        if let snapshot { arguments.append("--snapshot=\(snapshot)") }
        let isUnderstood = parameters.traits.map { $0.isSuperuser || $0.hasEnglishMessages } ?? false
        var seconds = secondsForLocks
        while true {
            do {
                let limit = isUnderstood ? ["--lock-wait-timeout=\(seconds * 1000)"] : []
                return try SchemaScript(
                    parsing: try await dump(arguments + limit, parameters: parameters, snapshot: snapshot != nil))
            } catch let failure as MigrationFailure where failure.isOfLock && isPatient {
                if seconds == secondsForLocks {
                    report(
                        .finding(
                            .note("\(parameters.place): pg_dump waits for a table that another session keeps locked")))
                }
                await interrupt.raised(within: Double(seconds) / 2)
                guard !interrupt.isRaised, !Task.isCancelled else { throw failure }
                seconds = min(2 * seconds, Self.mostSecondsForLocks)
            }
        }
    }

    static let mostSecondsForLocks = 16

    /// A schema of 100,000 objects is below this many bytes.
    private static let outputLimit = 512 * 1024 * 1024
    /// An error of `pg_dump` may quote the statement that failed, and that may name every table.
    private static let complaintLimit = 64 * 1024 * 1024

    private func dump(_ arguments: [String], parameters: ConnectionParameters, snapshot: Bool) async throws -> [UInt8] {
        var parameters = parameters
        parameters.applicationName += "/pg_dump"
        var variables: [Environment.Key: String] = ["LC_ALL": "C", "HOME": "/tmp"]
        for (name, value) in parameters.environment {
            guard let text = value.string else {
                throw MigrationFailure(
                    .personMustAct, "\(parameters.place): a name that is not UTF-8 cannot be given to pg_dump")
            }
            variables[Environment.Key(stringLiteral: name)] = text
        }
        let (status, output, complaints) = try await untilInterrupted(DumpWatch(parameters, interrupt: interrupt)) {
            [variables, folder] in
            let result = try await run(
                .path(folder.appending("pg_dump")), arguments: Arguments(arguments), environment: .custom(variables),
                input: .none, output: .bytes(limit: Self.outputLimit), error: .string(limit: Self.complaintLimit))
            return (result.terminationStatus, result.standardOutput, result.standardError)
        }
        guard status.isSuccess else {
            let lines = complaints.split(separator: "\n").map {
                $0.utf8.count > 1000 ? "\(VisibleText.of($0.prefix(1000))) …" : VisibleText.of($0)
            }
            let said = lines.prefix(20).joined(separator: "; ")
            let message = "pg_dump ended with \(status) at \(parameters.place): \(said)"
            var failure = MigrationFailure(Self.isTransient(said) ? .retry : .personMustAct, message)
            if said.contains("out of shared memory") {
                failure.advice =
                    "It locks every table for as long as it reads the schema. Raise max_locks_per_transaction at that server, and restart it."
            }
            // A table that was dropped after the snapshot was taken cannot be locked.
            failure.isOfChangedSchema = snapshot && said.contains("does not exist")
            failure.isOfLock =
                said.contains("LOCK TABLE") && said.contains("canceling statement due to statement timeout")
                || said.contains("deadlock detected") || said.contains("canceling statement due to user request")
            throw failure
        }
        return output
    }

    /// Runs a program; when the interrupt is raised first, or the server is lost, the program is killed.
    private func untilInterrupted<Result: Sendable>(
        _ watch: DumpWatch, _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Result.self) { group in
            group.addTask(operation: body)
            group.addTask { [interrupt] in
                await interrupt.raised()
                throw CancellationError()
            }
            group.addTask {
                try await watch.untilLost()
                throw MigrationFailure(
                    .retry, "pg_dump waits for a server that no longer answers it",
                    advice: "Look at the network between the Job and the server.")
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
    }

    /// Whether the error of `pg_dump` is one of a connection that may work again.
    private static func isTransient(_ said: String) -> Bool {
        let signs = [
            "server closed the connection", "terminating connection", "connection to server", "could not receive",
            "the database system is", "too many clients", "canceling statement", "deadlock detected",
            "Connection refused",
            "connection reset",
            // The session that exported the snapshot has ended.
            "invalid snapshot identifier", "ERROR:  snapshot \"",
        ]
        return signs.contains { said.lowercased().contains($0.lowercased()) }
    }
}
