/// How block text is laid out.
struct YAMLLayout: Sendable, Hashable {
    /// Spaces per level of mappings.
    var step = 2
    /// Spaces from a mapping's column to the `-` of a sequence in it; 0 makes compact sequences.
    var sequenceOffset = 0
    /// From a `-` to what it introduces.
    var dashWidth = 2
    var lineBreak = "\n"
    /// Whether strings of several lines may be literal block scalars; those need a line break after them.
    var allowsLiterals = true

    /// What people expect of a Kubernetes manifest, and what kustomize writes.
    static let kubernetes = YAMLLayout()
}
