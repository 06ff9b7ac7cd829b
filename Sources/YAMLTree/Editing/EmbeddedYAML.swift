/// A YAML text in a scalar of another YAML text, such as a ConfigMap's `app-config.yaml: |`.
///
/// An edit of the inner text changes only those lines of the outer file that must change. The rest of the block scalar
/// keeps its bytes, indentation and line endings included.
public struct EmbeddedYAML: Sendable {
    /// The file that holds the text.
    public private(set) var file: YAMLFile
    /// The document of the file, from 0, and the path of the scalar in it.
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

    /// The position in the outer file of a position in the inner text. It is the beginning of the scalar, unless the
    /// scalar is a literal block scalar.
    public func place(of position: YAMLPosition) -> YAMLPosition {
        file.documents[index].root[at: path].map { Self.place(of: position, inside: $0, of: file) } ?? position
    }

    /// The first document of the inner text, with positions in the outer file; `nil` for an empty text.
    public var root: YAMLNode? { roots.first }

    /// All documents of the inner text, with positions in the outer file.
    public var roots: [YAMLNode] {
        guard let node = file.documents[index].root[at: path] else { return [] }
        let places = Self.places(inside: node, of: file)
        return inner.documents.map { $0.root.moved(places) }
    }

    /// The inner text with the edits, and the outer file with that.
    ///
    /// - Throws: ``YAMLError`` at the place in the outer file that cannot be edited.
    public func applying(_ edits: [YAMLEdit]) throws(YAMLError) -> EmbeddedYAML {
        var result = self
        // One edit at a time, so that the lines between two changes are not written again.
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

    /// Maps positions in a scalar's text to positions in the file.
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
