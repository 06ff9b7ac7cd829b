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

/// What all commands of the Job share: settings, a log, and an orderly end on SIGTERM.
struct JobRun {
    let environment: [String: String]
    let settings: JobSettings
    let interrupt = Interrupt()
    let logger: Logger
    private let events: ConsoleLogHandler
    /// The log of the run. It is also used for errors before there is a run.
    private static let lastWords = Mutex(ConsoleLogHandler(level: .info) { Console.write($0) })
    private let stream: Console.Stream
    /// The live view; `nil` if there is no terminal, or no view is wanted.
    private let screen: LiveScreen?

    /// - Parameters:
    ///   - options: the command line's options for the log, which override the settings.
    ///   - isVerbose: whether minor events are logged too.
    ///   - isLive: whether a view is drawn in a terminal.
    /// - Throws: ``MigrationFailure`` with ``ExitStatus/personMustAct`` if a setting is missing or wrong.
    init(_ options: LogOptions, isVerbose: Bool = false, isLive: Bool = false) throws(MigrationFailure) {
        var environment = Self.takeEnvironment()
        if let format = options.logFormat { environment[JobSetting.logFormat.rawValue] = format.rawValue }
        (self.environment, stream) = (environment, options.stream)
        // Invalid settings must be reported in the right format too, so the format is read first.
        let format = environment[JobSetting.logFormat.rawValue].flatMap { LogFormat(rawValue: $0) } ?? .text
        let screen = isLive && format == .text ? LiveScreen(stream: options.stream, environment: environment) : nil
        self.screen = screen
        // With a view, the log has only what the view does not show.
        let level: Logger.Level = isVerbose ? .debug : screen == nil ? .info : .notice
        events = ConsoleLogHandler(level: level, format: format) { [stream = options.stream] line in
            if let screen { screen.write(line) } else { Console.write(line, to: stream) }
        }
        LoggingSystem.bootstrap { [events] _ in events }
        Self.lastWords.withLock { [events] in $0 = events }
        logger = Logger(label: "rehome-job")
        // If the peer has closed its end, the next call returns an error instead.
        signal(SIGPIPE, SIG_IGN)
        do {
            settings = try JobSettings(environment: environment)
        } catch {
            throw MigrationFailure(
                .personMustAct, error.description, advice: "Render the manifests again, or see 'rehome-job settings'.")
        }
    }

    /// Reads the environment, and takes libpq's variables (`PG…`) out of it, so that libpq and pg_dump only learn what
    /// the settings say. Also switches core files off, since one could hold a password.
    private static func takeEnvironment() -> [String: String] {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        LargeBuffers.giveBack(from: 256 * 1024)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        let environment = ProcessInfo.processInfo.environment
        for name in environment.keys where name.hasPrefix("PG") { unsetenv(name) }
        return environment
    }

    /// Tells people something: as plain text, or as an event if the log is JSON.
    func say(_ text: String) {
        switch settings.logFormat {
        case .text: Console.write(text, to: stream)
        case .json: logger.notice("\(text)")
        }
    }

    /// Writes a command's result. If the log is JSON and the result is for people, the result becomes a part of the
    /// log.
    func write(_ result: some Encodable, lines: [String], as format: ReportFormat) throws {
        guard format == .text, settings.logFormat == .json else { return try format.write(result, lines: lines) }
        if !lines.isEmpty { say(lines.joined(separator: "\n")) }
    }

    /// Logs how a command ended, after its result was written. Only a JSON log has an event for that.
    func tellEnd(_ text: String, databases: Int) {
        if settings.logFormat == .json { tell(.finished(databases: databases, text: text)) }
    }

    /// Logs an event of the run that is none of its migration.
    func tell(_ event: RunEvent) { events.log(EventFields(event), as: EventLine(event)) }

    /// Runs what has no events of its own, and logs every 15 seconds that it goes on.
    ///
    /// - Parameter what: goes on a sentence that begins with "still at work:".
    func working<Result: Sendable>(
        on what: String, _ body: (Activity) async throws -> Result
    ) async rethrows -> Result {
        let events = events
        return try await Activity.telling(
            what, to: { events.log(EventFields($0), as: EventLine($0)) }, body)
    }

