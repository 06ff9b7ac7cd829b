/// One change of a document. A path leads from the root to the node that is changed.
public enum YAMLEdit: Sendable {
    /// Gives the node at the path this value. A missing key is added, with the mappings on the path to it; a missing
    /// item is an error. A scalar keeps its quotes or block style if the new value allows it.
    case set(YAMLPath, YAMLValue)
    /// Adds an item at the end of the sequence at the path. The sequence is made if it is missing, `null` or empty.
    case append(to: YAMLPath, YAMLValue)
    /// Adds an item after the one at the path.
    case insert(YAMLValue, after: YAMLPath)
    /// Removes the entry or item at the path. A collection that loses its last one becomes `{}` or `[]`.
    case remove(YAMLPath)

    /// The path, for messages.
    public var path: YAMLPath {
        switch self {
        case .set(let path, _), .append(let path, _), .insert(_, let path), .remove(let path): path
        }
    }

    /// The same edit for a document that has the edited one at the path `place`.
    public func below(_ place: YAMLPath) -> YAMLEdit {
        switch self {
        case .set(let path, let value): .set(place + path, value)
        case .append(let path, let value): .append(to: place + path, value)
        case .insert(let value, let path): .insert(value, after: place + path)
        case .remove(let path): .remove(place + path)
        }
    }
}
