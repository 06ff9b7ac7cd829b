/// The replacements of text that carry out one edit.
struct EditPlan {
    let source: SourceText
    private(set) var layout: YAMLLayout
    private(set) var splices: [SourceText.Splice] = []
    /// Whether all positions were found as expected. For a few unusual texts they are not.
    private(set) var isSound = true

    /// - Throws: ``YAMLError`` where nothing can be inserted into the text's form.
    init(_ edit: TreeEdit, source: SourceText, layout: YAMLLayout) throws(YAMLError) {
        self.source = source
        self.layout = layout
        switch edit {
        case .replace(let site, let value):
            replace(site, with: value)
        case .addEntry(let site, let key, let value):
            try addEntry(key, value, at: site)
        case .addItem(let site, let index, let value):
            try addItem(value, after: index, at: site)
        case .remove(let site):
            remove(site)
        }
    }

    /// - Throws: ``YAMLError`` where nothing can be inserted into the text's form.
    init(_ detachment: Detachment, source: SourceText, layout: YAMLLayout) throws(YAMLError) {
        self.source = source
        self.layout = layout
        switch detachment {
        case .writeOut(let site): writeOut(site.node.target, at: site, properties: "")
        case .own(let site, let key, let value): try own(key, value, at: site)
        case .move(let node, let site):
            removeAnchor(of: node)
            writeOut(node, at: site, properties: "&\(node.anchor ?? "")")
        }
    }

    mutating func splice(from start: Int, to end: Int, _ text: String) {
        guard start >= 0, start <= end, end <= source.bytes.count else {
            isSound = false
            return
        }
        splices.append(SourceText.Splice(range: start..<end, text: text))
    }

    mutating func insert(_ text: String, at place: Int) { splice(from: place, to: place, text) }

    // MARK: Adding

    private mutating func addEntry(_ key: String, _ value: YAMLValue, at site: EditSite) throws(YAMLError) {
        guard site.node.style == .flow else {
            let column = source.column(of: site.node)
            stripIfLast(site.node)
            insertLines(after: endWithComments(of: site.node), column: column) {
                $0.appendEntry(key, value, column: column)
            }
            return
        }
        if site.node.children.isEmpty, canBecomeBlock(site) {
            replace(site, with: .mapping([key: value]), keepsTag: true)
        } else {
            let text = YAMLEmitter.flowEntry(YAMLMapping.Entry(key: key, value: value), isJSON: site.isJSON)
            try insertInFlow(text, after: site.node.entries?.indices.last, of: site.node)
        }
    }

    private mutating func addItem(_ value: YAMLValue, after index: Int?, at site: EditSite) throws(YAMLError) {
        guard site.node.style == .flow else {
            let column = source.column(of: site.node)
            let item = index.flatMap { site.node[$0] } ?? site.node
            stripIfLast(item)
            // What is indented further than the dashes is about the item above it.
            let end = source.endOfComments(
                after: source.contentEnd(of: item), deeperThan: column, pastBlankLines: item.style == .block)
            insertLines(after: end, column: column) { $0.appendItem(value, column: column) }
            return
        }
        if index == nil, canBecomeBlock(site) {
            replace(site, with: .sequence([value]), keepsTag: true)
        } else {
            try insertInFlow(YAMLEmitter.flow(value, isJSON: site.isJSON), after: index, of: site.node)
        }
    }

    /// The end of a mapping, with the comments below it that are indented at least as far as its last value: such a comment
    /// is a commented-out part of that value.
    private func endWithComments(of mapping: YAMLNode) -> Int {
        let end = source.contentEnd(of: mapping)
        guard let last = mapping.entries?.last?.value else { return end }
        let isBlock = last.style == .block
        let column = isBlock ? source.column(of: last) : source.column(of: mapping) + 1
        return source.endOfComments(after: end, deeperThan: column - 1, pastBlankLines: isBlock)
    }

    /// A block scalar that ends a text without a line break would gain one with the lines after it, if `-` did not
    /// say otherwise.
    private mutating func stripIfLast(_ node: YAMLNode) {
        let leaf = node.lastLeaf
        guard leaf.isBlockScalar, source.startOfNextLine(source.contentEnd(of: leaf)) == nil else { return }
        let header = source.blockScalarHeader(of: leaf)
        let former = source.text(from: header.lowerBound, to: header.upperBound)
        let stripped = former.filter { $0 != "+" && $0 != "-" } + "-"
        if stripped != former { splice(from: header.lowerBound, to: header.upperBound, stripped) }
    }

    /// Whether a flow collection can be replaced by a block: it is empty, and in no other flow collection.
    private func canBecomeBlock(_ site: EditSite) -> Bool {
        let start = source.contentStart(of: site.node)
        return !site.isInFlow && source.skippingBlanks(start + 1) + 1 == site.node.end.offset
    }

    // MARK: Removing

