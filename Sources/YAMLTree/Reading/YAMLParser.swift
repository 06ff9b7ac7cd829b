import CLibYAML

/// Builds nodes from libyaml's events. All pointers of libyaml are used here only.
struct YAMLParser {
    /// The most nodes in a text. Each takes some hundred bytes of memory.
    private static let maximumNodes = 1_000_000

    private let name: String
    private let bytes: [UInt8]
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private var cursor: CharacterCursor
    private var event = yaml_event_t()
    /// The nodes with an anchor in the current document. Of several with the same name, the latest counts.
    private var anchors: [String: YAMLNode] = [:]
    /// Anchors whose node is not complete yet.
    private var openAnchors: Set<String> = []
    private var depth = 0
    private var nodeCount = 0

    static func documents(of bytes: [UInt8], name: String) throws(YAMLError) -> [YAMLDocument] {
        let isASCII = try SourceCheck.check(bytes, name: name)
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        defer { parser.deallocate() }
        guard yaml_parser_initialize(parser) == 1 else {
            throw YAMLError(at: YAMLPosition(file: name, line: 1, column: 1, offset: 0), "libyaml has no memory left")
        }
        defer { yaml_parser_delete(parser) }
        // The encoding is set because libyaml would otherwise take some bytes for UTF-16.
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        let markLength = SourceCheck.byteOrderMarkLength(bytes)
        // `withUnsafeBufferPointer` does not rethrow typed errors, so the result is returned as a value.
        let outcome: Result<[YAMLDocument], YAMLError> = bytes.withUnsafeBufferPointer { buffer in
            let text = UnsafeBufferPointer(rebasing: buffer[markLength...])
            yaml_parser_set_input_string(parser, text.baseAddress, text.count)
            var reader = YAMLParser(
                name: name, bytes: bytes, parser: parser, cursor: CharacterCursor(start: markLength, isASCII: isASCII))
            defer { yaml_event_delete(&reader.event) }
            do throws(YAMLError) { return .success(try reader.stream()) } catch { return .failure(error) }
        }
        return try outcome.get()
    }

    private init(name: String, bytes: [UInt8], parser: UnsafeMutablePointer<yaml_parser_t>, cursor: CharacterCursor) {
        self.name = name
        self.bytes = bytes
        self.parser = parser
        self.cursor = cursor
    }

    // MARK: Events

    /// Makes the next event current.
    private mutating func advance() throws(YAMLError) {
        yaml_event_delete(&event)
        guard yaml_parser_parse(parser, &event) == 1 else { throw parserError() }
    }

    private mutating func stream() throws(YAMLError) -> [YAMLDocument] {
        var documents: [YAMLDocument] = []
        while event.type != YAML_STREAM_END_EVENT {
            try advance()
            guard event.type == YAML_DOCUMENT_START_EVENT else { continue }
            anchors.removeAll()
            let start = position(event.start_mark)
            let rootPlace = position(event.end_mark)
            try advance()
            let root = try node(emptyAt: rootPlace)
            try advance()
            documents.append(YAMLDocument(root: root, start: start, end: position(event.start_mark)))
        }
        return documents
    }

    /// The node that begins at the current event. Afterwards its last event is current.
    ///
    /// - Parameter place: the position of a node without text. libyaml's position would be that of the next token.
    private mutating func node(emptyAt place: YAMLPosition? = nil) throws(YAMLError) -> YAMLNode {
        let start = position(event.start_mark)
        nodeCount += 1
        guard nodeCount <= Self.maximumNodes else {
            throw YAMLError(
                at: start, "the file has more than \(Self.maximumNodes) nodes",
                expected: "a file of its own for what is not concerned")
        }
        switch event.type {
        case YAML_ALIAS_EVENT:
            return try alias(text(event.data.alias.anchor), start: start, end: position(event.end_mark))
        case YAML_SCALAR_EVENT:
            return scalar(start: start, emptyAt: place)
        case YAML_SEQUENCE_START_EVENT:
            let data = event.data.sequence_start
            return try collection(tag: data.tag, anchor: data.anchor, start: start) { reader, end throws(YAMLError) in
                let style: YAMLNode.CollectionStyle = data.style == YAML_FLOW_SEQUENCE_STYLE ? .flow : .block
                return .sequence(try reader.items(end: &end, style: style), style)
            }
        case YAML_MAPPING_START_EVENT:
            let data = event.data.mapping_start
            return try collection(tag: data.tag, anchor: data.anchor, start: start) { reader, end throws(YAMLError) in
                let style: YAMLNode.CollectionStyle = data.style == YAML_FLOW_MAPPING_STYLE ? .flow : .block
                return .mapping(try reader.entries(end: &end, style: style), style)
            }
        default:
            throw YAMLError(at: start, "libyaml reported an event out of order")
        }
    }

    private func alias(_ name: String, start: YAMLPosition, end: YAMLPosition) throws(YAMLError) -> YAMLNode {
        guard !openAnchors.contains(name) else {
            throw YAMLError(at: start, "the alias *\(name) stands inside the node that it refers to")
        }
        guard let target = anchors[name] else {
            throw YAMLError(at: start, "the alias *\(name) refers to nothing", expected: "an anchor &\(name) before it")
        }
        return YAMLNode(content: .alias(name, target: target), tag: nil, anchor: nil, start: start, end: end)
    }

