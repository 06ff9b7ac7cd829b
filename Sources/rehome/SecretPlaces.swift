import YAMLTree

/// The places of secret values in a text, and what is shown instead.
struct SecretPlaces {
    private let bytes: [UInt8]
    /// How many other texts this text is nested in.
    private let depth: Int
    private var pieces: [(range: Range<Int>, text: String)] = []

    init(bytes: [UInt8], depth: Int) {
        self.bytes = bytes
        self.depth = depth
    }

    var covered: [UInt8] {
        var result: [UInt8] = []
        var place = 0
        for piece in pieces.sorted(by: {
            ($0.range.lowerBound, -$0.range.upperBound) < ($1.range.lowerBound, -$1.range.upperBound)
        }) {
            guard piece.range.lowerBound >= place else { continue }
            result += bytes[place..<piece.range.lowerBound] + Array(piece.text.utf8)
            place = piece.range.upperBound
        }
        return result + bytes[place...]
    }

    /// Covers the secrets in a node: those in Secrets, those in nested texts, and the values of keys whose names
    /// suggest a secret.
    ///
    /// - Parameter end: the offset at which the part after the node may begin.
    mutating func cover(_ node: YAMLNode, upTo end: Int) {
        switch node.content {
        // The node that it refers to is covered at its anchor.
        case .alias: return
        case .scalar(let scalar): coverText(scalar, of: node)
        case .sequence(let items, _):
            for (index, item) in items.enumerated() {
                cover(item, upTo: index + 1 < items.count ? items[index + 1].start.offset : end)
            }
        case .mapping(let entries, _):
            let isSecret = node["kind"]?.scalar?.text == "Secret"
            if isSecret { coverSecret(node, upTo: end) }
            for (index, entry) in entries.enumerated() where !isSecret || !Self.parts.contains(entry.name) {
                // These values are sealed already, whatever their keys suggest.
                if entry.name == "encryptedData" { continue }
                if Self.suggestsSecret(entry.name), entry.value.scalar != nil {
                    coverScalar(entry.value)
                } else {
                    cover(entry.value, upTo: index + 1 < entries.count ? entries[index + 1].key.start.offset : end)
                }
            }
            // A variable of a container, or a parameter of an Argo CD Application.
            if let name = node["name"]?.scalar?.text, Self.suggestsSecret(name), let value = node["value"] {
                coverScalar(value)
            }
        }
    }

    // MARK: Texts

    private mutating func coverText(_ scalar: YAMLScalar, of node: YAMLNode) {
        // A URL with a password in it.
        if !scalar.text.contains("\n"), scalar.text.contains(/:\/\/[^\s\/@:]*:[^\s@\/$][^\s@\/]*@/) {
            return coverScalar(node)
        }
        guard scalar.text.contains("\n") || scalar.text.hasPrefix("{") else { return }
        let masked = MaskedText(Array(scalar.text.utf8), isProse: false, depth: depth + 1)
        guard masked.text != scalar.text else { return }
        let lines = masked.text.split(separator: "\n", omittingEmptySubsequences: false)
        guard scalar.style == .literal, !masked.isUnreadable, let indentation = indentation(of: node) else {
            return add(node.start.offset, node.end.offset, placeholder)
        }
        add(
            node.start.offset, node.end.offset,
            "|\n" + lines.map { $0.isEmpty ? "" : indentation + $0 }.joined(separator: "\n"))
    }

    /// The indentation of the first line of a block scalar that is not empty.
    private func indentation(of node: YAMLNode) -> String? {
        let lines = bytes[node.start.offset..<min(node.end.offset, bytes.count)].split(separator: UInt8(ascii: "\n"))
        let line = lines.dropFirst().first { $0.contains { $0 != UInt8(ascii: " ") } }
        return line.map { String(repeating: " ", count: $0.prefix { $0 == UInt8(ascii: " ") }.count) }
    }

    // MARK: Names that suggest a secret

