/// Finds the parts of nodes for which libyaml gives no position.
extension SourceText {
    /// A tag or an anchor before a node's content.
    struct Property {
        let range: Range<Int>
        let isAnchor: Bool
    }

    func properties(of node: YAMLNode) -> [Property] {
        var properties: [Property] = []
        var place = node.start.offset
        for _ in 0..<((node.tag == nil ? 0 : 1) + (node.anchor == nil ? 0 : 1)) {
            place = skippingTrivia(place)
            guard let first = byte(at: place), "&!".utf8.contains(first) else { break }
            let isVerbatim = first == UInt8(ascii: "!") && byte(at: place + 1) == UInt8(ascii: "<")
            let ends: [UInt8] = isVerbatim ? Array("> \t".utf8) : Array(",[]{} \t".utf8)
            var end = place + 1
            while let byte = byte(at: end), !ends.contains(byte), breakLength(at: end) == 0 { end += 1 }
            if isVerbatim, byte(at: end) == UInt8(ascii: ">") { end += 1 }
            properties.append(Property(range: place..<end, isAnchor: first == UInt8(ascii: "&")))
            place = end
        }
        return properties
    }

    /// Where a node's content begins, after its tag and anchor.
    func contentStart(of node: YAMLNode) -> Int {
        guard let last = properties(of: node).last else { return node.start.offset }
        let isEmpty = node.scalar?.style == .plain && node.scalar?.text.isEmpty == true && !node.isAlias
        return isEmpty ? last.range.upperBound : skippingTrivia(last.range.upperBound)
    }

    /// Where a node's content ends. The final line break of a block scalar and the blank lines after it do not belong
    /// to it, unless `+` makes them content.
    func contentEnd(of node: YAMLNode) -> Int {
        switch node.content {
        case .sequence(let items, .block):
            return items.last.map(contentEnd) ?? node.end.offset
        case .mapping(let entries, .block):
            return entries.last.map { contentEnd(of: $0.value) } ?? node.end.offset
        case .scalar(let scalar) where scalar.style == .literal || scalar.style == .folded:
            let header = blockScalarHeader(of: node)
            let body = startOfNextLine(header.upperBound) ?? header.upperBound
            let keepsBlankLines = bytes[header].contains(UInt8(ascii: "+"))
            let indentation = blockScalarIndentation(of: node) ?? 0
            var end = node.end.offset
            while end > body {
                let lastLine = startOfLine(endOfLineBefore(end))
                let line = bytes(from: lastLine, to: endOfLine(lastLine))
                let isBlank = line.allSatisfy { $0 == UInt8(ascii: " ") } && line.count <= indentation
                if keepsBlankLines || !isBlank { return max(endOfLineBefore(end), lastLine) }
                end = lastLine
            }
            return header.upperBound
        default:
            return node.end.offset
        }
    }

    /// The range of the header: `|`, `>-`, `|2+` and so on.
    func blockScalarHeader(of node: YAMLNode) -> Range<Int> {
        let start = contentStart(of: node)
        var end = start
        while let byte = byte(at: end), "|>+-0123456789".utf8.contains(byte) { end += 1 }
        return start..<end
    }

    /// The column of a block scalar's lines. It is found from the first line with text, without the white space that is
    /// content; `nil` if no line has text.
    func blockScalarIndentation(of node: YAMLNode) -> Int? {
        let isSpace = { (byte: UInt8) in byte == UInt8(ascii: " ") }
        let content = (node.scalar?.text ?? "").utf8.split(separator: UInt8(ascii: "\n")).first {
            !$0.allSatisfy(isSpace)
        }
        var line = startOfNextLine(blockScalarHeader(of: node).upperBound)
        while let content, let start = line, start < node.end.offset {
            let text = bytes(from: start, to: bytes.count).prefix(while: isSpace).endIndex
            if text < bytes.count, breakLength(at: text) == 0 {
                return text - start - content.prefix(while: isSpace).count
            }
            line = startOfNextLine(start)
        }
        return nil
    }

    /// The offset of the entry's key, or of the `?` before it.
    func entryStart(_ index: Int, of mapping: YAMLNode) -> Int {
        guard let entries = mapping.entries, index > 0 else { return contentStart(of: mapping) }
        return skippingTrivia(contentEnd(of: entries[index - 1].value))
    }

    /// The offset of the item's `-`.
    func itemStart(_ index: Int, of sequence: YAMLNode) -> Int {
        guard let items = sequence.items, index > 0 else { return contentStart(of: sequence) }
        return skippingTrivia(contentEnd(of: items[index - 1]))
    }

    /// The offset right after the entry's colon; `nil` for a key without one.
    func colonEnd(of entry: YAMLNode.Entry) -> Int? {
        let place = skippingTrivia(entry.key.end.offset)
        guard byte(at: place) == UInt8(ascii: ":"), place <= entry.value.start.offset else { return nil }
        return place + 1
    }

    /// The column, from 0, of a block collection's keys or dashes.
    func column(of collection: YAMLNode) -> Int { column(contentStart(of: collection)) }
}
