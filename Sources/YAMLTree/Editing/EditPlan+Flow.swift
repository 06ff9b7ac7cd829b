/// Edits of flow collections.
extension EditPlan {
    /// Inserts `text` after the child with the index, or as the first child into empty brackets. It gets a line of its
    /// own where the other children have theirs.
    ///
    /// - Throws: ``YAMLError`` for the mapping in `[key: value]`, which has no brackets of its own.
    mutating func insertInFlow(_ text: String, after index: Int?, of collection: YAMLNode) throws(YAMLError) {
        let open = source.contentStart(of: collection)
        guard hasBrackets(collection) else {
            throw YAMLError(
                at: collection.start, "a mapping without braces stands in a list here", expected: "braces around it")
        }
        guard let index else { return insert(text, at: open + 1) }
        let end = childEnd(index, of: collection)
        let comma = source.skippingTrivia(end)
        let hasComma = source.byte(at: comma) == UInt8(ascii: ",")
        let start = childStart(index, of: collection)
        let anchor = hasComma ? comma + 1 : end
        // A colon right before the comma would be one token with it.
        let gap = !hasComma && source.byte(at: end - 1) == UInt8(ascii: ":") ? " " : ""
        guard source.isFirstInLine(start) else {
            insert(hasComma ? " \(text)," : "\(gap), \(text)", at: anchor)
            return
        }
        let indentation = source.text(from: source.startOfLine(start), to: start)
        let rest = source.skippingBlanks(anchor)
        let endsLine = source.endOfLine(anchor) == rest || source.hasComment(after: anchor)
        let place = endsLine ? source.endOfLine(anchor) : anchor
        if hasComma {
            insert("\(layout.lineBreak)\(indentation)\(text),", at: place)
        } else {
            insert(gap + ",", at: end)
            insert("\(layout.lineBreak)\(indentation)\(text)", at: place)
        }
    }

    mutating func removeFromFlow(_ index: Int, of collection: YAMLNode) {
        let start = childStart(index, of: collection)
        let end = childEnd(index, of: collection)
        guard hasBrackets(collection) else { return splice(from: start, to: end, "{}") }
        let comma = source.skippingTrivia(end)
        let hasComma = source.byte(at: comma) == UInt8(ascii: ",")
        let last = hasComma ? comma + 1 : end
        let endsLine = source.endOfLine(last) == source.skippingBlanks(last) || source.hasComment(after: last)
        let hasOwnLines = source.isFirstInLine(start) && endsLine

        if !hasComma, index > 0 {
            // With the last child, the comma before it is removed.
            let before = source.skippingTrivia(childEnd(index - 1, of: collection))
            let isAdjacent = source.isWhiteSpace(from: before + 1, to: start)
            if isAdjacent, !hasOwnLines { return splice(from: before, to: end, "") }
            splice(from: before, to: before + 1, "")
        }
        if hasOwnLines {
            replaceLines(from: start, through: last, with: "")
        } else {
            splice(from: start, to: max(last, hasComma ? source.skippingBlanks(last) : last), "")
        }
    }

    private func hasBrackets(_ collection: YAMLNode) -> Bool {
        source.byte(at: source.contentStart(of: collection)).map { "[{".utf8.contains($0) } ?? false
    }

    private func childStart(_ index: Int, of collection: YAMLNode) -> Int {
        let open = source.contentStart(of: collection)
        guard index > 0 else { return hasBrackets(collection) ? source.skippingTrivia(open + 1) : open }
        let comma = source.skippingTrivia(childEnd(index - 1, of: collection))
        return source.skippingTrivia(comma + 1)
    }

    private func childEnd(_ index: Int, of collection: YAMLNode) -> Int {
        (collection.items?[index] ?? collection.entries?[index].value)?.end.offset ?? collection.end.offset
    }
}

extension EditSite {
    /// Whether the brackets around the site, or at it, are written as JSON, so that what is inserted must be JSON, too.
    var isJSON: Bool { node.isJSON || steps.contains { $0.collection.isJSON } }
}

extension YAMLNode {
    /// Whether a flow collection is written as JSON: all strings and keys in it have double quotes.
    var isJSON: Bool {
        switch content {
        case .mapping(let entries, .flow): entries.first?.key.scalar?.style == .doubleQuoted
        case .sequence(let items, .flow):
            items.first.map { $0.isJSON || $0.scalar?.style == .doubleQuoted } ?? false
        default: false
        }
    }
}
