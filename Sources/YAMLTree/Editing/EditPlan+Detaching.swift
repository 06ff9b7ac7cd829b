/// What makes an edit's place its own.
extension EditPlan {
    /// Writes out a node in the place of an alias of it.
    mutating func spell(_ node: YAMLNode, at site: EditSite, properties: String) {
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

    /// Gives a mapping an entry of its own that it has by a merge key so far.
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

    /// Takes a node's anchor away, with the blanks that set it apart.
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
