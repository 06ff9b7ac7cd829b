public import YAMLTree

/// The values that one file gives a release: the file itself, or those in an engine's object in it.
public struct HelmValues: Sendable {
    public enum Home: Sendable {
        /// The file has nothing but values.
        case file
        /// A mapping of an engine's object. It need not exist yet.
        case mapping(HelmObject, YAMLPath)
        /// A text of an Argo CD Application.
        case text(HelmObject, EmbeddedYAML)
    }

    public let file: YAMLFile
    public let home: Home

    /// The object in the file; `nil` for a file of values.
    public var object: HelmObject? {
        switch home {
        case .file: nil
        case .mapping(let object, _), .text(let object, _): object
        }
    }

    /// The values themselves; `nil` where there are none.
    public var root: YAMLNode? {
        let values: YAMLNode? =
            switch home {
            case .file: file.documents.first?.root
            case .mapping(let object, let path): object.object.root[at: path]
            case .text(_, let text): text.root
            }
        return values.flatMap { $0.entries == nil ? nil : $0 }
    }

    /// Whether a path of keys is written in these values, and does not come from a merge key or a parameter.
    public func holds(_ path: YAMLPath) -> Bool {
        let isOver = object?.parameters.contains { parameter in
            let own = parameter.path.components
            return own.starts(with: path.components) || path.components.starts(with: own)
        }
        guard var node = root, isOver != true else { return false }
        for component in path.components {
            guard case .key(let key) = component, let next = node.entries?.first(where: { $0.name == key }) else {
                return false
            }
            node = next.value
        }
        return true
    }

    /// The values, and the parameters that override them.
    var layers: [YAMLNode] {
        let own = root
        guard let object else { return [own].compactMap { $0 } }
        let begun = own ?? YAMLNode.made([:], at: object.object.start)
        return [begun] + object.parameters.compactMap(\.overlay)
    }

    /// For a file that holds only values.
    init(file: YAMLFile) {
        self.file = file
        home = .file
    }

    /// Reads the values in an object.
    ///
    /// - Throws: ``YAMLError`` where a text of values is no YAML.
    init(_ object: HelmObject) throws(YAMLError) {
        file = object.object.file
        home = try object.home()
    }

    /// The file with edits of the values.
    /// - Throws: `YAMLError` where it cannot be edited without changing something else.
    public func applying(_ edits: [YAMLEdit]) throws(YAMLError) -> YAMLFile {
        var (ofParameters, ofValues): ([YAMLEdit], [YAMLEdit]) = ([], [])
        for edit in edits {
            if let own = try object?.parameterEdits(for: edit) { ofParameters += own } else { ofValues.append(edit) }
        }
        let edited: YAMLFile =
            switch home {
            case .file: try file.applying(ofValues)
            case .mapping(let object, let path): try object.object.applying(ofValues.map { $0.below(path) })
            case .text(_, let text): try text.applying(ofValues).file
            }
        guard let object = object?.object else { return edited }
        return try edited.applying(ofParameters.map { $0.below(object.path) }, toDocument: object.index)
    }
}
