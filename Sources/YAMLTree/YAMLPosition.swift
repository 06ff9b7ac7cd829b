/// A position in a YAML text.
public struct YAMLPosition: Sendable, Hashable, CustomStringConvertible {
    /// The name that the text was parsed under, usually a file's path.
    public let file: String
    /// Counted from 1.
    public let line: Int
    /// From 1, in Unicode scalars; a byte order mark does not count.
    public let column: Int
    /// Bytes of UTF-8 before this position; a byte order mark counts.
    public let offset: Int

    public init(file: String, line: Int, column: Int, offset: Int) {
        self.file = file
        self.line = line
        self.column = column
        self.offset = offset
    }

    /// `file:line:column`, the form that editors and terminals make clickable.
    public var description: String { "\(file):\(line):\(column)" }
}
