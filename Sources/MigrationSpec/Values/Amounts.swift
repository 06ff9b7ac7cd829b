import JobContract

/// An instant in the form of RFC 3339, with its offset.
public struct Instant: TextValue {
    public static let expectation = "an instant with its offset, such as 2026-11-21T22:00:00+01:00"
    public static let pattern: String? =
        "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]+)?"
        + "(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
    public let rawValue: String

    public init(checked text: String) { rawValue = text }

    public static func accepts(_ text: String) -> Bool { StartTime(text) != nil }
}

/// An amount in Kubernetes' form: `500m`, `1Gi`, `20` (apimachinery, `resource.Quantity`, without sign and exponent).
public struct Quantity: TextValue {
    public static let expectation = "a Kubernetes quantity such as 500m, 2 or 20Gi"
    public static let pattern: String? = "^[0-9]+(\\.[0-9]+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$"
    public static let acceptsNumbers = true
    public let rawValue: String

    public init(checked text: String) { rawValue = text }

    public static func accepts(_ text: String) -> Bool {
        let number = text.prefix { $0.isASCII && $0.isNumber || $0 == "." }
        let suffixes = ["", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]
        let parts = number.split(separator: ".", omittingEmptySubsequences: false)
        return (1...2).contains(parts.count) && parts.allSatisfy { !$0.isEmpty }
            && suffixes.contains(String(text.dropFirst(number.count)))
    }
}

extension Quantity {
    /// The amount in its base unit, which is bytes for memory; `nil` if it is less than one or too large.
    var bytes: Int? {
        let number = rawValue.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let units: [String: Double] = [
            "": 1, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18, "Ki": 1024, "Mi": 1_048_576,
            "Gi": 1_073_741_824, "Ti": 1_099_511_627_776, "Pi": 1_125_899_906_842_624,
        ]
        guard let value = Double(number), let unit = units[String(rawValue.dropFirst(number.count))] else { return nil }
        return Int(exactly: (value * unit).rounded(.down)).flatMap { $0 > 0 ? $0 : nil }
    }
}

/// An amount of memory in the form of `postgresql.conf`: `256MB`.
public struct ServerMemory: TextValue {
    public static let expectation = "an amount of memory such as 256MB or 1GB"
    public static let pattern: String? = "^[1-9][0-9]{0,8}(kB|MB|GB)$"
    public let rawValue: String

    public init(checked text: String) { rawValue = text }

    public static func accepts(_ text: String) -> Bool {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        return !digits.isEmpty && digits.first != "0" && digits.count < 10
            && ["kB", "MB", "GB"].contains(String(text.dropFirst(digits.count)))
    }
}

/// A duration: `90s`, `30m`, `6h`, or a combination in descending order, `1h30m`.
public struct TimeSpan: TextValue {
    public static let expectation = "a length of time such as 90s, 30m, 6h or 1h30m"
    public static let pattern: String? = "^(?=.*[1-9])([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$"
    public let rawValue: String

    public init(checked text: String) { rawValue = text }

    public static func accepts(_ text: String) -> Bool { seconds(of: text) != nil }

    /// The longest wait in seconds that the Job accepts.
    static let longest = 86_400

    /// Always positive.
    public var seconds: Int { Self.seconds(of: rawValue) ?? 0 }

    private static func seconds(of text: String) -> Int? {
        var rest = Substring(text)
        var total = 0
        for (unit, length) in [("h", 3600), ("m", 60), ("s", 1)] as [(Character, Int)] {
            guard let end = rest.firstIndex(of: unit) else { continue }
            let digits = rest[..<end]
            guard (1...6).contains(digits.count), digits.allSatisfy({ $0.isASCII && $0.isNumber }),
                let count = Int(digits)
            else { return nil }
            total += count * length
            rest = rest[rest.index(after: end)...]
        }
        return rest.isEmpty && total > 0 ? total : nil
    }
}

/// A duration like ``TimeSpan``, or `0s` for none.
public struct FenceLimit: TextValue {
    public static let expectation = "a length of time such as 30s, or 0s for no limit"
    public static let pattern: String? = "^(0s|(?=.*[1-9])([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?)$"
    public let rawValue: String

    public init(checked text: String) { rawValue = text }

    public static func accepts(_ text: String) -> Bool { text == "0s" || TimeSpan.accepts(text) }

    public var seconds: Int { rawValue == "0s" ? 0 : TimeSpan(checked: rawValue).seconds }
}

/// A release of the operator, `1.9` or `1.10.3`.
public struct OperatorVersion: TextValue, Comparable {
    public static let expectation = "a release of the operator in quotes, such as \"1.9\""
    public static let pattern: String? = "^[0-9]{1,4}\\.[0-9]{1,4}(\\.[0-9]{1,4})?$"
    public let rawValue: String

    public init(checked text: String) { rawValue = text }

    public static func accepts(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return (2...3).contains(parts.count)
            && parts.allSatisfy { (1...4).contains($0.count) && $0.utf8.allSatisfy(ASCIIText.isDigit) }
    }

    public var major: Int { numbers.first ?? 0 }
    public var minor: Int { numbers.dropFirst().first ?? 0 }
    private var numbers: [Int] { rawValue.split(separator: ".").compactMap { Int($0) } }

    public static func < (one: Self, other: Self) -> Bool { one.numbers.lexicographicallyPrecedes(other.numbers) }

    /// Whether setting `enableLocalDb: false` makes this release delete the local database's StatefulSet, Service and
    /// Secret at once. It did up to 1.9; rhdh-operator pull requests 2733 and 2863 ended that.
    public var deletesLocalDatabase: Bool { (major, minor) < (1, 10) }
}
