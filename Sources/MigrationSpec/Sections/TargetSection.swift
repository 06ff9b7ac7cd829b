public struct TargetSection: Section {
    enum Keys {
        static let statefulSet = Field<StatefulSetSection>(
            "statefulSet", .optional(nil), meaning: "A PostgreSQL in the same namespace that Rehome renders.")
        static let cloudNativePG = Field<CloudNativePGSection>(
            "cloudNativePG", .optional(nil),
            meaning: "A cluster of the CloudNativePG operator in the same namespace, which Rehome renders.")
        static let crunchyPGO = Field<CrunchyPGOSection>(
            "crunchyPGO", .optional(nil), meaning: "A PostgresCluster of Crunchy's PGO that is there already.")
        static let zalando = Field<ZalandoSection>(
            "zalando", .optional(nil), meaning: "A cluster of Zalando's operator that is there already.")
        static let external = Field<ExternalSection>(
            "external", .optional(nil), meaning: "A PostgreSQL that somebody else runs.")
    }

    public static var fields: [any FieldDeclaration] {
        [Keys.statefulSet, Keys.cloudNativePG, Keys.crunchyPGO, Keys.zalando, Keys.external]
    }
    public static var rules: SectionRules { SectionRules(exactlyOne: fields.map(\.name)) }

    enum Choice: Sendable {
        case statefulSet(StatefulSetSection)
        case cloudNativePG(CloudNativePGSection)
        case crunchyPGO(CrunchyPGOSection)
        case zalando(ZalandoSection)
        case external(ExternalSection)
    }

    var choice: Choice

    public init?(_ reader: inout SectionReader) {
        if let section = reader.read(Keys.statefulSet)?.value {
            choice = .statefulSet(section)
        } else if let section = reader.read(Keys.cloudNativePG)?.value {
            choice = .cloudNativePG(section)
        } else if let section = reader.read(Keys.crunchyPGO)?.value {
            choice = .crunchyPGO(section)
        } else if let section = reader.read(Keys.zalando)?.value {
            choice = .zalando(section)
        } else if let section = reader.read(Keys.external)?.value {
            choice = .external(section)
        } else {
            return nil
        }
    }
}