    /// Runs `body` on the migration's ``Maintenance``, and logs every 15 seconds that it goes on.
    func maintaining<Result: Sendable>(
        _ what: String, _ body: (Maintenance) async throws -> Result
    ) async rethrows -> Result {
        let maintenance = Maintenance(settings: settings, interrupt: interrupt)
        return try await working(on: what) { _ in try await body(maintenance) }
    }

    /// The migration that the settings describe, with its events in the log.
    func migration(alsoTelling listener: @escaping EventSink = { _ in }) -> Migration {
        let (events, screen) = (events, screen)
        return Migration(
            settings: settings, searchPath: environment["PATH"] ?? "", interrupt: interrupt,
            logInterval: screen == nil ? Migration.logInterval : 0.5
        ) { event in
            listener(event)
            screen?.note(event)
            switch event {
            case .progress, .working, .waitingForStart: if screen != nil { return }
            default: break
            }
            events.log(EventFields(event), as: EventLine(event))
        }
    }

    /// Runs a copy, with a live view if there is a terminal, and with metrics if there is a gateway.
    ///
    /// - Parameters:
    ///   - listener: receives the migration's events too.
    ///   - body: what the view shows.
    ///   - finish: what the run does after the view is gone. It may fail too, so the gateway is told the end of the run
    ///     after it.
    func showing<Copied: Sendable>(
        _ listener: @escaping EventSink, _ body: (Migration) async throws -> Copied,
        finish: (Copied) async throws -> Void
    ) async throws {
        let push = MetricsPush(settings, logger: logger)
        let migration = migration { event in
            listener(event)
            push?.note(event)
        }
        push?.begin()
        do {
            try await finish(try await drawing { try await body(migration) })
            push?.end(.success)
        } catch {
            push?.end((error as? MigrationFailure)?.status ?? .internalError)
            throw error
        }
    }

    private func drawing<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        screen?.begin()
        defer { screen?.end() }
        return try await body()
    }

    /// Raises the interrupt on SIGTERM and SIGINT. A second signal ends the process at once.
    func handleSignals() -> [any DispatchSourceSignal] {
        let count = SignalCount()
        return [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                // Signals are counted, since the interrupt may also have been raised by a failure that is being
                // handled.
                if count.increment() > 1 { _exit(ExitStatus.retry.rawValue) }
                interrupt.raise()
                // A terminal that was stopped accepts no output, and nothing here may wait for it.
                DispatchQueue.global().async {
                    tell(.stopping(signal: number == SIGTERM ? "SIGTERM" : "SIGINT"))
                }
            }
            source.resume()
            return source
        }
    }

    /// Runs a command's body. A failure is logged last of all, and the process exits with its code, which the Job's
    /// podFailurePolicy knows.
    ///
    /// - Parameter page: the page of the documentation for failures that name none themselves.
    static func ending(_ page: DocsPage = .jobFails, _ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let failure as MigrationFailure {
            let verdict = failure.status.canRetry ? "trying again can help" : "trying again will not help"
            let page = failure.isOfConnecting ? .cannotConnect : failure.page ?? page
            let text = "\(failure.description)\n\(verdict) (exit code \(failure.status.rawValue), \(page))"
            let event = RunEvent.failed(failure.status, page: page, text: text)
            lastWords.withLock(\.self).log(EventFields(event), as: EventLine(event))
            leaveTerminationMessage(text)
            throw ExitCode(failure.status.rawValue)
        }
    }

    /// Writes the container's termination message, for `kubectl describe pod`.
    static func leaveTerminationMessage(_ text: String) {
        let file = open(JobFiles.terminationMessage, O_WRONLY | O_TRUNC)
        guard file >= 0 else { return }
        defer { close(file) }
        // The kubelet reads 4096 bytes.
        let bytes = Array(text.utf8.prefix(4096))
        _ = Glibc.write(file, bytes, bytes.count)
    }
}

/// Counts signals, on whatever thread they are handled.
private final class SignalCount: Sendable {
    private let count = Mutex(0)

    func increment() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }
}
