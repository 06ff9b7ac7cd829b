/// A Backstage that a Helm chart installs, without an operator.
struct HelmSection: Section {
    @Key(meaning: "The release's name, as helm list shows it.")
    var release: Located<InstanceName>

    @Key(
        meaning:
            "The release's values files, in the order in which helm is given them; the last may be Flux's HelmRelease, or the "
            + "Argo CD Application or ApplicationSet, that installs it.",
        consequence:
            "With cutover.mode inPlace the last is edited. A list in a later file replaces the one before it, so where "
            + "the chart's own list gains an item, the first file must be what helm show values prints of the chart.")
    var values: Located<[FileName]>

    @Key(
        .optional("rhdh if the values have the key upstream, else backstage"),
        meaning: "Whose chart it is: Red Hat Developer Hub's, or Backstage's own.")
    var chart: HelmChart?
}

/// The charts that install Backstage.
public enum HelmChart: String, ChoiceValue {
    /// Red Hat Developer Hub's, which has Backstage's own below `upstream`.
    case rhdh
    case backstage
}
