/// The name from which the names of all rendered objects are made.
///
/// A Job's name adds at most `-rehearsal-`, its attempt and ten digits. It must itself be a label, because its pods
/// have it as a label's value.
public struct BaseName: TextValue {
    public static let limit = 38
    public static let expectation = "a DNS label (a-z, 0-9, -) of at most \(limit) characters"
    public static let pattern: String? = "^[a-z0-9]([-a-z0-9]{0,\(limit - 2)}[a-z0-9])?$"
    public let rawValue: String

    public init(checked text: String) { rawValue = text }

    public static func accepts(_ text: String) -> Bool {
        ASCIIText.isLabel(text, atMost: Self.limit)
    }
}

/// A namespace's name, or another DNS label (RFC 1123).
public struct LabelName: TextValue {
    public static let expectation = "a DNS label (a-z, 0-9, -) of at most 63 characters"
    public static let pattern: String? = "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"
    public let rawValue: String

    public init(checked text: String) { rawValue = text }

    public static func accepts(_ text: String) -> Bool {
        ASCIIText.isLabel(text)
    }
}

/// The name of an object: DNS labels joined by dots (RFC 1123 subdomain).
public struct ObjectName: TextValue {
    public static let expectation = "a Kubernetes object name (a-z, 0-9, -, .) of at most 253 characters"
    public static let pattern: String? = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
    public let rawValue: String

    public init(checked text: String) { rawValue = text }

    public static func accepts(_ text: String) -> Bool {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        return text.utf8.count <= 253 && labels.allSatisfy({ ASCIIText.isLabel($0, atMost: 253) })
    }
}

/// The name of the instance. It is an object's name and also a label's value, which is shorter.
public struct InstanceName: TextValue {
    public static let expectation = "a Kubernetes object name (a-z, 0-9, -, .) of at most 63 characters"
    public static let pattern: String? =
        "^(?=.{1,63}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
    public let rawValue: String

    public init(checked text: String) { rawValue = text }

    public static func accepts(_ text: String) -> Bool { text.utf8.count <= 63 && ObjectName.accepts(text) }
}

/// A server's name as in its certificate, or an address.
public struct HostName: TextValue {
    public static let expectation = "a host name or an IP address, without scheme and port"
    public static let pattern: String? =
        "^([A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?(\\.[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?)*"
        + "|[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*)$"
    public let rawValue: String

    public init(checked text: String) { rawValue = text }

    public static func accepts(_ text: String) -> Bool {
        guard text.utf8.count <= 253 else { return false }
        let isIPv6 =
            text.utf8.allSatisfy { "0123456789abcdefABCDEF:.".utf8.contains($0) }
            && text.utf8.count(where: { $0 == UInt8(ascii: ":") }) >= 2
        let lowered = text.lowercased()
        let isName = lowered.split(separator: ".", omittingEmptySubsequences: false).allSatisfy {
            ASCIIText.isLabel($0)
        }
        return isIPv6 || isName
    }

    /// Whether this is an address: few certificates name one.
    public var isAddress: Bool {
        rawValue.contains(":") || rawValue.utf8.allSatisfy { ASCIIText.isDigit($0) || $0 == UInt8(ascii: ".") }
    }
}

/// A container image, by tag or digest.
public struct ImageReference: TextValue {
    public static let expectation = "a container image such as registry.example.com/team/image:tag"
    public static let pattern: String? = "^[A-Za-z0-9][!-~]*$"
    public let rawValue: String

    public init(checked text: String) { rawValue = text }

    public static func accepts(_ text: String) -> Bool {
        text.lowercased().utf8.first.map(ASCIIText.isLowerAlphanumeric) == true
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}

/// A role's name at the target, as PostgreSQL stores it.
public struct RoleName: TextValue {
    public static let expectation = "a role name of 1 to 63 bytes"
    public static let pattern: String? = "^.{1,63}$"
    public let rawValue: String

    public init(checked text: String) { rawValue = text }

    public static func accepts(_ text: String) -> Bool {
        (1...63).contains(text.utf8.count) && !text.utf8.contains(0)
    }
}

/// A pattern of database names: `*` and `?` as in a shell.
public struct DatabasePattern: TextValue {
    public static let expectation = "a database name or pattern of 1 to 63 bytes, with * and ? as in a shell"
    public static let pattern: String? = "^.{1,63}$"
    public let rawValue: String

    public init(checked text: String) { rawValue = text }

    public static func accepts(_ text: String) -> Bool {
        (1...63).contains(text.utf8.count) && !text.utf8.contains(0)
    }
}

/// The name of an environment variable of the shell that runs `rehome`.
public struct VariableName: TextValue {
    public static let expectation = "the name of an environment variable (letters, digits, _)"
    public static let pattern: String? = "^[A-Za-z_][A-Za-z0-9_]*$"
    public let rawValue: String

    public init(checked text: String) { rawValue = text }

    public static func accepts(_ text: String) -> Bool {
        text.utf8.first.map(ASCIIText.isDigit) == false
            && text.lowercased().utf8.allSatisfy { ASCIIText.isLowerAlphanumeric($0) || $0 == UInt8(ascii: "_") }
    }
}

/// A file, relative to the config that names it.
public struct FileName: TextValue {
    public static let expectation = "a file's path, relative to this file"
    public let rawValue: String

    public init(checked text: String) { rawValue = text }

    public static func accepts(_ text: String) -> Bool {
        !text.isEmpty && !text.utf8.contains(0)
    }
}

/// The name of an entry in a secret store, in the store's own form.
public struct StoreKey: TextValue {
    public static let expectation = "a name as the secret store has it"
    public static let pattern: String? = "^.+$"
    public let rawValue: String

    public init(checked text: String) { rawValue = text }

    public static func accepts(_ text: String) -> Bool { !text.isEmpty && !text.contains(where: \.isNewline) }
}

/// A key of a Secret or ConfigMap.
public struct SecretKey: TextValue {
    public static let expectation = "a Secret's key (letters, digits, -, _, .) of at most 253 characters"
    public static let pattern: String? = "^[-._A-Za-z0-9]{1,253}$"
    public let rawValue: String

    public init(checked text: String) { rawValue = text }

    public static func accepts(_ text: String) -> Bool {
        (1...253).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                ASCIIText.isLowerAlphanumeric($0) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
                    || "-._".utf8.contains($0)
            }
    }
}

/// A recipient of what is encrypted with age. It may be any text: an invalid one is reported without repeating it,
/// since it may be a private key.
public struct AgeRecipientText: TextValue {
    public static let expectation = "an age recipient (age1…)"
    public static let pattern: String? = "^.+$"
    public let rawValue: String

    public init(checked text: String) { rawValue = text }

    public static func accepts(_ text: String) -> Bool { !text.isEmpty && !text.contains(where: \.isNewline) }
}

/// A database's name.
public struct DatabaseName: TextValue {
    public static let expectation = "a database name of 1 to 63 bytes"
    public static let pattern: String? = "^.{1,63}$"
    public let rawValue: String

    public init(checked text: String) { rawValue = text }

    public static func accepts(_ text: String) -> Bool { DatabasePattern.accepts(text) }
}
