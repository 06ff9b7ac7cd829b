extension YAMLFile {
    /// The file after the edits. Each is applied to the result of those before it.
    ///
    /// Only the lines that must change do. Comments, blank lines, quotes, indentation, line endings, the other
    /// documents, and the final line break or its absence stay as they are. What already has the wanted value is not
    /// touched. After each edit the new text is parsed and must equal the edited tree.
    ///
    /// An edit changes one node, even if an alias or a merge key shares it: either the anchor moves to the next alias,
    /// or the shared node is written out where the edit is.
    ///
    /// If a file has no document, since it is empty or has only comments, an edit begins one below them.
    ///
    /// - Parameters:
    ///   - edits: applied one after another.
    ///   - index: the document, from 0.
    /// - Throws: ``YAMLError`` at the node that cannot be edited: the path leads nowhere, or the edit would change
    ///   another node as well.
    public func applying(_ edits: [YAMLEdit], toDocument index: Int = 0) throws(YAMLError) -> YAMLFile {
        try applying(edits, toDocument: index, budget: 128 << 20)
    }

    /// - Parameter budget: how many bytes may be parsed in all. The text is parsed again after most edits, of which
    ///   there are few.
    func applying(_ edits: [YAMLEdit], toDocument index: Int, budget: Int) throws(YAMLError) -> YAMLFile {
        guard let first = edits.first else { return self }
        if documents.isEmpty, index == 0 {
            return try begun(by: first).applying(Array(edits.dropFirst()), toDocument: 0, budget: budget)
        }
        guard documents.indices.contains(index) else {
            throw YAMLError(
                at: YAMLPosition(file: name, line: 1, column: 1, offset: 0),
                "the file has \(documents.count) documents", expected: "at least \(index + 1)")
        }
        var editor = FileEditor(file: self, index: index, budget: budget)
        try editor.apply(edits)
        return editor.file
    }

    /// The file with a first document that contains what the edit adds.
    private func begun(by edit: YAMLEdit) throws(YAMLError) -> YAMLFile {
        let leaf: YAMLValue? =
            switch edit {
            case .set(_, let value): value
            case .append(_, let item): .sequence([item])
            case .insert, .remove: nil
            }
        let value = edit.path.components.reversed().reduce(leaf) { inner, component in
            guard let inner, case .key(let key) = component else { return nil }
            return .mapping([key: inner])
        }
        guard let value else {
            throw YAMLError(
                at: YAMLPosition(file: name, line: 1, column: 1, offset: 0), "the file is empty",
                expected: "a document that has \(edit.path)")
        }
        let lineBreak = SourceText(bytes: bytes).lineBreak(near: bytes.count)
        let gap = bytes.isEmpty || bytes.last == UInt8(ascii: "\n") ? "" : lineBreak
        let text = (gap + value.yaml()).replacing("\n", with: lineBreak)
        return try YAMLFile(parsing: bytes + Array(text.utf8), name: name)
    }
}

/// Applies edits one after another, or several at once if they do not affect each other.
private struct FileEditor {
    private(set) var file: YAMLFile
    private let original: YAMLFile
    let index: Int
    private var budget: Int

    init(file: YAMLFile, index: Int, budget: Int) {
        self.file = file
        original = file
        self.index = index
        self.budget = budget
    }

    private var root: YAMLNode { file.documents[index].root }

    mutating func apply(_ edits: [YAMLEdit]) throws(YAMLError) {
        var rest = edits[...]
        while let first = rest.first {
            var paths: Set<YAMLPath> = []
            let together = rest.prefix { $0.isScalarChange(in: root) && paths.insert($0.path).inserted }
            rest = rest.dropFirst(max(1, together.count))
            if together.count < 2 {
                try apply(first)
            } else if try !applyTogether(Array(together)) {
                for edit in together { try apply(edit) }
            }
        }
    }

    private mutating func apply(_ edit: YAMLEdit) throws(YAMLError) {
        do { try applyAlone(edit) } catch {
            // Earlier edits have moved the lines, so the error gets the position in the original.
            guard file.bytes != original.bytes else { throw error }
            let place = original.documents[index].root.deepest(on: edit.path).start
            throw error.at(place)
        }
    }

    private mutating func applyAlone(_ edit: YAMLEdit) throws(YAMLError) {
        try detach(edit)
        if let steps = edit.steps(in: root) { return try apply(steps) }
        let change = try TreeEdit(edit, in: root)
        try change.checkAnchors(in: root)
        let expected = change.expected
        try replace(at: change.site, path: edit.path, expected.matches) { source, layout throws(YAMLError) in
            try EditPlan(change, source: source, layout: layout)
        }
    }

    /// Detaches what the edit changes from aliases and merge keys.
    private mutating func detach(_ edit: YAMLEdit) throws(YAMLError) {
        // Without aliases nothing is shared.
        while root.extent.repeats > 0, let detachment = try Detachment(for: edit, in: root) {
            let before = root
            try replace(at: detachment.site, path: edit.path, { before.isSameReading(as: $0) }) {
                source, layout throws(YAMLError) in
                try EditPlan(detachment, source: source, layout: layout)
            }
        }
    }

