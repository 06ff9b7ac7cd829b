/// One result of the preflight.
public struct Finding: Sendable, Codable {
    public enum Severity: String, Sendable, Codable { case error, warning, note }
    public var severity: Severity
    public var message: String
    /// What to do about it.
    public var advice: String?

    static func error(_ message: String, _ advice: String) -> Finding {
        Finding(severity: .error, message: message, advice: advice)
    }
    static func warning(_ message: String, _ advice: String) -> Finding {
        Finding(severity: .warning, message: message, advice: advice)
    }
    static func note(_ message: String) -> Finding { Finding(severity: .note, message: message, advice: nil) }
}
