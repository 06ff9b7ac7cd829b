/// A placeholder `<name>` in a template.
public struct YAMLPlaceholder: Sendable, Hashable {
    /// The text between the angle brackets: parts of letters and digits, joined by dots.
    public let name: String
    /// Where the scalar that holds it begins.
    public let position: YAMLPosition
    /// Whether the value must be text, because the placeholder is within other text, in quotes, or in a key.
    public let isText: Bool

    /// The error for an unknown name.
    public func unknown(known names: [String]) -> YAMLError {
        YAMLError(
            at: position, "the placeholder <\(name)> has no value",
            expected: "one of " + names.map { "<\($0)>" }.joined(separator: ", "))
    }
}
