public struct BackstageSection: Section {
    enum Keys {
        static let file = Field<FileName>(
            "file", .optional(nil),
            meaning: "The file with the Backstage CR, as the team keeps it in git, or - for standard input.",
            consequence:
                "For a CR that Helm or kustomize renders: kustomize build overlay | rehome render, with cutover.mode patch."
        )
        static let helm = Field<HelmSection>(
            "helm", .optional(nil), meaning: "The Helm release that installs Backstage, where no operator does.",
            consequence:
                "The cut-over changes its values, and switches the chart's own database off; what the chart has made for that "
                + "stays until a person deletes it.")
        static let name = Field<ObjectName>(
            "name", .optional("the only Backstage CR in the file"), meaning: "Which CR, if the file holds several.")
        static let operatorVersion = Field<OperatorVersion>(
            "operatorVersion", .optional("unknown; the consequences of both kinds are told"),
            meaning: "The release of the rhdh-operator that reconciles the CR.",
            consequence:
                "Up to 1.9, enableLocalDb: false deletes the local database's StatefulSet, Service and Secret at once; "
                + "from 1.10 on they are left running.")
        static let dynamicPluginsFile = Field<FileName>(
            "dynamicPluginsFile", .optional("the CR's own file, if the ConfigMap is in it"),
            meaning: "The file with the ConfigMap that the CR's dynamicPluginsConfigMapName names.",
            consequence:
                "Where the orchestrator runs, its plugins' ref: sonataflow is taken out there; left in, the operator puts "
                + "the orchestrator's old connections back.")
        static let appConfigFiles = Field<[FileName]>(
            "appConfigFiles", .defaultsTo([]),
            meaning: "Files with Backstage's app-config, by itself or in ConfigMaps, to be looked through.",
            consequence:
                "A backend.database of their own would win over the new database's Secret, and is reported. ConfigMaps in "
                + "the CR's own file are looked through anyway.")
    }

    public static var fields: [any FieldDeclaration] {
        [Keys.file, Keys.helm, Keys.name, Keys.operatorVersion, Keys.dynamicPluginsFile, Keys.appConfigFiles]
    }

    public static var rules: SectionRules { SectionRules(exactlyOne: [Keys.file.name, Keys.helm.name]) }

    var file: Located<FileName>?
    var helm: Located<HelmSection>?
    var name: Located<ObjectName>?
    var operatorVersion: Located<OperatorVersion>?
    var dynamicPluginsFile: Located<FileName>?
    var appConfigFiles: Located<[FileName]>?

    public init?(_ reader: inout SectionReader) {
        file = reader.read(Keys.file)
        helm = reader.read(Keys.helm)
        name = reader.read(Keys.name)
        operatorVersion = reader.read(Keys.operatorVersion)
        dynamicPluginsFile = reader.read(Keys.dynamicPluginsFile)
        appConfigFiles = reader.read(Keys.appConfigFiles)
        if file == nil, helm == nil { return nil }
    }
}
