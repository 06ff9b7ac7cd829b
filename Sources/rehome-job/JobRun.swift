import ArgumentParser
import DatabaseMigration
import Dispatch
import FoundationEssentials
import Glibc
import JobContract
import Logging
import MigrationReport
import PostgresClient
import Synchronization

/// What every command of the Job shares: settings, a log, and an orderly end on SIGTERM.
struct JobRun {
    let environment: [String: String]
    let settings: JobSettings
    let interrupt = Interrupt()
    let logger: Logger
    private let events: ConsoleLogHandler

    /// - Throws: ``MigrationFailure`` with ``ExitStatus/personMustAct`` when a setting is missing or wrong.
    init(isVerbose: Bool) throws(MigrationFailure) {
        environment = Self.takeEnvironment()
        // Settings that cannot be read at all are told in the form that was asked for.
        let format = environment[JobSetting.logFormat.rawValue].flatMap { LogFormat(rawValue: $0) } ?? .text
        events = ConsoleLogHandler(level: isVerbose ? .debug : .info, format: format)
        LoggingSystem.bootstrap { [events] _ in events }
        logger = Logger(label: "rehome-job")
        // A peer that closes its end shows in the next call's result.
        signal(SIGPIPE, SIG_IGN)
        do {
            settings = try JobSettings(environment: environment)
        } catch {
            throw MigrationFailure(
                .personMustAct, error.description, advice: "Render the manifests again, or see 'rehome-job settings'.")
        }
    }

    /// The environment, from which libpq and pg_dump learn nothing that the settings do not say; and no password of ours is
    /// left in a core file.
    private static func takeEnvironment() -> [String: String] {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        LargeBuffers.giveBack(from: 256 * 1024)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        let environment = ProcessInfo.processInfo.environment
        for name in environment.keys where name.hasPrefix("PG") { unsetenv(name) }
        return environment
    }

    /// Says something for people: as it is, or as an event of the log where that is data.
    func say(_ text: String) {
        switch settings.logFormat {
        case .text: Console.write(text)
        case .json: logger.notice("\(text)")
        }
    }

    /// The migration that the settings describe, with its events in the log.
    ///
    /// - Parameter isQuiet: keeps them out of the log.
    func migration(isQuiet: Bool = false, alsoTelling listener: @escaping EventSink = { _ in }) -> Migration {
        let events = events
        return Migration(settings: settings, searchPath: environment["PATH"] ?? "", interrupt: interrupt) { event in
            listener(event)
            guard !isQuiet else { return }
            events.log(EventFields(event), as: EventLine(event))
        }
    }

    /// Raises the interrupt on SIGTERM and SIGINT. A second signal ends the process at once.
    func handleSignals() -> [any DispatchSourceSignal] {
        let count = SignalCount()
        return [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                // The interrupt may also have been raised by a failure that is being dealt with.
                if count.increment() > 1 { _exit(ExitStatus.retry.rawValue) }
                logger.warning("stopping on \(number == SIGTERM ? "SIGTERM" : "SIGINT")")
                interrupt.raise()
            }
            source.resume()
            return source
        }
    }

    /// Runs a command's body. A failure is told last of all, and the process exits with the code that the Job's
    /// podFailurePolicy knows.
    static func ending(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let failure as MigrationFailure {
            let verdict = failure.status.canRetry ? "trying again can help" : "trying again will not help"
            let text = "\(failure.description)\n\(verdict) (exit code \(failure.status.rawValue))"
            Logger(label: "rehome-job").error("\(text)")
            leaveTerminationMessage(text)
            throw ExitCode(failure.status.rawValue)
        }
    }

    /// The container's last words, for `kubectl describe pod`.
    static func leaveTerminationMessage(_ text: String) {
        let file = open(JobFiles.terminationMessage, O_WRONLY | O_TRUNC)
        guard file >= 0 else { return }
        defer { close(file) }
        // The kubelet reads 4096 bytes.
        let bytes = Array(text.utf8.prefix(4096))
        _ = write(file, bytes, bytes.count)
    }
}

/// How many signals have come, whichever thread handles them.
private final class SignalCount: Sendable {
    private let count = Mutex(0)

    func increment() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }
}
