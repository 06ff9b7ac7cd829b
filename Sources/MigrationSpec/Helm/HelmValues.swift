public import YAMLTree

/// The values that one file gives a release: the file itself, or what an engine's object in it holds.
public struct HelmValues: Sendable {
    public enum Home: Sendable {
        /// The file is nothing but values.
        case file
        /// A mapping of an engine's object, which need not be there yet.
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

    /// Values, and what lies over them.
    var layers: [YAMLNode] {
        let values: YAMLNode? =
            switch home {
            case .file: file.documents.first?.root
            case .mapping(let object, let path): object.object.root[at: path]
            case .text(_, let text): text.root
            }
        let own = values.flatMap { $0.entries == nil ? nil : $0 }
        guard let object else { return [own].compactMap { $0 } }
        let begun = own ?? YAMLNode.made([:], at: object.object.start)
        return [begun] + object.parameters.compactMap(\.overlay)
    }

    /// Values in a file by themselves.
    init(file: YAMLFile) {
        self.file = file
        home = .file
    }

    /// Values in an object.
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
