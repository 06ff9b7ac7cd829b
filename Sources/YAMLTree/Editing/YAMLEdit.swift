/// One change of a document. A path leads from the root to the node concerned.
public enum YAMLEdit: Sendable {
    /// Gives the node at the path this value. A missing key is added, with the mappings that lead to it; a missing item
    /// is an error. A scalar keeps its quotes and its block style where the new value allows.
    case set(YAMLPath, YAMLValue)
    /// Adds an item at the end of the sequence at the path, which is made where it is missing, `null` or empty.
    case append(to: YAMLPath, YAMLValue)
    /// Adds an item after the one at the path.
    case insert(YAMLValue, after: YAMLPath)
    /// Takes away the entry or the item at the path; a collection that loses its last one becomes `{}` or `[]`.
    case remove(YAMLPath)

    /// The path, for messages.
    public var path: YAMLPath {
        switch self {
        case .set(let path, _), .append(let path, _), .insert(_, let path), .remove(let path): path
        }
    }

    /// The same change of what stands at a place of a greater whole.
    public func below(_ place: YAMLPath) -> YAMLEdit {
        switch self {
        case .set(let path, let value): .set(place + path, value)
        case .append(let path, let value): .append(to: place + path, value)
        case .insert(let value, let path): .insert(value, after: place + path)
        case .remove(let path): .remove(place + path)
        }
    }
}
