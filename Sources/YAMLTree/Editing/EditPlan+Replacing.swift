extension EditPlan {
    /// Replaces the site's node by the value. Its anchor stays.
    ///
    /// - Parameter keepsTag: whether the tag stays, because the value is of the same kind.
    mutating func replace(_ site: EditSite, with value: YAMLValue, keepsTag: Bool = false) {
        let node = site.node
        let isTaggedString = node.tag == "tag:yaml.org,2002:str" && value.string != nil
        let kept = source.properties(of: node).filter { $0.isAnchor || keepsTag || isTaggedString }
        let prefix = kept.map { source.text(from: $0.range.lowerBound, to: $0.range.upperBound) }.joined(separator: " ")
        if site.isInFlow {
            replaceInFlow(site, with: [prefix, flowText(for: value, instead: site)])
        } else if let step = site.steps.last, let entry = step.collection.entries?[step.index],
            source.colonEnd(of: entry) == nil
        {
            // The site is a key after `?` without a value.
            let column = source.column(of: step.collection)
            insertLines(after: entry.key.end.offset, column: column) { $0.appendColon(value, column: column) }
        } else if let (block, column) = blockScalar(value, instead: site) {
            replaceBlockScalar(node, with: block, column: column, prefix: prefix)
        } else {
            replaceInBlock(site, with: value, prefix: prefix)
        }
    }

    // MARK: In brackets

    private mutating func replaceInFlow(_ site: EditSite, with parts: [String]) {
        let text = parts.filter { !$0.isEmpty }.joined(separator: " ")
        let (start, end) = (site.node.start.offset, site.node.end.offset)
        guard start == end else { return splice(from: start, to: end, text) }
        let hasColon = site.steps.last.flatMap { $0.collection.entries?[$0.index] }.map {
            source.colonEnd(of: $0) != nil
        }
        splice(from: start, to: end, hasColon == false ? ": " + text : " " + text)
    }

    private func flowText(for value: YAMLValue, instead site: EditSite) -> String {
        inlineText(for: value, instead: site.node)
            ?? YAMLEmitter.flow(value, isJSON: site.isJSON)
    }

    // MARK: On lines

    private mutating func replaceInBlock(_ site: EditSite, with value: YAMLValue, prefix: String) {
        let endsText = source.startOfNextLine(source.contentEnd(of: site.node)) == nil
        replaceInBlock(
            site, with: text(for: value, at: site, hasPrefix: !prefix.isEmpty, endsText: endsText), prefix: prefix)
    }

    /// - Parameter written: complete lines, in the form in which they follow a colon or a dash.
    mutating func replaceInBlock(_ site: EditSite, with written: String, prefix: String) {
        let node = site.node
        let start = source.contentStart(of: node)
        let end = source.contentEnd(of: node)
        let introducer = introducer(of: site)
        let isOnIntroducersLine = introducer.map { source.startOfLine($0) == source.startOfLine(start) } ?? false
        // The first line is on that of the colon or dash, and is empty before a block.
        let firstBreak = written.firstRange(of: layout.lineBreak)
        let head = String(decoding: written.utf8[..<firstBreak.lowerBound], as: UTF8.self).droppingPrefix(" ")
        let body = String(decoding: written.utf8[firstBreak.upperBound...], as: UTF8.self)
        let line = [prefix, head].filter { !$0.isEmpty }.joined(separator: " ")

        if let introducer, isOnIntroducersLine {
            let lineEnd = node.isBlockScalar ? source.blockScalarHeader(of: node).upperBound : end
            replaceOnLine(from: introducer, to: lineEnd, with: line)
            if node.isBlockScalar, let bodyStart = source.startOfNextLine(lineEnd), bodyStart <= end {
                replaceLines(from: bodyStart, through: end, with: body)
            } else if !body.isEmpty {
                // Comments below an empty value are about the value that is written now.
                let column = site.steps.last.map { source.column(of: $0.collection) } ?? -1
                insertLines(body, after: node.isNull ? source.endOfComments(after: end, deeperThan: column) : end)
            }
        } else if let introducer, node.style == .block || !body.isEmpty || node.isBlockScalar {
            let properties = source.properties(of: node)
            replaceOnLine(from: introducer, to: properties.last?.range.upperBound ?? introducer, with: line)
            replaceLines(from: start, through: end, with: body)
        } else {
            // The node has lines of its own, or is the document's root: the value takes its place.
            splice(
                from: node.start.offset, to: end,
                line + (body.isEmpty ? "" : layout.lineBreak + body.droppingSuffix(layout.lineBreak)))
        }
    }

    /// Replaces what follows a colon or a dash that ends at `start`, and keeps the blanks in between.
    private mutating func replaceOnLine(from start: Int, to end: Int, with text: String) {
        let gap = source.text(from: start, to: min(source.skippingBlanks(start), end))
        if !text.isEmpty {
            splice(from: start, to: end, (gap.isEmpty ? " " : gap) + text)
        } else if source.hasComment(after: end) {
            splice(from: start, to: end, "")
        } else {
            splice(from: start, to: max(end, source.skippingBlanks(end)), "")
        }
    }

    /// The offset right after the colon, the dash or the `---` that the value follows on its line; `nil` for a root on
    /// lines of its own.
    private func introducer(of site: EditSite) -> Int? {
        guard let step = site.steps.last else {
            let start = site.node.start.offset
            return source.isFirstInLine(start) ? nil : source.startOfLine(start) + "---".utf8.count
        }
        if let entry = step.collection.entries?[step.index] {
            return source.colonEnd(of: entry) ?? entry.key.end.offset
        }
        return source.itemStart(step.index, of: step.collection) + 1
    }

    /// The value as complete lines, in the form in which it follows the site's colon or dash.
    private func text(for value: YAMLValue, at site: EditSite, hasPrefix: Bool, endsText: Bool) -> String {
        var layout = layout
        layout.allowsLiterals = layout.allowsLiterals && !endsText
        let column = site.steps.last.map { source.column(of: $0.collection) }
        // A collection of the same kind keeps its indentation.
        if let column, site.node.style == .block,
            let old = site.node.children.isEmpty ? nil : source.column(of: site.node) - column
        {
            if site.node.items != nil, value.items != nil { layout.sequenceOffset = old }
            if site.node.entries != nil, value.mapping != nil { layout.step = old }
        }
        if let column, let step = site.steps.last, step.collection.items != nil {
            let start = source.contentStart(of: site.node)
            let sharesDashsLine =
                source.startOfLine(start) == source.startOfLine(source.itemStart(step.index, of: step.collection))
            let width = source.column(start) - column
            if sharesDashsLine, !hasPrefix, width > 1 { layout.dashWidth = width }
        }
        if let inline = inlineText(for: value, instead: site.node) {
            return " " + inline + layout.lineBreak
        }
        var emitter = YAMLEmitter(layout: layout)
        let hasColon = site.steps.last?.collection.entries != nil
        switch site.steps.last?.collection.content {
        case .mapping?: emitter.appendAfterColon(value, column: column ?? 0)
        case .sequence?: emitter.appendAfterDash(value, column: column ?? 0)
        default: emitter.appendDocument(value)
        }
        // A block cannot begin on the line of a `---`. After an anchor, its first key would get the anchor.
        let isRootAfterMark = site.steps.isEmpty && introducer(of: site) != nil
        guard !value.isEmptyOrScalar, !hasColon, isRootAfterMark || hasPrefix else { return emitter.text }
        let indentation = String(repeating: " ", count: column.map { $0 + layout.dashWidth } ?? 0)
        return layout.lineBreak + indentation + emitter.text
    }
}

extension String {
    /// Compares bytes: to Swift a space and a combining mark after it are one character.
    func droppingPrefix(_ prefix: String) -> String {
        utf8.starts(with: prefix.utf8) ? String(decoding: utf8.dropFirst(prefix.utf8.count), as: UTF8.self) : self
    }

    /// The range in which the bytes of `other` first occur; an empty one at the end if they do not.
    fileprivate func firstRange(of other: String) -> Range<Index> {
        var start = utf8.startIndex
        while start < utf8.endIndex {
            if utf8[start...].starts(with: other.utf8) { return start..<utf8.index(start, offsetBy: other.utf8.count) }
            start = utf8.index(after: start)
        }
        return utf8.endIndex..<utf8.endIndex
    }
}
