/// How a variable's text is read, and what its absence means.
struct SettingForm<Value: Sendable>: Sendable {
    /// `nil` if the Job needs the variable.
    var defaultValue: String?
    /// Takes the place of an invalid value, so that one run finds every problem.
    var fallback: Value
    var read: @Sendable (String, inout [SettingMismatch]) -> Value
}

extension SettingForm where Value == String {
    static func text(_ defaultValue: String?) -> Self {
        Self(defaultValue: defaultValue, fallback: "") { text, _ in text }
    }

    static var required: Self { .text(nil) }

    /// The name of an object in a cluster. Such names are ASCII, so comparing them as strings compares their bytes.
    static var objectName: Self {
        Self(defaultValue: nil, fallback: "") { text, mismatches in
            let isName = text.utf8.allSatisfy { byte in
                byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            }
            if !isName || text.utf8.count > 253 {
                mismatches.append(
                    SettingMismatch(
                        found: "'\(text)'",
                        expected: "a Kubernetes name: at most 253 lower-case letters, digits, '-' and '.'"))
            }
            return text
        }
    }

    /// A URL in a form that libcurl accepts. It may have no user and no password, which a log could show.
    static var url: Self {
        Self(defaultValue: "", fallback: "") { text, mismatches in
            let hasScheme = text.hasPrefix("http://") || text.hasPrefix("https://")
            let isPlain = text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "@") }
            if !text.isEmpty, !hasScheme || !isPlain {
                mismatches.append(
                    SettingMismatch(
                        found: "a URL that does not fit",
                        expected: "http:// or https://, a host, and no user or password"))
            }
            return text
        }
    }
}

extension SettingForm where Value == ByteText {
    static func name(_ defaultValue: String?) -> Self {
        Self(defaultValue: defaultValue, fallback: "") { text, _ in ByteText(text) }
    }

    static var requiredName: Self { .name(nil) }
}

extension SettingForm where Value == [ByteText] {
    static func names(_ defaultValue: String) -> Self {
        Self(defaultValue: defaultValue, fallback: []) { text, _ in NameList.decode(ByteText(text)) }
    }
}

extension SettingForm where Value == Int {
    static func number(_ defaultValue: Int, in range: ClosedRange<Int>) -> Self {
        Self(defaultValue: "\(defaultValue)", fallback: range.lowerBound) { text, mismatches in
            if let number = Int(text), range.contains(number) { return number }
            mismatches.append(
                SettingMismatch(
                    found: "'\(text)'", expected: "a number from \(range.lowerBound) to \(range.upperBound)"))
            return range.lowerBound
        }
    }
}

extension SettingForm where Value == Bool {
    static func flag(_ defaultValue: Bool) -> Self {
        Self(defaultValue: defaultValue ? "on" : "off", fallback: true) { text, mismatches in
            if text != "on" && text != "off" {
                mismatches.append(SettingMismatch(found: "'\(text)'", expected: "on or off"))
            }
            return text != "off"
        }
    }
}

extension SettingForm where Value == StartTime? {
    static var instant: Self {
        Self(defaultValue: "", fallback: nil) { text, mismatches in
            guard !text.isEmpty else { return nil }
            let time = StartTime(text)
            if time == nil {
                mismatches.append(
                    SettingMismatch(found: "'\(text)'", expected: "an instant such as 2026-11-21T22:00:00+01:00"))
            }
            return time
        }
    }
}

extension SettingForm where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    static func choice(_ defaultValue: Value) -> Self {
        Self(defaultValue: defaultValue.rawValue, fallback: defaultValue) { text, mismatches in
            if let choice = Value(rawValue: text) { return choice }
            let choices = Value.allCases.map(\.rawValue).joined(separator: ", ")
            mismatches.append(SettingMismatch(found: "'\(text)'", expected: "one of \(choices)"))
            return defaultValue
        }
    }
}

extension SettingForm where Value == Set<AdministratorObject> {
    /// A list in which each item is one of the choices.
    static var choices: Self {
        Self(defaultValue: "", fallback: []) { text, mismatches in
            let items = NameList.decode(ByteText(text)).compactMap { item -> AdministratorObject? in
                if let choice = item.string.flatMap({ AdministratorObject(rawValue: $0) }) { return choice }
                let choices = AdministratorObject.allCases.map(\.rawValue).joined(separator: ", ")
                mismatches.append(SettingMismatch(found: "'\(item)'", expected: "some of \(choices)"))
                return nil
            }
            return Set(items)
        }
    }
}
