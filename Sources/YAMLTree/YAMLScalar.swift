/// A scalar's text and how it was written.
public struct YAMLScalar: Sendable, Hashable {
    public enum Style: Sendable, Hashable {
        case plain, singleQuoted, doubleQuoted
        /// `|`, line breaks kept.
        case literal
        /// `>`, line breaks folded into spaces.
        case folded
    }

    /// The content, after escapes, folding and indentation are undone.
    public let text: String
    public let style: Style

    public init(text: String, style: Style) {
        self.text = text
        self.style = style
    }
}
