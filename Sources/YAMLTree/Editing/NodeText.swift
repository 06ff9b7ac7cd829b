/// A copy of a node as text. Aliases and merge keys are replaced by what they refer to, scalars stay as they were
/// written, and anchors and comments are left out.
///
/// The value alone would not do: `0640` is 416 to some readers and not to others, and must stay so.
struct NodeText {
    let layout: YAMLLayout
    let source: SourceText

    /// The text after a colon at `column`, or a dash: complete lines, the first without its indentation.
    ///
    /// - Parameter properties: an anchor to write before it.
    func afterColon(_ node: YAMLNode, column: Int, properties: String) -> String {
        let node = node.target
        let prefix = self.properties(of: node, and: properties)
        guard let isSequence = node.isNonEmptyBlock else { return "\(prefix) \(inline(node))\(layout.lineBreak)" }
        let child = column + (isSequence ? layout.sequenceOffset : layout.step)
        return prefix + layout.lineBreak + spaces(child) + block(node, column: child)
    }

    /// Like ``afterColon(_:column:properties:)``, for a dash at `column`.
    func afterDash(_ node: YAMLNode, column: Int, properties: String) -> String {
        let node = node.target
        let prefix = self.properties(of: node, and: properties)
        guard node.isNonEmptyBlock != nil else { return "\(prefix) \(inline(node))\(layout.lineBreak)" }
        let child = column + layout.dashWidth
        // After an anchor, a block begins on a new line.
        let gap = prefix.isEmpty ? spaces(layout.dashWidth - 1) : prefix + layout.lineBreak + spaces(child)
        return gap + block(node, column: child)
    }

    /// The node on one line.
    func inline(_ node: YAMLNode, inFlow: Bool = false) -> String {
        let node = node.target
        switch node.content {
        case .scalar(let scalar): return text(of: node, scalar, inFlow: inFlow)
        case .sequence(let items, _): return "[" + items.map { inlineWithTag($0) }.joined(separator: ", ") + "]"
        case .mapping(let entries, _):
            let texts = (node.mergedEntries ?? entries).map {
                "\(keyText($0, inFlow: true)): \(inlineWithTag($0.value))"
            }
            return "{" + texts.joined(separator: ", ") + "}"
        case .alias: return ""
        }
    }

    private func inlineWithTag(_ node: YAMLNode) -> String {
        properties(of: node.target, and: "").droppingPrefix(" ").appendingWord(inline(node, inFlow: true))
    }

    /// A collection's lines, the first without its indentation.
    private func block(_ node: YAMLNode, column: Int) -> String {
        if let items = node.items {
            return items.map { "-" + afterDash($0, column: column, properties: "") }.joined(separator: spaces(column))
        }
        return (node.mergedEntries ?? []).map { entry in
            keyText(entry, inFlow: false) + ":" + afterColon(entry.value, column: column, properties: "")
        }.joined(separator: spaces(column))
    }

    // MARK: Pieces

    private func keyText(_ entry: YAMLNode.Entry, inFlow: Bool) -> String {
        let key = entry.key.target
        guard case .scalar(let scalar) = key.content else { return "" }
        return properties(of: key, and: "").droppingPrefix(" ").appendingWord(text(of: key, scalar, inFlow: inFlow))
    }

    /// Tag and anchor, each with a blank before it.
    private func properties(of node: YAMLNode, and more: String) -> String {
        let tags = source.properties(of: node).filter { !$0.isAnchor }.map {
            source.text(from: $0.range.lowerBound, to: $0.range.upperBound)
        }
        return ([more] + tags).filter { !$0.isEmpty }.map { " " + $0 }.joined()
    }

    private func text(of node: YAMLNode, _ scalar: YAMLScalar, inFlow: Bool) -> String {
        if scalar.style == .plain {
            if scalar.text.isEmpty { return "null" }
            // Words and numbers only keep their meaning without quotes.
            if node.tag != nil || node.resolved(.core)?.string == nil || node.isAmbiguous { return scalar.text }
        }
        return ScalarText.text(for: scalar.text, inFlow: inFlow)
    }

    private func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }
}

extension YAMLNode {
    /// Whether a collection that needs its own lines is a sequence; `nil` for a node that fits on one line.
    fileprivate var isNonEmptyBlock: Bool? {
        switch content {
        case .sequence(let items, .block) where !items.isEmpty: true
        case .mapping(let entries, .block) where !entries.isEmpty: false
        default: nil
        }
    }
}

extension String {
    fileprivate func appendingWord(_ word: String) -> String { isEmpty ? word : self + " " + word }
}