    private mutating func scalar(start: YAMLPosition, emptyAt place: YAMLPosition?) -> YAMLNode {
        let data = event.data.scalar
        let value = String(
            decoding: UnsafeBufferPointer(start: data.value, count: data.length), as: UTF8.self)
        let style: YAMLScalar.Style =
            switch data.style {
            case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
            case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
            case YAML_LITERAL_SCALAR_STYLE: .literal
            case YAML_FOLDED_SCALAR_STYLE: .folded
            default: .plain
            }
        var start = start
        var end = position(event.end_mark)
        if let place, start.offset == end.offset { (start, end) = (place, place) }
        let node = YAMLNode(
            content: .scalar(YAMLScalar(text: value, style: style)),
            tag: optionalText(data.tag), anchor: optionalText(data.anchor), start: start, end: end)
        if let anchor = node.anchor { anchors[anchor] = node }
        return node
    }

    private mutating func collection(
        tag: UnsafeMutablePointer<yaml_char_t>?, anchor: UnsafeMutablePointer<yaml_char_t>?, start: YAMLPosition,
        content read: (inout YAMLParser, inout YAMLPosition) throws(YAMLError) -> YAMLNode.Content
    ) throws(YAMLError) -> YAMLNode {
        guard depth < YAMLExtent.maximumDepth else {
            throw YAMLError(at: start, "this is nested more than \(YAMLExtent.maximumDepth) levels deep")
        }
        // Copied here, since the next event frees them.
        let (tag, anchor) = (optionalText(tag), optionalText(anchor))
        let shadowed = anchor.map { openAnchors.insert($0).inserted } == false
        depth += 1
        defer { depth -= 1 }
        var end = start
        let content = try read(&self, &end)
        let node = YAMLNode(content: content, tag: tag, anchor: anchor, start: start, end: end)
        if let excess = node.extent.excess(at: start) { throw excess }
        if let anchor {
            if !shadowed { openAnchors.remove(anchor) }
            anchors[anchor] = node
        }
        return node
    }

    private mutating func items(end: inout YAMLPosition, style: YAMLNode.CollectionStyle) throws(YAMLError)
        -> [YAMLNode]
    {
        var items: [YAMLNode] = []
        try advance()
        while event.type != YAML_SEQUENCE_END_EVENT {
            let item = try node()
            end = item.end
            items.append(item)
            try advance()
        }
        if style == .flow { end = position(event.end_mark) }
        return items
    }

    private mutating func entries(
        end: inout YAMLPosition, style: YAMLNode.CollectionStyle
    ) throws(YAMLError) -> [YAMLNode.Entry] {
        var entries: [YAMLNode.Entry] = []
        var names = DistinctTexts()
        try advance()
        while event.type != YAML_MAPPING_END_EVENT {
            guard event.type == YAML_SCALAR_EVENT || event.type == YAML_ALIAS_EVENT else {
                throw YAMLError(
                    at: position(event.start_mark), "a list or a mapping stands as a key",
                    expected: "a string as the key")
            }
            let key = try node()
            guard let name = key.scalar?.text else {
                throw YAMLError(
                    at: key.start, "\(key.kind), a list or a mapping, stands as a key", expected: "a string")
            }
            guard names.insert(name) else {
                let first = entries.first { $0.name.isSameText(as: name) }
                throw YAMLError(
                    at: key.start, "the key '\(name)' is given twice",
                    expected: "it once; it is first given in \(line: first?.key.start ?? key.start)")
            }
            try advance()
            let value = try node(emptyAt: emptyPlace(after: key.end))
            end = value.end
            entries.append(YAMLNode.Entry(key: key, value: value))
            try advance()
        }
        if style == .flow { end = position(event.end_mark) }
        return entries
    }

    // MARK: Places and texts

    private mutating func position(_ mark: yaml_mark_t) -> YAMLPosition {
        YAMLPosition(
            file: name, line: mark.line + 1, column: mark.column + 1,
            offset: cursor.offset(ofCharacter: mark.index, in: bytes))
    }

    /// The position of an empty value: after the colon, or after a key without one. `nil` if the colon is on a later
    /// line, as after `?`, where libyaml's own position is right.
    private func emptyPlace(after key: YAMLPosition) -> YAMLPosition? {
        let source = SourceText(bytes: bytes)
        let colon = source.skippingTrivia(key.offset)
        guard source.byte(at: colon) == UInt8(ascii: ":") else { return key }
        guard colon == source.skippingBlanks(key.offset) else { return nil }
        return YAMLPosition(file: name, line: key.line, column: key.column + colon + 1 - key.offset, offset: colon + 1)
    }

    private func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String { optionalText(pointer) ?? "" }

    private func optionalText(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        pointer.map { String(decodingCString: $0, as: UTF8.self) }
    }

    private mutating func parserError() -> YAMLError {
        let parser = parser.pointee
        let problem = parser.problem.map { String(cString: $0) } ?? "libyaml cannot read this"
        var begun: (what: String, at: YAMLPosition)?
        if let context = parser.context, parser.context_mark.index != parser.problem_mark.index {
            begun = (String(cString: context), position(parser.context_mark))
        }
        return YAMLError(libyaml: problem, at: position(parser.problem_mark), begun: begun)
    }
}
