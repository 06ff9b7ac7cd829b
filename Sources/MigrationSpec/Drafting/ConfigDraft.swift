import YAMLTree

/// A first `rehome.yaml` for an instance. What could be found out is filled in; what a person must say is empty.
public struct ConfigDraft: Sendable {
    /// The target that the draft is for.
    public enum Target: String, CaseIterable, Sendable {
        case statefulSet, cloudNativePG, crunchyPGO, zalando, external

        /// Whether another operator runs the server, and makes one role at it.
        fileprivate var isOperated: Bool { self == .crunchyPGO || self == .zalando }

        /// The sections that its draft has, out of those with alternatives.
        fileprivate var sections: Set<String> {
            ["spec.target.\(rawValue)", "spec.credentials.\(isOperated ? "operatorSecret" : "existing")"]
        }
    }

    let target: Target
    /// Values by the whole paths of their keys. The properties below use whole paths too.
    var values: [String: YAMLValue]
    /// Sections that the draft has although no key in them has a value yet.
    var chosen: Set<String>
    var remarks: [String: String]
    /// Optional keys that a person should think of.
    var worthSaying: Set<String> = []

    /// The instance's files, by the names that the config will use.
    public struct FileNames: Sendable {
        var backstage: String
        var dynamicPlugins: String?
        var appConfigs: [String]

        public init(backstage: String, dynamicPlugins: String? = nil, appConfigs: [String] = []) {
            self.backstage = backstage
            self.dynamicPlugins = dynamicPlugins
            self.appConfigs = appConfigs
        }
    }

    public init(_ instance: Instance, files: FileNames, target: Target) {
        let backstage = instance.backstage
        var values: [String: YAMLValue] = [
            "apiVersion": .string(RootSection.Version.current), "kind": .string(RootSection.Kind.migration.rawValue),
            "metadata.name": .string(Self.baseName(for: backstage.name)),
            "spec.backstage.file": .string(files.backstage),
        ]
        Self.begin(target, &values)
        var remarks = Self.beginning
        if let kustomization = instance.kustomization, let namespace = kustomization.namespace {
            values["metadata.namespace"] = .string(namespace.value.rawValue)
            remarks["metadata.namespace"] = "\(kustomization.name) says so."
        } else {
            values["metadata.namespace"] = backstage.namespace.map { .string($0) }
            if backstage.namespace == nil { remarks["metadata.namespace"] = "The CR names none." }
        }
        if backstage.file.objects.count > 1 { values["spec.backstage.name"] = .string(backstage.name) }
        values["spec.backstage.dynamicPluginsFile"] = files.dynamicPlugins.map { .string($0) }
        if !files.appConfigs.isEmpty {
            values["spec.backstage.appConfigFiles"] = .sequence(files.appConfigs.map { .string($0) })
        }
        let unseen = instance.plugins == nil ? Self.pluginsName(of: backstage) : nil
        if let evidence = instance.orchestratorEvidence {
            values["spec.orchestrator.enabled"] = true
            remarks["spec.orchestrator.enabled"] = "On, since \(evidence)."
        } else if let unseen {
            remarks["spec.orchestrator.enabled"] =
                "The CR does not mention the orchestrator; the plugins in the ConfigMap \(unseen) were not looked at "
                + "(init --dynamic-plugins)."
        } else {
            values["spec.orchestrator.enabled"] = false
            remarks["spec.orchestrator.enabled"] = "Nothing that was looked at mentions the orchestrator."
        }
        if let owner = instance.owner {
            values["spec.cutover.mode"] = .string(owner.mode.rawValue)
            remarks["spec.cutover.mode"] = "Here \(owner.mode.rawValue), since \(owner.evidence)."
        }
        if backstage.root[at: ["spec", "application", "route"]] != nil {
            values["spec.platform"] = .string(Platform.openshift.rawValue)
            remarks["spec.platform"] = "The CR has a route, which only OpenShift knows."
        }
        remarks["spec.backstage.operatorVersion"] =
            "The CR is \(backstage.version.rawValue), so it is \(Self.releases(of: backstage.version))."
        chosen = target.sections.union(["spec.backstage.file"])
        self.target = target
        worthSaying = ["spec.backstage.operatorVersion"]
        if remarks["spec.orchestrator.enabled"] != nil, values["spec.orchestrator.enabled"] == nil {
            worthSaying.insert("spec.orchestrator.enabled")
        }
        if backstage.hasSwitchedOffDatabase {
            // The operator runs no database, so the source is a server that only a person can name.
            chosen.insert("spec.source")
            values["spec.source.server.tls.mode"] = .string(ServerTLS.verifyFull.rawValue)
            remarks["spec.source"] = "The CR has enableLocalDb: false, so Backstage is on another server already."
            let secret = backstage.items(.extraEnvs, .secrets).last { $0.key == nil && $0.reachesBackstage }?.name
            if let secret {
                values["spec.source.server.secretName"] = .string(secret)
                remarks["spec.source.server.secretName"] =
                    "The last Secret of the CR's spec.application.extraEnvs.secrets."
            }
        }
        self.values = values
        self.remarks = remarks
        separateRoles()
    }

