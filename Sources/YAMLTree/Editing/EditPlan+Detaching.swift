/// Detachments, which end the sharing of a node before it is edited.
extension EditPlan {
    /// Replaces an alias by a copy of its node.
    mutating func writeOut(_ node: YAMLNode, at site: EditSite, properties: String) {
        let text = NodeText(layout: layout, source: source)
        let column = site.steps.last.map { source.column(of: $0.collection) } ?? 0
        if site.isInFlow {
            let words = [properties, text.inline(node, inFlow: true)].filter { !$0.isEmpty }.joined(separator: " ")
            splice(from: site.node.start.offset, to: site.node.end.offset, words)
        } else if site.steps.last?.collection.items != nil {
            replaceInBlock(site, with: text.afterDash(node, column: column, properties: properties), prefix: "")
        } else {
            replaceInBlock(site, with: text.afterColon(node, column: column, properties: properties), prefix: "")
        }
    }

    /// Writes an entry that comes from a merge key into the mapping itself.
    mutating func own(_ key: String, _ value: YAMLNode, at site: EditSite) throws(YAMLError) {
        let text = NodeText(layout: layout, source: source)
        guard site.node.style != .flow else {
            let entry = YAMLEmitter.keyText(key, inFlow: true) + ": " + text.inline(value, inFlow: true)
            return try insertInFlow(entry, after: site.node.entries?.indices.last, of: site.node)
        }
        let column = source.column(of: site.node)
        let lines = YAMLEmitter.keyText(key) + ":" + text.afterColon(value, column: column, properties: "")
        insertLines(String(repeating: " ", count: column) + lines, after: source.contentEnd(of: site.node))
    }

    /// Removes a node's anchor, with the blanks that separate it.
    mutating func removeAnchor(of node: YAMLNode) {
        guard let range = source.properties(of: node).first(where: \.isAnchor)?.range else { return }
        let before = source.skippingBlanksBackwards(range.lowerBound)
        if before < range.lowerBound, !source.isFirstInLine(range.lowerBound) {
            splice(from: before, to: range.upperBound, "")
        } else {
            splice(from: range.lowerBound, to: source.skippingBlanks(range.upperBound), "")
        }
    }
}
