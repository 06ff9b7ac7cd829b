extension EditPlan {
    /// Gives the site's node the value; its anchor stays.
    ///
    /// - Parameter keepsTag: whether the tag stays, because the value is of the same kind.
    mutating func replace(_ site: EditSite, with value: YAMLValue, keepsTag: Bool = false) {
        let node = site.node
        let isTaggedString = node.tag == "tag:yaml.org,2002:str" && value.string != nil
        let kept = source.properties(of: node).filter { $0.isAnchor || keepsTag || isTaggedString }
        let prefix = kept.map { String(decoding: source.bytes[$0.range], as: UTF8.self) }.joined(separator: " ")
        if site.isInFlow {
            replaceInFlow(site, with: [prefix, flowText(for: value, instead: site)])
        } else if let block = blockScalar(value, instead: site) {
            replaceBlockScalar(node, with: block, prefix: prefix)
        } else {
            replaceInBlock(site, with: value, prefix: prefix)
        }
    }

    // MARK: In brackets

    private mutating func replaceInFlow(_ site: EditSite, with parts: [String]) {
        let text = parts.filter { !$0.isEmpty }.joined(separator: " ")
        let (start, end) = (site.node.start.offset, site.node.end.offset)
        guard start == end else { return splice(start..<end, text) }
        let hasColon = site.steps.last.flatMap { $0.collection.entries?[$0.index] }.map { source.colonEnd(of: $0) != nil }
        splice(start..<end, hasColon == false ? ": " + text : " " + text)
    }

    private func flowText(for value: YAMLValue, instead site: EditSite) -> String {
        inlineText(for: value, instead: site.node, inFlow: true)
            ?? YAMLEmitter.flow(value, isJSON: site.steps.last?.collection.isJSON ?? false)
    }

    // MARK: On lines

    private mutating func replaceInBlock(_ site: EditSite, with value: YAMLValue, prefix: String) {
        let node = site.node
        let start = source.contentStart(of: node)
        let end = source.contentEnd(of: node)
        let introducer = introducer(of: site)
        let isOnIntroducersLine = introducer.map { source.startOfLine($0) == source.startOfLine(start) } ?? false
        let written = text(for: value, at: site, endsText: source.startOfNextLine(end) == nil)
        // Only the first line can share the introducer's.
        let head: String
        let body: String
        if introducer == nil || written.hasPrefix(" ") || !written.utf8.starts(with: layout.lineBreak.utf8) {
            let firstBreak = written.firstRange(of: layout.lineBreak)
            head = String(decoding: written.utf8[..<firstBreak.lowerBound], as: UTF8.self).droppingPrefix(" ")
            body = String(decoding: written.utf8[firstBreak.upperBound...], as: UTF8.self)
        } else {
            head = ""
            body = String(decoding: written.utf8.dropFirst(layout.lineBreak.utf8.count), as: UTF8.self)
        }
        let isBlockScalar = node.scalar?.style == .literal || node.scalar?.style == .folded
        let line = [prefix, head].filter { !$0.isEmpty }.joined(separator: " ")

        if let introducer, isOnIntroducersLine {
            let lineEnd = isBlockScalar && !node.isAlias ? source.blockScalarHeader(of: node).upperBound : end
            replaceOnLine(introducer..<lineEnd, with: line)
            if isBlockScalar, !node.isAlias, let bodyStart = source.startOfNextLine(lineEnd), bodyStart <= end {
                replaceLines(from: bodyStart, through: end, with: body)
            } else if !body.isEmpty {
                insertLines(body, after: end)
            }
        } else if let introducer, node.style == .block || !body.isEmpty || isBlockScalar && !node.isAlias {
            let properties = source.properties(of: node)
            replaceOnLine(introducer..<(properties.last?.range.upperBound ?? introducer), with: line)
            replaceLines(from: start, through: end, with: body)
        } else {
            // Alone on its line or lines, or the document's root: the value takes the node's place.
            splice(node.start.offset..<end, line + (body.isEmpty ? "" : layout.lineBreak + body.droppingSuffix(layout.lineBreak)))
        }
    }

    /// Replaces what follows a colon or a dash up to the end of `range`, keeping the blanks in between.
    private mutating func replaceOnLine(_ range: Range<Int>, with text: String) {
        let gapEnd = min(source.skippingBlanks(range.lowerBound), range.upperBound)
        let gap = String(decoding: source.bytes[range.lowerBound..<gapEnd], as: UTF8.self)
        if !text.isEmpty {
            splice(range, (gap.isEmpty ? " " : gap) + text)
        } else if source.hasComment(after: range.upperBound) {
            splice(range, "")
        } else {
            splice(range.lowerBound..<max(range.upperBound, source.skippingBlanks(range.upperBound)), "")
        }
    }

    /// What a value comes after: the place right behind a colon, a dash or a `---` on its line; `nil` for a root that
    /// stands alone on its line.
    private func introducer(of site: EditSite) -> Int? {
        guard let step = site.steps.last else {
            let start = site.node.start.offset
            return source.isFirstInLine(start) ? nil : source.startOfLine(start) + "---".utf8.count
        }
        if let entry = step.collection.entries?[step.index] { return source.colonEnd(of: entry) ?? entry.key.end.offset }
        return source.itemStart(step.index, of: step.collection) + 1
    }

    /// The value as it is written after the site's introducer, complete lines.
    private func text(for value: YAMLValue, at site: EditSite, endsText: Bool) -> String {
        var layout = layout
        layout.allowsLiterals = layout.allowsLiterals && !endsText
        let column = site.steps.last.map { source.column(of: $0.collection) }
        // A collection of the same kind stays where it stood.
        if let column, site.node.style == .block, let old = site.node.children.isEmpty ? nil : source.column(of: site.node) - column {
            if site.node.items != nil, value.items != nil { layout.sequenceOffset = old }
            if site.node.entries != nil, value.mapping != nil { layout.step = old }
        }
        if let inline = inlineText(for: value, instead: site.node, inFlow: false) { return " " + inline + layout.lineBreak }
        var emitter = YAMLEmitter(layout: layout)
        switch site.steps.last?.collection.content {
        case .mapping?: emitter.appendAfterColon(value, column: column ?? 0)
        case .sequence?: emitter.appendAfterDash(value, column: column ?? 0)
        default: emitter.appendDocument(value)
        }
        let isRootAfterMark = site.steps.isEmpty && introducer(of: site) != nil && !value.isEmptyOrScalar
        return (isRootAfterMark ? layout.lineBreak : "") + emitter.output
    }

    // MARK: Scalars

    /// A scalar in the quotes that the former one had; `nil` where the value decides alone how it is written.
    private func inlineText(for value: YAMLValue, instead node: YAMLNode, inFlow: Bool) -> String? {
        guard let string = value.string, case .scalar(let old) = node.content else { return nil }
        switch old.style {
        case .singleQuoted: return ScalarText.singleQuoted(string)
        case .doubleQuoted: return ScalarText.doubleQuoted(string)
        default: return nil
        }
    }

    /// The value as a block scalar, where the former one was one and can be again.
    private func blockScalar(_ value: YAMLValue, instead site: EditSite) -> BlockScalarText? {
        guard let string = value.string, case .scalar(let old) = site.node.content, layout.allowsLiterals else { return nil }
        guard old.style == .literal || old.style == .folded else { return nil }
        let parent = site.steps.last.map { source.column(of: $0.collection) } ?? 0
        let indentation = source.blockScalarIndentation(of: site.node) ?? parent + layout.step
        let block = BlockScalarText(string, indentation: indentation - parent, canBeOneLine: true)
        return old.style == .literal || block?.canBeFolded == true ? block : nil
    }

    /// Writes a block scalar over another; lines that stay the same are not touched.
    private mutating func replaceBlockScalar(_ node: YAMLNode, with block: BlockScalarText, prefix: String) {
        guard case .scalar(let old) = node.content else { return }
        let header = source.blockScalarHeader(of: node)
        let end = source.contentEnd(of: node)
        let endsText = source.startOfNextLine(end) == nil
        let former = String(decoding: source.bytes[header], as: UTF8.self)
        replaceProperties(of: node, with: prefix)
        let headerText = block.header(old.style == .literal ? .literal : .folded, former: former, endsText: endsText)
        if headerText != former { splice(header, headerText) }

        let column = source.blockScalarIndentation(of: node) ?? block.indentation
        let lines = block.body(isFolded: old.style == .folded).map { $0.isEmpty ? "" : String(repeating: " ", count: column) + $0 }
        guard let bodyStart = source.startOfNextLine(header.upperBound), bodyStart <= end else {
            insertLines(lines.map { $0 + layout.lineBreak }.joined(), after: header.upperBound)
            return
        }
        // Old lines, as ranges of the text and as what they hold.
        var ranges: [Range<Int>] = []
        var start = bodyStart
        while start <= end, start < source.bytes.count {
            ranges.append(start..<source.endOfLine(start))
            guard let next = source.startOfNextLine(start) else { break }
            start = next
        }
        func isSame(_ range: Range<Int>, _ line: String) -> Bool {
            let old = source.bytes[range]
            return old.elementsEqual(line.utf8)
                || line.isEmpty && old.allSatisfy { $0 == UInt8(ascii: " ") } && old.count <= column
        }
        let shorter = min(ranges.count, lines.count)
        let prefixCount = zip(ranges, lines).prefix { isSame($0, $1) }.count
        let suffixCount = min(
            shorter - prefixCount, zip(ranges.reversed(), lines.reversed()).prefix { isSame($0, $1) }.count)
        let changed = ranges[prefixCount..<(ranges.count - suffixCount)]
        let new = lines[prefixCount..<(lines.count - suffixCount)].map { $0 + layout.lineBreak }.joined()
        if let first = changed.first, let last = changed.last {
            replaceLines(from: first.lowerBound, through: last.lowerBound, with: new)
        } else if !new.isEmpty {
            insertLines(new, after: prefixCount > 0 ? ranges[prefixCount - 1].lowerBound : header.upperBound)
        }
        if endsText, block.endsWithLineBreak { splice(source.bytes.count..<source.bytes.count, layout.lineBreak) }
    }

    private mutating func replaceProperties(of node: YAMLNode, with prefix: String) {
        let properties = source.properties(of: node)
        guard let first = properties.first, let last = properties.last else { return }
        let range = first.range.lowerBound..<last.range.upperBound
        guard !source.bytes[range].elementsEqual(prefix.utf8) else { return }
        splice(range.lowerBound..<(prefix.isEmpty ? source.skippingBlanks(range.upperBound) : range.upperBound), prefix)
    }
}

extension String {
    fileprivate func droppingPrefix(_ prefix: String) -> String { hasPrefix(prefix) ? String(dropFirst(prefix.count)) : self }

    /// Where the bytes of `other` first stand; at the end where they do not.
    fileprivate func firstRange(of other: String) -> Range<Index> {
        var start = utf8.startIndex
        while start < utf8.endIndex {
            if utf8[start...].starts(with: other.utf8) { return start..<utf8.index(start, offsetBy: other.utf8.count) }
            start = utf8.index(after: start)
        }
        return utf8.endIndex..<utf8.endIndex
    }
}
