/// Replacements of scalars by scalars.
extension EditPlan {
    /// A scalar with the quotes of the former one; `nil` where only the value decides on its form.
    func inlineText(for value: YAMLValue, instead node: YAMLNode) -> String? {
        guard let string = value.string, case .scalar(let old) = node.content else { return nil }
        switch old.style {
        case .singleQuoted: return ScalarText.singleQuoted(string)
        case .doubleQuoted: return ScalarText.doubleQuoted(string)
        default: return nil
        }
    }

    /// The value as a block scalar, and the column of its lines, if the former value was a block scalar and the new one
    /// can be.
    func blockScalar(_ value: YAMLValue, instead site: EditSite) -> (text: BlockScalarText, column: Int)? {
        guard let string = value.string, case .scalar(let old) = site.node.content, layout.allowsLiterals else {
            return nil
        }
        guard old.style == .literal || old.style == .folded else { return nil }
        let parent = site.steps.last.map { source.column(of: $0.collection) } ?? 0
        let column = source.blockScalarIndentation(of: site.node) ?? parent + layout.step
        guard let block = BlockScalarText(string, indentation: column - parent, canBeOneLine: true) else { return nil }
        return old.style == .literal || block.canBeFolded ? (block, column) : nil
    }

    /// Replaces a block scalar by another. Lines that stay the same are not touched.
    mutating func replaceBlockScalar(_ node: YAMLNode, with block: BlockScalarText, column: Int, prefix: String) {
        guard case .scalar(let old) = node.content else { return }
        let header = source.blockScalarHeader(of: node)
        let end = source.contentEnd(of: node)
        let endsText = source.startOfNextLine(end) == nil
        let former = source.text(from: header.lowerBound, to: header.upperBound)
        replaceProperties(of: node, with: prefix)
        let headerText = block.header(old.style == .literal ? .literal : .folded, former: former, endsText: endsText)
        if headerText != former { splice(from: header.lowerBound, to: header.upperBound, headerText) }

        let lines = block.body(isFolded: old.style == .folded).map {
            $0.isEmpty ? "" : String(repeating: " ", count: column) + $0
        }
        guard let bodyStart = source.startOfNextLine(header.upperBound), bodyStart <= end else {
            insertLines(lines.map { $0 + layout.lineBreak }.joined(), after: header.upperBound)
            return
        }
        replaceDifferingLines(from: bodyStart, through: end, by: lines, column: column)
        if endsText, block.endsWithLineBreak { insert(layout.lineBreak, at: source.bytes.count) }
    }

    /// Replaces the lines from `bodyStart` through that of `end`, except those at both ends that stay the same.
    private mutating func replaceDifferingLines(from bodyStart: Int, through end: Int, by lines: [String], column: Int)
    {
        var ranges: [Range<Int>] = []
        var start = bodyStart
        while start <= end, start < source.bytes.count {
            ranges.append(start..<source.endOfLine(start))
            guard let next = source.startOfNextLine(start) else { break }
            start = next
        }
        func isSame(_ range: Range<Int>, _ line: String) -> Bool {
            let old = source.bytes(from: range.lowerBound, to: range.upperBound)
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
            insertLines(new, after: prefixCount > 0 ? ranges[prefixCount - 1].lowerBound : bodyStart - 1)
        }
    }

    private mutating func replaceProperties(of node: YAMLNode, with prefix: String) {
        let properties = source.properties(of: node)
        guard let first = properties.first, let last = properties.last else { return }
        let (start, end) = (first.range.lowerBound, last.range.upperBound)
        guard !source.bytes(from: start, to: end).elementsEqual(prefix.utf8) else { return }
        splice(from: start, to: prefix.isEmpty ? source.skippingBlanks(end) : end, prefix)
    }
}
