/// A YAML text that a scalar of another YAML text holds, as in a ConfigMap's `app-config.yaml: |`.
///
/// An edit of the inner text changes only the outer file's lines that it must: the rest of the block scalar keeps its
/// bytes, indentation and line endings included.
public struct EmbeddedYAML: Sendable {
    /// The file that holds the text.
    public private(set) var file: YAMLFile
    /// The document of the file, counted from 0, and the place of the scalar in it.
    public let index: Int
    public let path: YAMLPath
    /// The text that the scalar holds.
    public private(set) var inner: YAMLFile

    /// - Returns: `nil` where there is no scalar at the path.
    /// - Throws: ``YAMLError`` at the place in the outer file where the scalar's text is no YAML.
    public init?(at path: YAMLPath, inDocument index: Int, of file: YAMLFile) throws(YAMLError) {
        guard file.documents.indices.contains(index), let node = file.documents[index].root[at: path],
            let text = node.scalar?.text
        else { return nil }
        self.file = file
        self.index = index
        self.path = path
        do { inner = try YAMLFile(parsing: text, name: file.name) } catch {
            throw error.moved { Self.place(of: $0, inside: node, of: file) }
        }
    }

    /// Where a place of the inner text stands in the outer file; the beginning of the scalar, unless it is a literal
    /// block scalar.
    public func place(of position: YAMLPosition) -> YAMLPosition {
        file.documents[index].root[at: path].map { Self.place(of: position, inside: $0, of: file) } ?? position
    }

    /// The inner text's first document, with the places that it has in the outer file; `nil` for an empty text.
    public var root: YAMLNode? { roots.first }

    /// The same of all its documents.
    public var roots: [YAMLNode] {
        guard let node = file.documents[index].root[at: path] else { return [] }
        let places = Self.places(inside: node, of: file)
        return inner.documents.map { $0.root.moved(places) }
    }

    /// The inner text with the edits in it, and the outer file with that.
    ///
    /// - Throws: ``YAMLError`` at the place in the outer file that cannot be edited.
    public func applying(_ edits: [YAMLEdit]) throws(YAMLError) -> EmbeddedYAML {
        var result = self
        // One by one, so that the lines between two changes are not written anew.
        for edit in edits {
            let changed: YAMLFile
            do { changed = try result.inner.applying([edit]) } catch {
                throw error.moved { result.place(of: $0) }
            }
            result.file = try result.file.applying([.set(path, .string(changed.text))], toDocument: index)
            result.inner = changed
        }
        return result
    }

    private static func place(of position: YAMLPosition, inside node: YAMLNode, of file: YAMLFile) -> YAMLPosition {
        places(inside: node, of: file)(position)
    }

    /// Where the places of a scalar's text stand in the file.
    private static func places(inside node: YAMLNode, of file: YAMLFile) -> (YAMLPosition) -> YAMLPosition {
        let scalar = node.target
        let source = SourceText(bytes: file.bytes)
        guard scalar.scalar?.style == .literal, let indentation = source.blockScalarIndentation(of: scalar) else {
            return { _ in node.start }
        }
        return { position in
            YAMLPosition(
                file: file.name, line: scalar.start.line + position.line, column: indentation + position.column,
                offset: scalar.start.offset)
        }
    }
}
