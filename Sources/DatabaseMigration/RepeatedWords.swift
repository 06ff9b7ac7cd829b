import Synchronization

/// Keeps a log from saying the same again and again. New words are due at once, and the same words only after
/// ``Migration/logInterval`` seconds.
final class RepeatedWords: Sendable {
    private let said = Mutex<[String: ContinuousClock.Instant]>([:])

    /// Whether these words are to be said now. If so, they count as said.
    func areDue(_ words: String) -> Bool {
        said.withLock { said in
            said = said.filter { $0.value.secondsUntilNow < Migration.logInterval }
            guard said[words] == nil else { return false }
            said[words] = .now
            return true
        }
    }
}
