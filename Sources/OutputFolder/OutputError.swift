/// Why a folder could not be written or compared; it is as it was before.
public struct OutputError: Error, CustomStringConvertible, Sendable {
    public var message: String
    public var advice: String?

    public init(_ message: String, advice: String? = nil) {
        self.message = message
        self.advice = advice
    }

    public var description: String { "error: " + message + (advice.map { "\n  " + $0 } ?? "") }
}
