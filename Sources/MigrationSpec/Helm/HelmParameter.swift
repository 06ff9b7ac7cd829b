public import YAMLTree

/// One of an Argo CD Application's `parameters`, which win over all values, like those of `helm --set`.
public struct HelmParameter: Sendable {
    /// The path of the value that it sets.
    public let path: YAMLPath
    /// Its path in the Application.
    public let place: YAMLPath
    /// The item itself.
    public let node: YAMLNode

    /// - Returns: `nil` for an item without a name.
    init?(_ node: YAMLNode, at place: YAMLPath) {
        guard let path = Self.path(of: node) else { return nil }
        self.path = path
        self.place = place
        self.node = node
    }

    /// The value that Helm reads from it.
    public var value: YAMLValue {
        Self.value(of: Self.expanded(node["value"]?.scalar?.text ?? ""), isString: isForced)
    }

    private var isForced: Bool { node["forceString"]?.resolved(.yaml11) == true }

    /// The edits that give it another value.
    ///
    /// - Returns: `nil` for a value that no parameter can express.
    public func edits(to value: YAMLValue) -> [YAMLEdit]? {
        let text: String
        switch value {
        case .string(let string): text = string
        case .bool(let flag): text = String(flag)
        case .int(let number): text = String(number)
        case .null, .float, .sequence, .mapping: return nil
        }
        guard value != self.value else { return [] }
        let flips = Self.value(of: text, isString: isForced) != value
        guard !flips || Self.value(of: text, isString: !isForced) == value else { return nil }
        return [.set(place.appending("value"), .string(Self.withDoubledDollars(text)))]
            + (flips ? [.set(place.appending("forceString"), .bool(!isForced))] : [])
    }

    /// The text as it must be written where an engine replaces `$NAME` by a variable.
    public static func withDoubledDollars(_ text: String) -> String {
        text.split(separator: "$", omittingEmptySubsequences: false).joined(separator: "$$")
    }

    /// The text after Argo CD has replaced variables in it. `$NAME` and `${NAME}` become Argo CD's own variables, or
    /// nothing if there is no such variable, and two dollars become one (argo-cd, `Env.Envsubst`; Go, `os.Expand`).
    private static func expanded(_ text: String) -> String {
        var (result, rest) = ("", text[...])
        while let character = rest.popFirst() {
            guard character == "$" else {
                result.append(character)
                continue
            }
            switch rest.first {
            case "$":
                rest.removeFirst()
                result.append("$")
            case "{":
                guard let end = rest.firstIndex(of: "}") else { return result }
                rest = rest[rest.index(after: end)...]
            default:
                rest = rest.drop { $0 == "_" || $0.isASCII && ($0.isLetter || $0.isNumber) }
            }
        }
        return result
    }

    /// The value below its keys, to be merged into the values; `nil` if it sets an item of a list.
    var overlay: YAMLNode? {
        let keys = path.components.compactMap { component in
            if case .key(let key) = component { key } else { nil }
        }
        guard keys.count == path.components.count else { return nil }
        let whole = keys.reversed().reduce(value) { inner, key in .mapping([key: inner]) }
        return .made(whole, at: (node["value"] ?? node).start)
    }

    /// The value that Helm reads from what follows `--set NAME=` (helm, `pkg/strvals/parser.go`).
    private static func value(of text: String, isString: Bool) -> YAMLValue {
        if isString { return .string(text) }
        switch text {
        case "true": return true
        case "false": return false
        case "null": return .null
        case "0": return 0
        default:
            guard text.first != "0", let number = Int(text) else { return .string(text) }
            return .int(number)
        }
    }

    /// The path of the value that an item of `parameters` or `fileParameters` sets; `nil` for one without a name.
    static func path(of node: YAMLNode) -> YAMLPath? { node["name"]?.scalar.flatMap { path(of: $0.text) } }

    /// Reads a path such as `upstream.backstage.extraEnvVarsSecrets[0]`. A backslash makes a dot, or any other
    /// character, part of a key.
    private static func path(of name: String) -> YAMLPath? {
        var components: [YAMLPath.Component] = []
        var key = ""
        var rest = name[...]
        while let character = rest.popFirst() {
            switch character {
            case "\\":
                if let next = rest.popFirst() { key.append(next) }
            case ".":
                if !key.isEmpty { components.append(.key(key)) }
                key = ""
            case "[":
                if !key.isEmpty { components.append(.key(key)) }
                key = ""
                guard let end = rest.firstIndex(of: "]"), let index = Int(rest[..<end]), index >= 0 else { return nil }
                components.append(.index(index))
                rest = rest[rest.index(after: end)...]
            default: key.append(character)
            }
        }
        if !key.isEmpty { components.append(.key(key)) }
        return components.isEmpty ? nil : YAMLPath(components)
    }
}
