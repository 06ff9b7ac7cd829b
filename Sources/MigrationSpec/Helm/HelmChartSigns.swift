import YAMLTree

/// What tells of which chart a release is: its values, and the object of an engine that installs it.
struct HelmChartSigns {
    /// All values of the release.
    let root: YAMLNode
    let object: HelmObject?

    /// `nil` where nothing tells.
    var chart: HelmChart? { isRHDH ? .rhdh : isBackstages ? .backstage : nil }

    private var isRHDH: Bool {
        // An app-config may have an 'orchestrator' too, but not these.
        let keys: [YAMLPath] = [
            ["upstream"], ["global", "dynamic"], ["global", "clusterRouterBase"], ["orchestrator", "enabled"],
            ["orchestrator", "sonataflowPlatform"], ["route", "enabled"], ["route", "host"],
        ]
        if keys.contains(where: { root[at: $0] != nil }) { return true }
        return ["developer-hub", "rhdh-chart", "rhdh/chart"].contains { address.contains($0) }
    }

    private var isBackstages: Bool {
        if ["backstage", "postgresql"].contains(where: { root[$0]?.entries != nil }) { return true }
        return ["backstage.github.io/charts", "backstage/charts"].contains { address.contains($0) }
    }

    /// RHDH's chart is called backstage too, so its repository must tell.
    private var address: String { object?.chartAddress ?? "" }

    /// The key below which the values of a chart stand that another chart installs as one of its own.
    var umbrella: YAMLNode.Entry? {
        guard root["upstream"] == nil else { return nil }
        return root.mergedEntries?.first { entry in
            let value = entry.value
            return value["upstream"]?.entries != nil
                || value["backstage"]?.entries != nil && value["postgresql"]?.entries != nil
        }
    }

    /// Reports values that stand where no edit of them would reach the chart.
    func checkUmbrella(_ report: inout Report) {
        guard let umbrella else { return }
        report.error(
            "found the values of an umbrella chart, with Backstage's below '\(umbrella.name)'; expected those of Backstage's "
                + "chart itself",
            at: umbrella.key.start,
            advice:
                "Put what stands below '\(umbrella.name)' into a file of its own, let spec.backstage.helm.values name that, "
                + "with cutover.mode copy, and write what is rendered in values/ below '\(umbrella.name)'.")
    }

    /// Reports values of which nobody knows where a chart would look for them.
    func checkKnown(_ position: YAMLPosition, _ report: inout Report) {
        guard chart == nil else { return }
        report.error(
            "nothing in the values says whether the chart is Red Hat Developer Hub's or Backstage's own", at: position,
            advice: "Set spec.backstage.helm.chart to rhdh or backstage.")
    }
}
