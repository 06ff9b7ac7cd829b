/// A Backstage that a Helm chart installs, without an operator.
public struct HelmSection: Section {
    enum Keys {
        static let release = Field<InstanceName>("release", meaning: "The release's name, as helm list shows it.")
        static let values = Field<[FileName]>(
            "values",
            meaning:
                "The release's values files, in the order in which helm is given them; the last may be Flux's HelmRelease or "
                + "the Argo CD Application that installs it.",
            consequence:
                "With cutover.mode inPlace the last is edited. A list in a later file replaces the one before it, so where "
                + "the chart's own list gains an item, the first file must be what helm show values prints of the chart."
        )
        static let chart = Field<HelmChart>(
            "chart", .optional("rhdh if the values have the key upstream, else backstage"),
            meaning: "Whose chart it is: Red Hat Developer Hub's, or Backstage's own.")
    }

    public static var fields: [any FieldDeclaration] { [Keys.release, Keys.values, Keys.chart] }

    var release: Located<InstanceName>
    var values: Located<[FileName]>
    var chart: HelmChart?

    public init?(_ reader: inout SectionReader) {
        let release = reader.read(Keys.release)
        let values = reader.read(Keys.values)
        chart = reader.read(Keys.chart)?.value
        guard let release, let values else { return nil }
        self.release = release
        self.values = values
    }
}

/// The charts that install Backstage.
public enum HelmChart: String, ChoiceValue {
    /// Red Hat Developer Hub's, which has Backstage's own below `upstream`.
    case rhdh
    case backstage
}
