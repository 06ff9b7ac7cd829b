/// The replacements of text that carry out one edit.
struct EditPlan {
    let source: SourceText
    private(set) var layout: YAMLLayout
    private(set) var splices: [SourceText.Splice] = []

    /// - Throws: ``YAMLError`` where the text has a form that nothing can be put into.
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

    mutating func splice(_ range: Range<Int>, _ text: String) {
        splices.append(SourceText.Splice(range: range, text: text))
    }

    // MARK: Adding

    private mutating func addEntry(_ key: String, _ value: YAMLValue, at site: EditSite) throws(YAMLError) {
        guard site.node.style == .flow else {
            let column = source.column(of: site.node)
            insertLines(after: source.contentEnd(of: site.node), column: column) { $0.appendEntry(key, value, column: column) }
            return
        }
        if site.node.children.isEmpty, canBecomeBlock(site) {
            replace(site, with: .mapping([key: value]), keepsTag: true)
        } else {
            let isJSON = site.node.isJSON
            let text = YAMLEmitter.flowEntry(YAMLMapping.Entry(key: key, value: value), isJSON: isJSON)
            try insertInFlow(text, after: site.node.entries?.indices.last, of: site.node)
        }
    }

    private mutating func addItem(_ value: YAMLValue, after index: Int?, at site: EditSite) throws(YAMLError) {
        guard site.node.style == .flow else {
            let column = source.column(of: site.node)
            let item = index.flatMap { site.node[$0] } ?? site.node
            insertLines(after: source.contentEnd(of: item), column: column) { $0.appendItem(value, column: column) }
            return
        }
        if index == nil, canBecomeBlock(site) {
            replace(site, with: .sequence([value]), keepsTag: true)
        } else {
            try insertInFlow(YAMLEmitter.flow(value, isJSON: site.node.isJSON), after: index, of: site.node)
        }
    }

    /// Whether empty brackets can give way to a block: nothing is in them, and none are around them.
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
            removeFromBlock(step, end: source.contentEnd(of: site.node), next: step.index + 1 < count ? step.index + 1 : nil)
        }
    }

    private mutating func removeFromBlock(_ step: EditSite.Step, end: Int, next: Int?) {
        func start(_ index: Int) -> Int {
            step.collection.items == nil
                ? source.entryStart(index, of: step.collection) : source.itemStart(index, of: step.collection)
        }
        let first = start(step.index)
        guard let next, !source.isFirstInLine(first) else {
            replaceLines(from: first, through: end, with: "")
            return
        }
        // The child shares its line with a dash, which the next one inherits.
        let following = start(next)
        if source.startOfNextLine(end) == source.startOfLine(following) {
            splice(first..<following, "")
        } else {
            splice(source.skippingBlanksBackwards(first)..<source.endOfLine(end), "")
        }
    }

    // MARK: Lines

    /// Puts what `write` emits, indented to `column`, on lines of their own after the line of `offset`.
    mutating func insertLines(after offset: Int, column: Int, _ write: (inout YAMLEmitter) -> Void) {
        let next = source.startOfNextLine(offset)
        var layout = layout
        layout.allowsLiterals = layout.allowsLiterals && next != nil
        var emitter = YAMLEmitter(layout: layout)
        write(&emitter)
        insertLines(String(repeating: " ", count: column) + emitter.output, after: offset)
    }

    /// Puts complete lines after the line of `offset`. A text that ends without a line break goes on to.
    mutating func insertLines(_ lines: String, after offset: Int) {
        if let next = source.startOfNextLine(offset) {
            splice(next..<next, lines)
        } else {
            let end = source.bytes.count
            splice(end..<end, layout.lineBreak + lines.droppingSuffix(layout.lineBreak))
        }
    }

    /// Replaces all lines from that of `first` through that of `last` by complete lines.
    mutating func replaceLines(from first: Int, through last: Int, with lines: String) {
        let start = source.startOfLine(first)
        if let next = source.startOfNextLine(last) {
            splice(start..<next, lines)
        } else if lines.isEmpty {
            splice(source.endOfLineBefore(start)..<source.bytes.count, "")
        } else {
            splice(start..<source.bytes.count, lines.droppingSuffix(layout.lineBreak))
        }
    }
}

extension String {
    func droppingSuffix(_ suffix: String) -> String {
        // By bytes: to Swift a carriage return and a line feed are one character.
        utf8.reversed().starts(with: suffix.utf8.reversed())
            ? String(decoding: utf8.dropLast(suffix.utf8.count), as: UTF8.self) : self
    }
}
