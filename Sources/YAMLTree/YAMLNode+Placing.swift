extension YAMLNode {
    /// A tree without a text, for a value that is given in another form. All its nodes have the same position.
    public static func made(_ value: YAMLValue, at place: YAMLPosition) -> YAMLNode {
        func scalar(_ text: String, _ style: YAMLScalar.Style) -> YAMLNode {
            YAMLNode(
                content: .scalar(YAMLScalar(text: text, style: style)), tag: nil, anchor: nil, start: place, end: place)
        }
        let content: Content =
            switch value {
            case .sequence(let items): .sequence(items.map { made($0, at: place) }, .flow)
            case .mapping(let mapping):
                .mapping(
                    mapping.map { Entry(key: scalar($0.key, .doubleQuoted), value: made($0.value, at: place)) }, .flow)
            case .string(let text): .scalar(YAMLScalar(text: text, style: .doubleQuoted))
            case .null: .scalar(YAMLScalar(text: "null", style: .plain))
            case .bool(let flag): .scalar(YAMLScalar(text: String(flag), style: .plain))
            case .int(let number): .scalar(YAMLScalar(text: String(number), style: .plain))
            case .float(let number): .scalar(YAMLScalar(text: String(number), style: .plain))
            }
        return YAMLNode(content: content, tag: nil, anchor: nil, start: place, end: place)
    }

    /// The same tree with all nodes at one position, for a text that has no lines of its own in the file.
    public func placed(at place: YAMLPosition) -> YAMLNode { moved { _ in place } }

    /// The same tree with other positions.
    func moved(_ place: (YAMLPosition) -> YAMLPosition) -> YAMLNode {
        // A node that aliases share is moved once, however many aliases there are.
        var done: [ObjectIdentifier: YAMLNode] = [:]
        func moved(_ node: YAMLNode) -> YAMLNode {
            if let known = done[ObjectIdentifier(node)] { return known }
            let content: Content =
                switch node.content {
                case .scalar(let scalar): .scalar(scalar)
                case .sequence(let items, let style): .sequence(items.map(moved), style)
                case .mapping(let entries, let style):
                    .mapping(entries.map { Entry(key: moved($0.key), value: moved($0.value)) }, style)
                case .alias(let name, let target): .alias(name, target: moved(target))
                }
            let result = YAMLNode(
                content: content, tag: node.tag, anchor: node.anchor, start: place(node.start), end: place(node.end))
            done[ObjectIdentifier(node)] = result
            return result
        }
        return moved(self)
    }
}
