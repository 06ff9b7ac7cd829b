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
        guard let name = node["name"]?.scalar?.text, let path = Self.path(of: name) else { return nil }
        self.path = path
        self.place = place
        self.node = node
    }

    /// What Helm makes of it.
    public var value: YAMLValue {
        Self.value(of: node["value"]?.scalar?.text ?? "", isString: node["forceString"]?.bool == true)
    }

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
        let needsForce = Self.value(of: text, isString: node["forceString"]?.bool == true) != value
        return [.set(place.appending("value"), .string(text))]
            + (needsForce ? [.set(place.appending("forceString"), true)] : [])
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
