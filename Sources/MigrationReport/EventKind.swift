/// What an event of the log as data says that happened. The raw value is the field `event` of its line
/// (docs/job-log.schema.json), and stays the same from version to version.
public enum EventKind: String, Sendable, CaseIterable {
    /// A line that is told to people only, and so the only kind without ``EventFields``.
    case message

    // Of the migration.
    case connected, awaitingServer, finding, planned, waiting, waitOver, waitingForOtherAttempt, appeared, helping
    case fenced, fenceLifted, opened, copied, copiedRange, rechecked, indexed, analyzed, leftOut, begunAgain
    case progress, working, copiedDatabase, round, postponed, keepingUp, cutOverPutOff, sealed, sourceMoved
    case verified, proved, answerLost, published, alreadyPublished, leftOver

    // Of the run's end.
    case stopping, receiptLeft, reportLeft, receipt, finished, failed
}
