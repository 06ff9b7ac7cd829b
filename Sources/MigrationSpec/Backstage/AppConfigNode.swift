import YAMLTree

/// A value of an app-config as Backstage reads it, with each `$include` replaced by the file's content (Backstage,
/// `packages/config-loader`).
struct AppConfigNode {
    let node: YAMLNode
    /// Turns a position in the text into one in the file that holds the text.
    private let place: (YAMLPosition) -> YAMLPosition
    /// Backstage reads YAML 1.2. If Helm or kubectl reads the text before, it reads YAML 1.1.
    private let schema: YAMLSchema
    private let origin: Origin
    private let included: Include
    /// How many includes led here. It is limited, since a file may include itself.
    private let depth: Int

    /// Finds the file that an `$include` names, as a node of its own.
    typealias Include = (_ name: String) -> AppConfigNode?

    /// Where the value comes from. Backstage replaces `${NAME}`, `$env`, `$file` and `$include` in files only
    /// (`FileConfigSource` and `EnvConfigSource`).
    enum Origin {
        case file
        case variable
        /// A variable whose value only the cluster knows.
        case unknown(variable: String)
    }

    init(
        _ node: YAMLNode, place: @escaping (YAMLPosition) -> YAMLPosition = { $0 }, schema: YAMLSchema = .core,
        origin: Origin = .file, included: @escaping Include, depth: Int = 0
    ) {
        self.node = node
        self.place = place
        self.schema = schema
        self.origin = origin
        self.included = included
        self.depth = depth
    }

    private static let mostIncludes = 10

    var start: YAMLPosition { place(node.start) }
    var kind: String { node.kind }
    var isNull: Bool { node.isNull }
    var bool: Bool? { node.resolved(schema)?.bool }
    /// The value as a boolean. Backstage takes some words for booleans too (`@backstage/config`, `getOptionalBoolean`).
    var flag: Bool? {
        if let bool { return bool }
        switch text?.lowercased() {
        case "y", "yes", "true", "1", "on": return true
        case "n", "no", "false", "0", "off": return false
        default: return nil
        }
    }
    /// The text of a scalar, whatever its type.
    var text: String? { node.scalar?.text }

    /// The entries of a mapping; `nil` also for an `$include` whose file is not here.
    var entries: [(name: String, key: YAMLPosition, value: AppConfigNode)]? {
        guard include == nil, let entries = node.mergedEntries else { return nil }
        return entries.compactMap { entry in
            with(entry.value).resolved.map { (entry.name, place(entry.key.start), $0) }
        }
    }

    subscript(key: String) -> AppConfigNode? {
        guard include == nil else { return nil }
        return node[key].flatMap { with($0).resolved }
    }

    /// Where the key stands, for messages about a key.
    func key(_ name: String) -> YAMLPosition? { node.entry(name).map { place($0.key.start) } }

    /// Whether Backstage replaces `${NAME}` and the like in it.
    var isSubstituted: Bool { if case .file = origin { true } else { false } }

    /// The variable that the value is taken from: `${NAME}`, `${NAME:-default}` or `{$env: NAME}`.
    var variable: String? {
        if case .unknown(let variable) = origin { return text == nil ? nil : variable }
        guard isSubstituted else { return nil }
        if let name = node["$env"]?.string { return name }
        let pattern = /\$\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*(?::-[^}]*)?\}/
        return text?.wholeMatch(of: pattern).map { String($0.1) }
    }

    /// The file that the value is read from.
    var file: String? { isSubstituted ? node["$file"]?.string : nil }

    /// The file that an `$include` names. In a ``resolved`` node it is one that could not be read.
    var include: String? { isSubstituted ? node["$include"]?.string : nil }

    /// The node, with its `$include` replaced if that file is here; `nil` if the included file lacks the key.
    var resolved: AppConfigNode? {
        guard let include, depth < Self.mostIncludes else { return self }
        let parts = include.split(separator: "#", maxSplits: 1).map(String.init)
        guard let name = parts.first, let target = included(name) else { return self }
        let root = AppConfigNode(
            target.node, place: target.place, schema: target.schema, origin: target.origin, included: target.included,
            depth: depth + 1)
        let keys = parts.count == 2 ? parts[1].split(separator: ".").map(String.init) : []
        return keys.reduce(root.resolved) { $0?[$1] }
    }

    private func with(_ node: YAMLNode) -> AppConfigNode {
        AppConfigNode(node, place: place, schema: schema, origin: origin, included: included, depth: depth)
    }
}