    /// Whether the name suggests that its value is a secret, and not the name of a Secret.
    static func suggestsSecret(_ name: String) -> Bool {
        let name = name.lowercased()
        let ofSecrets = ["existingsecret", "savedsecret", "serversecret", "tlssecret", "pullsecret", "varssecret"]
        let telling = ["password", "passwd", "token", "secret", "apikey", "privatekey", "accesskey", "authorization"]
        return telling.contains(where: name.hasSuffix)
            && !ofSecrets.contains(where: name.hasSuffix) && !name.hasPrefix("rehome_")
    }

    /// Whether the text is a variable or a template's placeholder, which reveals nothing.
    private static func isPlace(_ text: String) -> Bool {
        text.wholeMatch(of: /\$\$?\{[A-Za-z_][A-Za-z0-9_]*\}|\$\([A-Za-z_][A-Za-z0-9_]*\)|\{\{[^"'`{}]*\}\}/) != nil
    }

    private mutating func coverScalar(_ node: YAMLNode) {
        let node = node.target
        guard let text = node.scalar?.text, !text.isEmpty, !text.hasPrefix("ENC["), !Self.isPlace(text)
        else { return }
        switch node.resolved(.core) {
        case .null?, .bool?: return
        default: add(node.start.offset, node.end.offset, placeholder)
        }
    }

    // MARK: Secrets

    private static let parts: Set = ["data", "stringData"]

    private mutating func coverSecret(_ node: YAMLNode, upTo end: Int) {
        coverValues(in: node, upTo: end)
        let applied: YAMLPath = ["metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"]
        if let copy = node[at: applied] { cover(copy.target) }
    }

    /// Covers the values in a Secret, or in a mapping that a merge key brings into one.
    ///
    /// - Parameter end: the offset at which the part after the mapping may begin.
    private mutating func coverValues(in mapping: YAMLNode, upTo end: Int) {
        let entries = mapping.entries ?? []
        for (index, entry) in entries.enumerated() {
            if entry.isMerge {
                for source in entry.value.items ?? [entry.value] {
                    coverValues(in: source.target, upTo: source.target.end.offset)
                }
            } else if Self.parts.contains(entry.name) {
                // Comments before or below a value are covered too, since they may hold an old value.
                let next = index + 1 < entries.count ? entries[index + 1].key.start.offset : end
                coverValues(entry, upTo: next)
            }
        }
    }

    private mutating func coverValues(_ entry: YAMLNode.Entry, upTo end: Int) {
        coverAnchors(entry.value)
        guard case .mapping(let values, .block) = entry.value.content else { return cover(entry.value) }
        let indentation = "\n" + String(repeating: " ", count: entry.value.start.column - 1)
        add(entry.key.end.offset, startOfLine(end), ":" + values.map { indentation + line($0) }.joined() + "\n")
    }

    private mutating func cover(_ node: YAMLNode) {
        guard case .mapping(let values, _) = node.content else {
            return add(node.start.offset, node.end.offset, placeholder)
        }
        add(node.start.offset, node.end.offset, "{\(values.map(line).joined(separator: ", "))}")
    }

    /// Covers the anchor's value where a secret is an alias.
    private mutating func coverAnchors(_ node: YAMLNode) {
        if node.isAlias {
            cover(node.target)
            return coverAnchors(node.target)
        }
        for item in node.items ?? [] { coverAnchors(item) }
        for entry in node.entries ?? [] { coverAnchors(entry.value) }
    }

    private func line(_ entry: YAMLNode.Entry) -> String {
        "\(YAMLValue.string(entry.name).flowYAML()): \(placeholder)"
    }

    private mutating func add(_ start: Int, _ end: Int, _ text: String) {
        guard start < end, end <= bytes.count else { return }
        let endsLine = bytes[end - 1] == UInt8(ascii: "\n") && text.last != "\n"
        pieces.append((start..<end, endsLine ? text + "\n" : text))
    }

    /// The start of the line, so that the indentation of the next key is kept.
    private func startOfLine(_ offset: Int) -> Int {
        guard offset < bytes.count else { return bytes.count }
        var start = offset
        while start > 0, bytes[start - 1] != UInt8(ascii: "\n") { start -= 1 }
        return start
    }

    private var placeholder: String { MaskedText.placeholder }
}
