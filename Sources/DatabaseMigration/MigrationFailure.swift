import JobContract
import PostgresClient

/// Why a migration ended without publishing, for the person who has to act.
public struct MigrationFailure: Error, Sendable, CustomStringConvertible {
    /// Tells whether another attempt can help.
    public var status: ExitStatus
    public var message: String
    /// What to do next.
    public var advice: String?
    /// What a server said, if it was one that failed.
    var cause: PostgresError?
    /// Whether the source has changed since the snapshot that was read, so that the database has to be begun again.
    var isOfChangedSchema = false
    /// Whether another session has kept a lock for so long that this one gave up.
    var isOfLock = false
    /// The page of the documentation about such failures; `nil` if that depends on the command.
    public var page: DocsPage?

    /// Whether it is about a server that could not be reached or refused the login.
    public var isOfConnecting: Bool { if case .notConnected? = cause?.kind { true } else { false } }

    public init(_ status: ExitStatus, _ message: String, advice: String? = nil) {
        self.status = status
        self.message = message
        self.advice = advice
    }

    /// Another attempt has begun since and owns the migration now.
    static func superseded(at place: String) -> MigrationFailure {
        MigrationFailure(
            .retry, "\(place): a newer attempt of this migration has taken over", advice: "Leave it to that one.")
    }

    public var description: String { advice.map { "\(message)\(message.hasSuffix(".") ? "" : ".") \($0)" } ?? message }

    /// Turns any error of a run into a failure.
    ///
    /// - Parameter hadContact: whether both servers had already accepted the same credentials; a refusal after that is
    ///   a password that was rotated in the meantime, and a new pod reads the new one.
    public init(_ error: any Error, hadContact: Bool = true) {
        switch error {
        case let failure as MigrationFailure:
            self = failure
        case let other as OtherAttempt:
            self = other.failure
        case let dropped as DroppedSince:
            self = dropped.failure
        case let error as PostgresError
        where error.state == .notNullViolation && error.message.contains("relation \"step\""):
            // The error comes from the condition in `StagingDatabase.record`.
            self = .superseded(at: error.place)
        case let error as PostgresError:
            let wasRotated = hadContact && error.kind == .notConnected(.wrongCredentials)
            self.init(
                error.kind == .unsendable ? .internalError : error.isTransient || wasRotated ? .retry : .personMustAct,
                error.description)
            cause = error
            advice = PathDependence.advice(on: error)
        case is CancellationError:
            self.init(.retry, "the run was stopped")
        default:
            self.init(.internalError, String(describing: error))
        }
    }
}