    /// For a Backstage that a Helm chart installs.
    public init(_ release: HelmRelease, files: FileNames, target: Target) {
        var values: [String: YAMLValue] = [
            "apiVersion": .string(RootSection.Version.current), "kind": .string(RootSection.Kind.migration.rawValue),
            "metadata.name": .string(Self.baseName(for: "backstage")),
            "spec.backstage.helm.values": .sequence([.string(files.backstage)]),
            "spec.backstage.helm.chart": .string(release.chart.rawValue),
        ]
        Self.begin(target, &values)
        remarks = Self.beginning.merging([
            "metadata.namespace": "The release's, which its values do not name.",
            "spec.backstage.helm.values": release.object == nil
                ? "Those that helm is given before and after belong here too."
                : "Files of values that it names belong here too, before it.",
        ]) { one, _ in one }
        chosen = target.sections.union(["spec.backstage.helm"])
        self.target = target
        if let object = release.object {
            if let name = object.release { values["spec.backstage.helm.release"] = .string(name) }
            if let namespace = object.namespace {
                values["metadata.namespace"] = .string(namespace)
                remarks["metadata.namespace"] = nil
            }
            values["spec.cutover.mode"] = .string(CutoverMode.inPlace.rawValue)
            remarks["spec.cutover.mode"] =
                "Here inPlace, since \(object.kind.engine)'s \(object.kind.rawValue) holds the values."
        }
        if !files.appConfigs.isEmpty {
            values["spec.backstage.appConfigFiles"] = .sequence(files.appConfigs.map { .string($0) })
        }
        if !release.runsDatabase {
            chosen.insert("spec.source")
            values["spec.source.server.tls.mode"] = .string(ServerTLS.verifyFull.rawValue)
            let secret = release.node(["backstage", "extraEnvVarsSecrets"])?.items?.last?.string
            values["spec.source.server.secretName"] = secret.map { .string($0) }
        }
        self.values = values
        separateRoles()
    }

    private static let beginning = ["spec.phase": "Begin with a rehearsal."]

    private static func begin(_ target: Target, _ values: inout [String: YAMLValue]) {
        values["spec.phase"] = .string(Phase.prepare.rawValue)
        switch target {
        case .cloudNativePG: values["spec.target.cloudNativePG.instances"] = 1
        case .crunchyPGO: break
        case .statefulSet, .zalando, .external:
            values["spec.target.\(target.rawValue).tls.mode"] = .string(ServerTLS.verifyFull.rawValue)
        }
    }

    /// Gives Backstage a role of its own. Servers of other operators have just one role, which is no superuser.
    private mutating func separateRoles() {
        guard target != .cloudNativePG, !target.isOperated else { return }
        chosen.formUnion(["spec.adminCredentials", "spec.adminCredentials.existing"])
        remarks["spec.adminCredentials"] = "Two roles, so that Backstage is no administrator of the server."
    }

    private static func pluginsName(of backstage: BackstageResource) -> String? {
        backstage.root[at: ["spec", "application", "dynamicPluginsConfigMapName"]]?.string.flatMap {
            $0.isEmpty ? nil : $0
        }
    }

    private static func baseName(for instance: String) -> String {
        let kept = instance.replacing(".", with: "-").prefix(BaseName.limit - 3)
        return "\(kept)-db"
    }

    private static func releases(of version: BackstageVersion) -> String {
        let known = ["1.5", "1.6", "1.7", "1.8", "1.9", "1.10"]
        let releases = known.filter { version.isServed(by: OperatorVersion(checked: $0)) }
        let later = releases.last == known.last ? " or later" : ""
        return (releases.count == 1 ? "" : "one of ") + releases.joined(separator: ", ") + later
    }
}
