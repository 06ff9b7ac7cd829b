/// The address of a git repository or an API server.
public struct RepositoryURL: TextValue {
    public static let expectation = "a URL such as https://git.example.com/team/repo.git, without a password in it"
    public static let pattern: String? =
        "^([A-Za-z][A-Za-z0-9+.-]*://[^\\s:@/]*(@[^\\s@]+|[^\\s@]*)|[A-Za-z0-9._-]+@[^\\s@]+:[^\\s]*)$"
    public let rawValue: String

    public init(checked text: String) { rawValue = text }

    public static func accepts(_ text: String) -> Bool {
        guard !text.contains(where: \.isWhitespace), text.utf8.count(where: { $0 == UInt8(ascii: "@") }) <= 1 else {
            return false
        }
        guard let scheme = text.firstRange(of: "://") else {
            // git's short form, user@host:path.
            guard let at = text.firstIndex(of: "@"), at > text.startIndex else { return false }
            let host = text[text.index(after: at)...]
            return text[..<at].utf8.allSatisfy(isNameByte) && host.dropFirst().contains(":") && host.first != ":"
        }
        let name = text[..<scheme.lowerBound]
        guard let first = name.utf8.first, ASCIIText.isLowerAlphanumeric(first | 0x20), !ASCIIText.isDigit(first),
            name.utf8.allSatisfy(isNameByte)
        else { return false }
        let rest = text[scheme.upperBound...]
        guard let at = rest.firstIndex(of: "@") else { return true }
        // Anything between the user's name and the host is a password, which is refused.
        return !rest[..<at].contains { $0 == ":" || $0 == "/" } && rest.index(after: at) < rest.endIndex
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        ASCIIText.isLowerAlphanumeric(byte | 0x20) || ASCIIText.isDigit(byte) || "+.-_".utf8.contains(byte)
    }
}

/// A branch, tag or commit.
public struct GitRevision: TextValue {
    public static let expectation = "a branch, tag or commit"
    public static let pattern: String? = "^[!-~]+$"
    public let rawValue: String

    public init(checked text: String) { rawValue = text }

    public static func accepts(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}

/// A folder in a repository, from its top.
public struct RepositoryPath: TextValue {
    public static let expectation = "a folder's path from the repository's top, without .. in it"
    public static let pattern: String? = "^(?!/)(?!(.*/)?\\.\\.(/|$)).+$"
    public let rawValue: String

    public init(checked text: String) { rawValue = text }

    public static func accepts(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return !text.isEmpty && parts.first?.isEmpty == false && !text.contains(where: \.isNewline)
            && !parts.contains { $0.elementsEqual("..".utf8) }
    }
}

/// A Helm chart: a path, a name in a repository, or an OCI address.
public struct ChartReference: TextValue {
    public static let expectation = "a chart as helm is told it, such as oci://registry.example.com/charts/greeting"
    public static let pattern: String? = "^[A-Za-z0-9./_][!-~]*$"
    public let rawValue: String

    public init(checked text: String) { rawValue = text }

    /// Refuses characters that a shell would interpret when the runbook's line is pasted.
    public static func accepts(_ text: String) -> Bool {
        guard let first = text.first, first.isASCII, first.isLetter || first.isNumber || "./_".contains(first) else {
            return false
        }
        return text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}

/// What Flux fetches manifests from.
public enum FluxSourceKind: String, ChoiceValue {
    case gitRepository = "GitRepository"
    case ociRepository = "OCIRepository"
    case bucket = "Bucket"
}
