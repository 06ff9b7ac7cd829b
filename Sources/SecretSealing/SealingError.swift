import Cryptography

/// Why something cannot be sealed, as the end of a sentence about the key.
public struct SealingError: Error, Sendable, Equatable {
    /// Never contains a secret, or anything that may be one.
    public var reason: String
    /// What to do next; `nil` where the reason already says so.
    public var advice: String?

    init(_ reason: String, advice: String? = nil) {
        self.reason = reason
        self.advice = advice
    }
}

extension SealingError {
    /// The result of a body, or an error that names what OpenSSL must not do on this machine.
    static func orFailure<Result>(_ body: () throws(MissingAlgorithm) -> Result) throws(SealingError) -> Result {
        do {
            return try body()
        } catch {
            throw SealingError(
                "cannot be sealed on this machine, since OpenSSL has no \(error.name) here: \(error.reason)",
                advice: "A machine in FIPS mode lacks some. Render on another one.")
        }
    }
}
