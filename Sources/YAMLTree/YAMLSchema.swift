/// The rules by which the text of a plain scalar is a value of another type.
public enum YAMLSchema: Sendable, Hashable {
    /// YAML 1.2's core schema (<https://yaml.org/spec/1.2.2/#103-core-schema>).
    case core
    /// YAML 1.1's types (<https://yaml.org/type/>), which kubectl, Helm and PyYAML still read: `yes` and `on` are
    /// booleans, `0640` is octal, `12:30` is sexagesimal. Timestamps stay strings.
    case yaml11

    /// The value of a plain scalar. An integer beyond 64 bits becomes a float, as in Go's readers.
    public func value(ofPlain text: String) -> YAMLValue {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        case "y", "Y", "yes", "Yes", "YES", "on", "On", "ON": return self == .yaml11 ? .bool(true) : .string(text)
        case "n", "N", "no", "No", "NO", "off", "Off", "OFF": return self == .yaml11 ? .bool(false) : .string(text)
        default: break
        }
        // Most scalars are words, and cannot be a number by their first character.
        guard let first = text.utf8.first, Self.canBeginNumber(first) else { return .string(text) }
        let number = PlainNumber(text)
        return (self == .core ? number.core : number.yaml11) ?? .string(text)
    }

    static func canBeginNumber(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."): true
        default: false
        }
    }
}

/// A plain scalar's text, read as a number.
private struct PlainNumber {
    private let isNegative: Bool
    private let hasSign: Bool
    /// Without the sign.
    private let body: Substring

    init(_ text: String) {
        isNegative = text.hasPrefix("-")
        hasSign = isNegative || text.hasPrefix("+")
        body = text.dropFirst(hasSign ? 1 : 0)
    }

    var core: YAMLValue? {
        if !hasSign, let digits = body.dropping("0o") { return integer(digits, radix: 8) }
        if !hasSign, let digits = body.dropping("0x") { return integer(digits, radix: 16) }
        return integer(body, radix: 10) ?? special ?? float(body, signedExponentOnly: false)
    }

    var yaml11: YAMLValue? {
        let digits = Substring(body.filter { $0 != "_" })
        guard body.first != "_", !digits.isEmpty else { return nil }
        if let binary = digits.dropping("0b") { return integer(binary, radix: 2) }
        if let hexadecimal = digits.dropping("0x") { return integer(hexadecimal, radix: 16) }
        if digits.contains(":") { return sexagesimal(digits) }
        if digits.count > 1, digits.first == "0", let octal = integer(digits, radix: 8) { return octal }
        if digits.first == "0", digits.count > 1, digits.allSatisfy(\.isASCIIDigit) { return nil }
        return integer(digits, radix: 10) ?? special ?? float(digits, signedExponentOnly: true)
    }

    private func integer(_ digits: Substring, radix: Int) -> YAMLValue? {
        guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isHexDigit }) else { return nil }
        guard digits.allSatisfy({ ($0.hexDigitValue ?? radix) < radix }) else { return nil }
        if let number = Int((isNegative ? "-" : "") + digits, radix: radix) { return .int(number) }
        if radix == 10 { return Double(digits).map { .float(isNegative ? -$0 : $0) } }
        let magnitude = digits.reduce(0.0) { $0 * Double(radix) + Double($1.hexDigitValue ?? 0) }
        return .float(isNegative ? -magnitude : magnitude)
    }

    private var special: YAMLValue? {
        switch body {
        case ".inf", ".Inf", ".INF": .float(isNegative ? -.infinity : .infinity)
        case ".nan", ".NaN", ".NAN": hasSign ? nil : .float(.nan)
        default: nil
        }
    }

    /// Digits with a point, an exponent, or both. YAML 1.1 requires the point, and a sign of the exponent.
    private func float(_ text: Substring, signedExponentOnly: Bool) -> YAMLValue? {
        let parts = text.split(separator: "e", maxSplits: 1, omittingEmptySubsequences: false)
            .flatMap { $0.split(separator: "E", maxSplits: 1, omittingEmptySubsequences: false) }
        guard parts.count <= 2, let mantissa = parts.first else { return nil }
        let pieces = mantissa.split(separator: ".", omittingEmptySubsequences: false)
        guard pieces.count <= 2, pieces.contains(where: { !$0.isEmpty }) else { return nil }
        guard pieces.allSatisfy({ $0.allSatisfy(\.isASCIIDigit) }) else { return nil }
        if signedExponentOnly, pieces.count < 2 { return nil }
        if parts.count == 2 {
            let exponent = parts[1]
            let digits = exponent.drop { $0 == "+" || $0 == "-" }
            guard !digits.isEmpty, exponent.count - digits.count <= 1, digits.allSatisfy(\.isASCIIDigit) else {
                return nil
            }
            if signedExponentOnly, exponent.count == digits.count { return nil }
        }
        return Double(text).map { .float(isNegative ? -$0 : $0) }
    }

    /// A number in base 60 with colons: an integer or, with a point after the last part, a float.
    private func sexagesimal(_ text: Substring) -> YAMLValue? {
        let whole = text.prefix { $0 != "." }
        let fraction = text.dropFirst(whole.count)
        guard fraction.dropFirst().allSatisfy(\.isASCIIDigit) else { return nil }
        var total = 0
        for (index, part) in whole.split(separator: ":", omittingEmptySubsequences: false).enumerated() {
            guard !part.isEmpty, part.allSatisfy(\.isASCIIDigit), let number = Int(part) else { return nil }
            guard index == 0 || (part.count <= 2 && number < 60) else { return nil }
            let (product, overflows) = total.multipliedReportingOverflow(by: 60)
            let (sum, overflowsToo) = product.addingReportingOverflow(number)
            // It is longer than the age of the universe and no reader's time, so it is a string.
            guard !overflows, !overflowsToo else { return nil }
            total = sum
        }
        if fraction.isEmpty { return .int(isNegative ? -total : total) }
        return Double("\(total)\(fraction)").map { .float(isNegative ? -$0 : $0) }
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}

extension Substring {
    fileprivate func dropping(_ prefix: String) -> Substring? {
        hasPrefix(prefix) ? dropFirst(prefix.count) : nil
    }
}
