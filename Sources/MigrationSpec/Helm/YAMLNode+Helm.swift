import YAMLTree

extension YAMLNode {
    /// Whether a chart's template takes the node for true. Helm reads YAML 1.1, where `no` and `off` are booleans. Any
    /// text that is not empty is true, even `"false"` (Go, `text/template`).
    var isTrueToHelm: Bool {
        switch resolved(.yaml11) {
        case .bool(let flag)?: flag
        case .int(let number)?: number != 0
        case .float(let number)?: number != 0
        case .string(let text)?: !text.isEmpty
        case .null?: false
        case .sequence?, .mapping?, nil: items.map { !$0.isEmpty } ?? entries.map { !$0.isEmpty } ?? false
        }
    }
}
