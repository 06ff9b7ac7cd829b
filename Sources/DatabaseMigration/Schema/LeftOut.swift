import JobContract

/// Something of the source that is not brought over.
public struct LeftOut: Sendable, Hashable, Codable, CustomStringConvertible {
    /// What kind of thing it is, and so why it is left out.
    public enum Kind: String, Sendable, Codable {
        case extensions, eventTriggers, publications, foreignData, languages, leakproof, settings
        /// Rights of other roles: the settings do not ask for them, or the role does not exist at the target.
        case privileges
        /// Roles that own objects at the source; one role owns all of them at the target.
        case owners
        /// A replication must not run twice.
        case subscriptions
        /// They belong to the server.
        case securityLabels, tablespaces
        /// Rows of views that are filled at the source and stay empty.
        case materializedViews

        init(_ object: AdministratorObject) { self = Kind(rawValue: object.rawValue) ?? .settings }
    }

    public var kind: Kind
    /// What it is, for people.
    public var title: String

    init(_ kind: Kind, _ title: String) {
        self.kind = kind
        self.title = title
    }

    init(needing object: AdministratorObject, _ title: String) { self.init(Kind(object), title) }

    public var description: String { "\(title) (\(kind.rawValue))" }
}
