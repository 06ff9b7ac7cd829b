/// How block text is laid out.
struct YAMLLayout: Sendable, Hashable {
    /// Spaces per level of mappings.
    var step = 2
    /// Spaces from a mapping's column to the `-` of a sequence in it. With 0, sequences are compact.
    var sequenceOffset = 0
    /// Columns from a `-` to its value.
    var dashWidth = 2
    var lineBreak = "\n"
    /// Whether strings of several lines may be literal block scalars, which need a line break after them.
    var allowsLiterals = true

    /// The usual layout of a Kubernetes manifest, which is also that of kustomize.
    static let kubernetes = YAMLLayout()
}
