extension YAMLFile {
    /// The file after the edits, each of which sees what those before it did.
    ///
    /// Only the lines that must change do: comments, blank lines, quotes, indentation, line endings, the other
    /// documents, and the final line break or its absence stay as they are. What already is as an edit wants it is not
    /// touched. After each edit the new text is parsed and must equal the edited tree.
    ///
    /// - Parameter index: the document, counted from 0.
    /// - Throws: ``YAMLError`` at the place that cannot be edited: the path leads nowhere, or through an alias or a
    ///   merge key, whose edit would change other places too.
    public func applying(_ edits: [YAMLEdit], toDocument index: Int = 0) throws(YAMLError) -> YAMLFile {
        var file = self
        for edit in edits {
            guard file.documents.indices.contains(index) else {
                throw YAMLError(
                    at: YAMLPosition(file: name, line: 1, column: 1, offset: 0),
                    "the file has \(documents.count) documents", expected: "at least \(index + 1)")
            }
            let steps = edit.steps(in: file.documents[index].root)
            file = steps == nil ? try file.applying(edit, index) : try file.applying(steps ?? [], toDocument: index)
        }
        return file
    }

    private func applying(_ edit: YAMLEdit, _ index: Int) throws(YAMLError) -> YAMLFile {
        let root = documents[index].root
        let change = try TreeEdit(edit, in: root)
        try change.checkAnchors(in: root)
        let source = SourceText(bytes: bytes)
        var layout = YAMLLayout(around: change.site, in: source)
        if let file = try edited(by: change, index, source, layout) { return file }
        // A comment further right than the text would become a line of a block scalar before it.
        layout.allowsLiterals = false
        if let file = try edited(by: change, index, source, layout) { return file }
        throw YAMLError(
            at: change.site.node.start, "\(edit.path) cannot be edited here without changing something else",
            expected: "a plainer way to write this part, or the edit by hand")
    }

    /// The file with the change made; `nil` where the text that came of it does not say what it should.
    private func edited(
        by change: TreeEdit, _ index: Int, _ source: SourceText, _ layout: YAMLLayout
    ) throws(YAMLError) -> YAMLFile? {
        let plan = try EditPlan(change, source: source, layout: layout)
        guard plan.isSound, let file = try? YAMLFile(parsing: source.applying(plan.splices), name: name) else { return nil }
        let isRight =
            file.documents.count == documents.count
            && documents.indices.allSatisfy { other in
                other == index
                    ? change.expected.matches(file.documents[other].root)
                    : documents[other].root.isSame(as: file.documents[other].root)
            }
        return isRight ? file : nil
    }
}

extension YAMLEdit {
    /// The smaller edits that a whole collection's replacement comes down to, so that what stays the same in it is not
    /// touched; `nil` where the edit is the smallest itself.
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
