/// How `rehome-job` ended, as the process's exit code.
///
/// The numbers are those of `sysexits.h`. The rendered Job's `podFailurePolicy` fails the Job at once for
/// ``neverRetry``; every other non-zero code counts towards `backoffLimit`.
public enum ExitStatus: Int32, CaseIterable, Sendable {
    /// Everything is published and the receipt is in place.
    case success = 0
    /// The command line is invalid.
    case usage = 64
    /// Content or schema at the target differs from the source.
    case mismatch = 65
    /// A bug: a state that the program takes to be impossible.
    case internalError = 70
    /// Something outside failed and may come back: a server, the network, the disk, a lock, a SIGTERM.
    case retry = 75
    /// A setting, a privilege, a taken name: the same run would end the same way.
    case personMustAct = 78

    /// Whether another attempt of the same Job can end otherwise.
    public var canRetry: Bool {
        switch self {
        case .retry, .internalError: true
        case .success, .usage, .mismatch, .personMustAct: false
        }
    }

    /// The codes for which the manifest's `podFailurePolicy` fails the Job without another attempt.
    public static let neverRetry: [ExitStatus] = allCases.filter { $0 != .success && !$0.canRetry }
}