    /// Replaces several scalars by scalars at once.
    ///
    /// - Returns: false, with nothing changed, if the new text does not parse to the expected tree.
    private mutating func applyTogether(_ edits: [YAMLEdit]) throws(YAMLError) -> Bool {
        let source = SourceText(bytes: file.bytes)
        var splices: [SourceText.Splice] = []
        var leaves: [(EditSite, EditedTree)] = []
        for edit in edits {
            guard case .set(_, let value) = edit else { return false }
            let site = try EditSite(edit.path, in: root)
            if site.node.isWritten(as: value) { continue }
            let plan = try EditPlan(.replace(site, value), source: source, layout: YAMLLayout(around: site, in: source))
            guard plan.isSound else { return false }
            splices += plan.splices
            leaves.append((site, .made(value, anchor: site.node.anchor)))
        }
        if leaves.isEmpty { return true }
        let expected = EditedTree(leaves, in: root)
        guard let new = try parsed(source.applying(splices), expected.matches) else { return false }
        file = new
        return true
    }

    private mutating func replace(
        at site: EditSite, path: YAMLPath, _ isRight: (YAMLNode) -> Bool,
        _ plan: (SourceText, YAMLLayout) throws(YAMLError) -> EditPlan
    ) throws(YAMLError) {
        let source = SourceText(bytes: file.bytes)
        var layout = YAMLLayout(around: site, in: source)
        // A comment that is indented further than the text would become part of a literal block scalar before it.
        for allowsLiterals in [true, false] {
            layout.allowsLiterals = allowsLiterals
            let plan = try plan(source, layout)
            guard plan.isSound, let new = try parsed(source.applying(plan.splices), isRight) else { continue }
            file = new
            return
        }
        throw YAMLError(
            at: site.node.start, "\(path) cannot be edited here without changing something else",
            expected: "a plainer way to write this part, or the edit by hand")
    }

    /// The text as a file; `nil` if it does not parse to the expected tree.
    private mutating func parsed(_ bytes: [UInt8], _ isRight: (YAMLNode) -> Bool) throws(YAMLError) -> YAMLFile? {
        budget -= bytes.count
        guard budget > 0 else {
            throw YAMLError(
                at: root.start, "so many edits of so long a text (\(bytes.count) bytes) would take very long",
                expected: "a file of its own for what is to be edited")
        }
        guard let new = try? YAMLFile(parsing: bytes, name: file.name), new.documents.count == file.documents.count
        else {
            return nil
        }
        let areRight = new.documents.indices.allSatisfy { other in
            other == index
                ? isRight(new.documents[other].root) : file.documents[other].root.isSame(as: new.documents[other].root)
        }
        return areRight ? new : nil
    }
}

extension YAMLNode {
    /// The last node on the path that exists.
    fileprivate func deepest(on path: YAMLPath) -> YAMLNode {
        var node = self
        for component in path.components {
            guard let next = node[at: [component]] else { return node }
            node = next
        }
        return node
    }
}

extension Detachment {
    fileprivate var site: EditSite {
        switch self {
        case .writeOut(let site), .own(let site, _, _), .move(_, let site): site
        }
    }
}

extension YAMLEdit {
    /// Whether a scalar is replaced by a scalar, and no alias shares it.
    fileprivate func isScalarChange(in root: YAMLNode) -> Bool {
        guard case .set(let path, let value) = self, value.isEmptyOrScalar, root.extent.repeats == 0,
            let site = try? EditSite(path, in: root), site.missing.isEmpty, case .scalar = site.node.content
        else { return false }
        return true
    }

    /// The smaller edits into which the replacement of a whole collection can be split, so that unchanged parts are not
    /// touched; `nil` if it cannot be split.
    fileprivate func steps(in root: YAMLNode) -> [YAMLEdit]? {
        guard case .set(let path, let value) = self, let site = try? EditSite(path, in: root), site.missing.isEmpty
        else {
            return nil
        }
        if site.node.isWritten(as: value) { return [] }
        switch (site.node.content, value) {
        case (.mapping(let entries, _), .mapping(let mapping)) where !entries.isEmpty && !mapping.isEmpty:
            return mapping.entries.map { .set(path.appending(.key($0.key)), $0.value) }
                + entries.filter { mapping[$0.name] == nil }.map { .remove(path.appending(.key($0.name))) }
        case (.sequence(let items, _), .sequence(let values)) where !items.isEmpty && !values.isEmpty:
            return Self.steps(from: items, to: values, at: path)
        default:
            return nil
        }
    }

    private static func steps(from items: [YAMLNode], to values: [YAMLValue], at path: YAMLPath) -> [YAMLEdit]? {
        let same = zip(items, values).prefix { $0.isWritten(as: $1) }.count
        let sameAtEnd = min(
            min(items.count, values.count) - same,
            zip(items.reversed(), values.reversed()).prefix { $0.isWritten(as: $1) }.count)
        let old = same..<(items.count - sameAtEnd)
        let new = same..<(values.count - sameAtEnd)
        if old.count == new.count { return new.map { .set(path.appending(.index($0)), values[$0]) } }
        if new.isEmpty { return old.reversed().map { .remove(path.appending(.index($0))) } }
        guard old.isEmpty, same > 0 else { return nil }
        return new.map { .insert(values[$0], after: path.appending(.index($0 - 1))) }
    }
}
