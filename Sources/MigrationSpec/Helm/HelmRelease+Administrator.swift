public import YAMLTree

/// The variable in which RHDH's chart gives Backstage the password of its own server's administrator. Without the Secret
/// that it comes from, no pod starts.
extension HelmRelease {
    /// How the variable finds its Secret.
    public enum AdministratorVariable: Sendable, Equatable {
        /// The files do not have the list, so the chart's own counts. Up to RHDH 1.9 it names the key literally, and later
        /// by what `postgresql.auth` says.
        case unknown
        /// By templates that read `postgresql.auth`.
        case byTemplate
        /// By a literal key, in that item of the list.
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

    /// Whether `global` names the key of the administrator's password, which overrides the subchart's own.
    public var namesAdministratorKeyGlobally: Bool {
        root[at: ["global"] + Self.adminKey]?.scalar?.text.nonEmpty != nil
    }

    /// Whether the chart's own Secret stays in use after the cut-over. It must, if the list is unknown: only that Secret has
    /// the keys of every release of the chart.
    public var keepsOwnSecret: Bool {
        runsDatabase && administratorVariable == .unknown && (ownSecret ?? databaseName) == databaseName
    }

    /// The place in the values after the cut-over that takes the administrator's password from that Secret.
    public func administratorPlace(ofSecret name: String) -> YAMLPath? {
        let readsValues = administratorVariable == .byTemplate || administratorVariable == .unknown
        guard keepsOwnSecret || (readsValues && ownSecret == name) else { return nil }
        return globally(Self.existingSecret) == nil ? prefix + Self.existingSecret : ["global"] + Self.existingSecret
    }
}
