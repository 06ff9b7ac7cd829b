public import YAMLTree

/// One of an Argo CD Application's `parameters`, which count more than all values, as `helm --set` does.
public struct HelmParameter: Sendable {
    /// Which value it sets.
    public let path: YAMLPath
    /// Where it stands in the Application.
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

    /// What Helm makes of it.
    public var value: YAMLValue {
        Self.value(of: Self.expanded(node["value"]?.scalar?.text ?? ""), isString: isForced)
    }

    private var isForced: Bool { node["forceString"]?.resolved(.yaml11) == true }

    /// What makes it say something else.
    /// - Returns: `nil` for what no parameter can say.
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

    /// As a text must be written where an engine puts variables in the place of `$NAME`.
    public static func withDoubledDollars(_ text: String) -> String {
        text.split(separator: "$", omittingEmptySubsequences: false).joined(separator: "$$")
    }

    /// What Argo CD makes of a parameter's text: it puts variables of its own in the place of `$NAME` and `${NAME}`, nothing
    /// in the place of those it does not know, and one dollar in the place of two (argo-cd, `Env.Envsubst`; Go, `os.Expand`).
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

    /// The value alone, below the keys that lead to it; `nil` for an item of a list, which stands in no mapping.
    var overlay: YAMLNode? {
        let keys = path.components.compactMap { component in
            if case .key(let key) = component { key } else { nil }
        }
        guard keys.count == path.components.count else { return nil }
        let whole = keys.reversed().reduce(value) { inner, key in .mapping([key: inner]) }
        return .made(whole, at: (node["value"] ?? node).start)
    }

    /// As Helm reads what follows `--set NAME=` (helm, `pkg/strvals/parser.go`).
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

    /// Which value an item of `parameters` or `fileParameters` sets; `nil` for one without a name.
    static func path(of node: YAMLNode) -> YAMLPath? { node["name"]?.scalar.flatMap { path(of: $0.text) } }

    /// `upstream.backstage.extraEnvVarsSecrets[0]`; a backslash makes a dot, or any other character, part of a key.
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
