struct BackstageSection: Section {
    @Key(
        .choice,
        meaning: "The file with the Backstage CR, as the team keeps it in git, or - for standard input.",
        consequence:
            "For a CR that Helm or kustomize renders: kustomize build overlay | rehome render, with cutover.mode patch."
    )
    var file: Located<FileName>?

    @Key(
        .choice,
        meaning: "The Helm release that installs Backstage, where no operator does.",
        consequence:
            "The cut-over changes its values, and switches the chart's own database off; what the chart has made for that "
            + "stays until a person deletes it.")
    var helm: Located<HelmSection>?

    @Key(.optional("the only Backstage CR in the file"), meaning: "Which CR, if the file holds several.")
    var name: Located<ObjectName>?

    @Key(
        .optional("unknown; the consequences of both kinds are told"),
        meaning: "The release of the rhdh-operator that reconciles the CR.",
        consequence:
            "Up to 1.9, enableLocalDb: false deletes the local database's StatefulSet, Service and Secret at once; "
            + "from 1.10 on they are left running.")
    var operatorVersion: Located<OperatorVersion>?

    @Key(
        .optional("the CR's own file, if the ConfigMap is in it"),
        meaning: "The file with the ConfigMap that the CR's dynamicPluginsConfigMapName names.",
        consequence:
            "Where the orchestrator runs, its plugins' ref: sonataflow is taken out there; left in, the operator puts "
            + "the orchestrator's old connections back.")
    var dynamicPluginsFile: Located<FileName>?

    @Key(
        .defaultsTo([]),
        meaning:
            "Files with Backstage's app-config, by itself or in ConfigMaps, and with ConfigMaps and Secrets that give it "
            + "variables, to be looked through.",
        consequence:
            "A backend.database of their own would win over the new database's Secret, and is reported. What is in the CR's "
            + "own file is looked through anyway; what is in none is named. Of a Secret the keys are enough, without values."
    )
    var appConfigFiles: Located<[FileName]>?
}
