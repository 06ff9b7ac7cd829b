struct TargetSection: Section {
    @Key(.choice, meaning: "A PostgreSQL in the same namespace that Rehome renders.")
    var statefulSet: StatefulSetSection?

    @Key(
        .choice,
        meaning: "A cluster of the CloudNativePG operator in the same namespace, which Rehome renders.")
    var cloudNativePG: CloudNativePGSection?

    @Key(.choice, meaning: "A PostgresCluster of Crunchy's PGO that is there already.")
    var crunchyPGO: CrunchyPGOSection?

    @Key(.choice, meaning: "A cluster of Zalando's operator that is there already.")
    var zalando: ZalandoSection?

    @Key(.choice, meaning: "A PostgreSQL that somebody else runs.")
    var external: ExternalSection?

    enum Choice: Sendable {
        case statefulSet(StatefulSetSection)
        case cloudNativePG(CloudNativePGSection)
        case crunchyPGO(CrunchyPGOSection)
        case zalando(ZalandoSection)
        case external(ExternalSection)
    }

    /// Never `nil` in practice: a section without a choice is refused.
    var choice: Choice? {
        if let statefulSet { return .statefulSet(statefulSet) }
        if let cloudNativePG { return .cloudNativePG(cloudNativePG) }
        if let crunchyPGO { return .crunchyPGO(crunchyPGO) }
        if let zalando { return .zalando(zalando) }
        return external.map(Choice.external)
    }
}
