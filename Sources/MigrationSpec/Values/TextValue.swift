/// A value of the config that is one piece of text with its own rules.
public protocol TextValue: ConfigValue, RawRepresentable, Hashable, CustomStringConvertible where RawValue == String {
    /// Whether a text follows the rules.
    static func accepts(_ text: String) -> Bool
    /// Only called with a text that ``accepts(_:)`` takes.
    init(checked: String)
    /// What the text must look like, for messages: "a DNS label of at most 38 characters".
    static var expectation: String { get }
    /// The same as an ECMA-262 regular expression, for the JSON Schema; `nil` where any text will do.
    static var pattern: String? { get }
    /// Whether a number without quotes stands for its digits, as `cpu: 2` does for Kubernetes.
    static var acceptsNumbers: Bool { get }
}

extension TextValue {
    public init?(rawValue: String) {
        guard Self.accepts(rawValue) else { return nil }
        self.init(checked: rawValue)
    }

    public var description: String { rawValue }
    public static var pattern: String? { nil }
    public static var acceptsNumbers: Bool { false }
}

/// Character tests on ASCII codes: Kubernetes' letters and digits are those of ASCII only.
enum ASCIIText {
    static func isLowerAlphanumeric(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || isDigit(byte)
    }

    static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// RFC 1123: letters, digits and hyphens; neither the first nor the last is a hyphen.
    static func isLabel(_ text: some StringProtocol, atMost limit: Int = 63) -> Bool {
        let bytes = Array(text.utf8)
        guard let first = bytes.first, let last = bytes.last, bytes.count <= limit else { return false }
        return isLowerAlphanumeric(first) && isLowerAlphanumeric(last)
            && bytes.allSatisfy { isLowerAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }
}
