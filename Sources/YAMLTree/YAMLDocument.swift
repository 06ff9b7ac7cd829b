/// One document of a file.
public struct YAMLDocument: Sendable {
    public let root: YAMLNode
    /// Where the document begins: at its `---`, or at its first directive, or at its root.
    public let start: YAMLPosition
    /// Where its text ends: at its `...`, at the next document's `---`, or at the end of the file.
    public let end: YAMLPosition
}
