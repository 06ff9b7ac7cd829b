/// Why something cannot be sealed, as the end of a sentence about the key it was to be sealed with.
public struct SealingError: Error, Sendable, Equatable {
    /// Never holds a secret, nor what may be one.
    public var reason: String
    /// What to do next; nothing where the reason already says so.
    public var advice: String?

    init(_ reason: String, advice: String? = nil) {
        self.reason = reason
        self.advice = advice
    }
}
