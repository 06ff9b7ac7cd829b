import YAMLTree

/// Finds out which chart a release installs, from its values and from the engine's object that installs it.
struct HelmChartSigns {
    /// All values of the release.
    let root: YAMLNode
    let object: HelmObject?

    /// `nil` if nothing shows it. Values come before the address, which may be that of a mirror or fork.
    var chart: HelmChart? {
        if hasRHDHsValues { return .rhdh }
        if hasBackstagesValues { return .backstage }
        if ["developer-hub", "rhdh-chart", "rhdh/chart"].contains(where: address.contains) { return .rhdh }
        return ["backstage.github.io/charts", "backstage/charts"].contains(where: address.contains) ? .backstage : nil
    }

    private var hasRHDHsValues: Bool {
        // An app-config may have a key 'orchestrator' too, but not these below it.
        let keys: [YAMLPath] = [
            ["upstream"], ["global", "dynamic"], ["global", "clusterRouterBase"], ["orchestrator", "enabled"],
            ["orchestrator", "sonataflowPlatform"], ["route", "enabled"], ["route", "host"],
        ]
        return keys.contains { root[at: $0] != nil }
    }

    private var hasBackstagesValues: Bool { ["backstage", "postgresql"].contains { root[$0]?.entries != nil } }

    /// The chart's address. RHDH's chart is named backstage too, so only its repository tells.
    private var address: String { object?.chartAddress ?? "" }

    /// The place that shows RHDH's newer chart, without `upstream`, which Rehome does not support
    /// (`redhat-developer/rhdh-chart`, `charts/rhdh`, 3.4). An older chart of the same name has versions 1.y.
    private var flatLayout: YAMLPosition? {
        guard root["upstream"] == nil, root["backstage"] == nil else { return nil }
        let keys = [
            "appConfig", "extraEnv", "extraEnvFrom", "externalDatabase", "openshift", "dynamicPlugins", "catalogIndex",
            "envOverride", "envFromOverride",
        ]
        if let entry = root.mergedEntries?.first(where: { keys.contains($0.name) }) { return entry.key.start }
        guard let object, ["redhat-developer-hub", "rhdh/chart"].contains(where: address.hasSuffix),
            let major = object.chartVersion?.split(separator: ".").first.flatMap({ Int($0) }), major > 1
        else { return nil }
        return object.object.start
    }

    /// Whether the values stand where a supported chart reads them.
    var isKnownLayout: Bool { umbrella == nil && flatLayout == nil }

    /// The key of an umbrella chart's values below which the values of Backstage's chart stand.
    var umbrella: YAMLNode.Entry? {
        guard root["upstream"] == nil else { return nil }
        return root.mergedEntries?.first { entry in
            // These are values for all charts, and mappings that hold anchors.
            guard entry.name != "global", !entry.name.hasPrefix("x-") else { return false }
            return ["upstream", "backstage"].contains { entry.value[$0]?.entries != nil }
        }
    }

    /// Refuses values of an unsupported chart or of an umbrella chart: an edit of them would have no effect.
    func checkLayout(_ report: inout Report) {
        if let flatLayout {
            report.error(
                "found the values of Red Hat Developer Hub's chart 2 or later, which has no 'upstream' and is not supported",
                at: flatLayout,
                advice:
                    "No edit was made. Let rehome make and watch the copy without spec.backstage.helm, with spec.source.server, and "
                    + "set externalDatabase and postgresql.enabled in the values by hand, once the Job is Complete.")
        }
        guard let umbrella else { return }
        report.error(
            "found the values of an umbrella chart, with Backstage's below '\(umbrella.name)'; expected those of Backstage's "
                + "chart itself",
            at: umbrella.key.start,
            advice:
                "Put what stands below '\(umbrella.name)' into a file of its own, let spec.backstage.helm.values name that, "
                + "with cutover.mode copy, and write what is rendered in values/ below '\(umbrella.name)'.")
    }

    /// Refuses values of another chart than the named one: an edit of them would have no effect.
    func checkNamed(_ chart: HelmChart, at position: YAMLPosition, advice: String, _ report: inout Report) {
        let isUpstream = root["upstream"]?.entries != nil
        guard chart == .rhdh ? !isUpstream && hasBackstagesValues : isUpstream else { return }
        report.error(
            "found the values of \(chart == .rhdh ? "Backstage's own chart" : "Red Hat Developer Hub's chart, with 'upstream'"), "
                + "and the chart is said to be \(chart.rawValue)",
            at: position, advice: advice)
    }

    /// Refuses values that do not show which chart they are for.
    ///
    /// - Parameter advice: how to name the chart.
    func checkKnown(_ position: YAMLPosition, advice: String, _ report: inout Report) {
        guard chart == nil else { return }
        report.error(
            "nothing in the values says whether the chart is Red Hat Developer Hub's or Backstage's own", at: position,
            advice: advice)
    }
}