    private mutating func remove(_ site: EditSite) {
        guard let step = site.steps.last else { return }
        let collection = step.collection
        let count = collection.items?.count ?? collection.entries?.count ?? 0
        if collection.style == .flow {
            removeFromFlow(step.index, of: collection)
        } else if count == 1 {
            let empty: YAMLValue = collection.items == nil ? .mapping([:]) : .sequence([])
            replace(site.parent, with: empty, keepsTag: true)
        } else {
            // A comment above the first entry of all may be about the whole document, so it stays.
            let keepsCommentsAbove = site.steps.count == 1 && step.index == 0
            removeFromBlock(
                step, end: endOfCommentsBelow(site), next: step.index + 1 < count ? step.index + 1 : nil,
                keepsCommentsAbove: keepsCommentsAbove)
        }
    }

    /// Where the comment lines begin that are right above an item or a key. They are about it, and are removed with it.
    private func startOfCommentsAbove(_ first: Int) -> Int {
        let column = source.column(first)
        var start = source.startOfLine(first)
        while case let line = source.startOfLine(source.endOfLineBefore(start)), line < start {
            let text = source.skippingBlanks(line)
            guard source.byte(at: text) == UInt8(ascii: "#"), source.column(text) == column else { return start }
            start = line
        }
        return start
    }

    /// The end of the node, or of the last comment below it that is indented further than the collection.
    private func endOfCommentsBelow(_ site: EditSite) -> Int {
        let end = source.contentEnd(of: site.node)
        guard let collection = site.steps.last?.collection else { return end }
        return source.endOfComments(after: end, deeperThan: source.column(of: collection))
    }

    private mutating func removeFromBlock(_ step: EditSite.Step, end: Int, next: Int?, keepsCommentsAbove: Bool) {
        func start(_ index: Int) -> Int {
            step.collection.items == nil
                ? source.entryStart(index, of: step.collection) : source.itemStart(index, of: step.collection)
        }
        let first = start(step.index)
        guard let next, !source.isFirstInLine(first) else {
            removeLines(
                from: keepsCommentsAbove ? first : startOfCommentsAbove(first), through: end, in: step.collection)
            return
        }
        // The child is on the line of a dash, which the next child takes over.
        let following = start(next)
        if source.startOfNextLine(end) == source.startOfLine(following) {
            splice(from: first, to: following, "")
        } else {
            splice(from: source.skippingBlanksBackwards(first), to: source.endOfLine(end), "")
        }
    }

    private mutating func removeLines(from first: Int, through last: Int, in collection: YAMLNode) {
        let start = source.startOfLine(first)
        let keepsBreak = collection.containsBlockScalar(endingAt: start)
        if keepsBreak, source.startOfNextLine(last) == nil {
            // The line break before belongs to a block scalar, so it stays although the text had none at its end.
            splice(from: start, to: source.bytes.count, "")
        } else {
            replaceLines(from: first, through: last, with: "")
        }
    }

    // MARK: Lines

    /// Inserts what `write` emits, indented to `column`, on lines of its own after the line of `offset`.
    mutating func insertLines(after offset: Int, column: Int, _ write: (inout YAMLEmitter) -> Void) {
        let next = source.startOfNextLine(offset)
        var layout = layout
        layout.allowsLiterals = layout.allowsLiterals && next != nil
        var emitter = YAMLEmitter(layout: layout)
        write(&emitter)
        insertLines(String(repeating: " ", count: column) + emitter.text, after: offset)
    }

    /// Inserts complete lines after the line of `offset`. If the text ends without a line break, it still does
    /// afterwards.
    mutating func insertLines(_ lines: String, after offset: Int) {
        if let next = source.startOfNextLine(offset) {
            insert(lines, at: next)
        } else {
            insert(layout.lineBreak + lines.droppingSuffix(layout.lineBreak), at: source.bytes.count)
        }
    }

    /// Replaces the lines from that of `first` through that of `last` by complete lines.
    mutating func replaceLines(from first: Int, through last: Int, with lines: String) {
        let start = source.startOfLine(first)
        if let next = source.startOfNextLine(last) {
            splice(from: start, to: next, lines)
        } else if lines.isEmpty {
            splice(from: source.endOfLineBefore(start), to: source.bytes.count, "")
        } else {
            splice(from: start, to: source.bytes.count, lines.droppingSuffix(layout.lineBreak))
        }
    }
}

extension YAMLNode {
    var isBlockScalar: Bool {
        guard case .scalar(let scalar) = content else { return false }
        return scalar.style == .literal || scalar.style == .folded
    }

    /// The last scalar or flow collection in this node; the node itself if it is no block.
    fileprivate var lastLeaf: YAMLNode { style == .block ? children.last?.lastLeaf ?? self : self }

    fileprivate func containsBlockScalar(endingAt offset: Int) -> Bool {
        isBlockScalar && end.offset == offset && scalar?.text.utf8.last == UInt8(ascii: "\n")
            || children.contains { $0.containsBlockScalar(endingAt: offset) }
    }
}

extension String {
    func droppingSuffix(_ suffix: String) -> String {
        // Compares bytes: to Swift a carriage return and a line feed are one character.
        utf8.reversed().starts(with: suffix.utf8.reversed())
            ? String(decoding: utf8.dropLast(suffix.utf8.count), as: UTF8.self) : self
    }
}
