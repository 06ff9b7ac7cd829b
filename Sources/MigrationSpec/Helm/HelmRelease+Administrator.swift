public import YAMLTree

/// RHDH's chart gives Backstage the password of its own server's administrator as a variable, from a Secret without which
/// no pod starts.
extension HelmRelease {
    /// How the variable finds its Secret.
    public enum AdministratorVariable: Sendable, Equatable {
        /// The files do not have the list, and each release of the chart has its own: up to 1.9 with a key that is written
        /// out, later ones with the key that `postgresql.auth` names.
        case unknown
        /// By templates that take `postgresql.auth` for it.
        case byTemplate
        /// By a key that is written out, in that item of the list.
        case literal(Int)
        case absent
    }

    public static let extraVariables: YAMLPath = ["backstage", "extraEnvVars"]

    public var administratorVariable: AdministratorVariable {
        guard chart == .rhdh else { return .absent }
        guard node(Self.extraVariables)?.items != nil else { return .unknown }
        guard let index = administratorItem, let key = administratorReference?["key"]?.scalar?.text else {
            return .absent
        }
        return key.contains("{{") ? .byTemplate : .literal(index)
    }

    /// Which item of the list is the variable.
    public var administratorItem: Int? {
        node(Self.extraVariables)?.items?.lastIndex { $0["name"]?.string == "POSTGRESQL_ADMIN_PASSWORD" }
    }

    /// The Secret and key from which the variable comes, as the list has them.
    public var administratorReference: YAMLNode? {
        administratorItem.flatMap { index in
            node(Self.extraVariables + [.index(index), "valueFrom", "secretKeyRef"])
        }
    }

    /// Whether the values name a key for the administrator's password for all charts, which counts more than the subchart's.
    public var namesAdministratorKeyGlobally: Bool {
        root[at: ["global"] + Self.adminKey]?.scalar?.text.nonEmpty != nil
    }

    /// Whether the chart's own Secret stays in use after the cut-over: no other suits all releases of a chart whose list
    /// nobody knows.
    public var keepsOwnSecret: Bool {
        runsDatabase && administratorVariable == .unknown && (ownSecret ?? databaseName) == databaseName
    }

    /// Where the values as they are after the cut-over say that the administrator's password comes from that Secret.
    public func administratorPlace(ofSecret name: String) -> YAMLPath? {
        let readsValues = administratorVariable == .byTemplate || administratorVariable == .unknown
        guard keepsOwnSecret || (readsValues && ownSecret == name) else { return nil }
        return globally(Self.existingSecret) == nil ? prefix + Self.existingSecret : ["global"] + Self.existingSecret
    }
}
