/// A YAML text and its documents.
public struct YAMLFile: Sendable {
    /// The text's name in positions and errors, usually its path.
    public let name: String
    /// The text as it came, a byte order mark included.
    public let bytes: [UInt8]
    public let documents: [YAMLDocument]

    /// - Throws: ``YAMLError`` for anything that is not UTF-8 YAML; for a duplicate key; for an alias without an
    ///   anchor, or inside its own; for more than 256 levels of nesting, aliases included; and for an excessive number
    ///   of nodes.
    public init(parsing bytes: [UInt8], name: String) throws(YAMLError) {
        self.name = name
        self.bytes = bytes
        documents = try YAMLParser.documents(of: bytes, name: name)
    }

    /// Like ``init(parsing:name:)-([UInt8],_)``, from a string.
    public init(parsing text: String, name: String) throws(YAMLError) {
        try self.init(parsing: Array(text.utf8), name: name)
    }

    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The document of a file that must hold exactly one.
    /// - Throws: ``YAMLError`` at the second document, or at the top of a file without any.
    public var onlyDocument: YAMLDocument {
        get throws(YAMLError) {
            guard let first = documents.first else {
                throw YAMLError(
                    at: YAMLPosition(file: name, line: 1, column: 1, offset: 0), "the file is empty",
                    expected: "one YAML document")
            }
            if documents.count > 1 {
                throw YAMLError(
                    at: documents[1].start, "the file holds \(documents.count) documents", expected: "one")
            }
            return first
        }
    }
}
