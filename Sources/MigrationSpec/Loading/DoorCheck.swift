import JobContract
import YAMLTree

/// Refuses a door that could not work: new pods must be able to wait while the old ones run on.
struct DoorCheck {
    let cutover: CutoverSection
    let migration: MigrationSection
    /// `nil` where no operator runs Backstage.
    let backstage: BackstageResource?
    let hasHelm: Bool

    /// - Returns: the door; `nil` where none is wanted.
    func run(_ report: inout Report) -> Migration.Door? {
        guard cutover.door.value else { return nil }
        if cutover.doorPatience.value.seconds > TimeSpan.longest {
            report.error(
                "spec.cutover.doorPatience is \(cutover.doorPatience.value)", at: cutover.doorPatience.position,
                advice: "Set it to 24h at most.")
        }
        if hasHelm {
            refuse(
                "spec.backstage.helm",
                "Helm takes the chart's own database away as soon as it has the new values, and pods that wait would leave "
                    + "Backstage without one.", &report)
        }
        if !migration.precopy.value {
            refuse(
                "spec.migration.precopy is false",
                "The fence would stand around the whole copy, and what the door spares is little beside that.", &report)
        }
        guard let backstage else { return door(replicas: 1) }
        if cutover.localDatabase.value == .retire {
            refuse(
                "localDatabase is retire",
                "The CR would take the local database away while the old pods still work on it: keep it until phase is done.",
                &report)
        }
        let replicas = check(backstage, &report)
        return door(replicas: replicas)
    }

    private func door(replicas: Int) -> Migration.Door {
        Migration.Door(pods: replicas, patienceSeconds: cutover.doorPatience.value.seconds)
    }

    private func refuse(_ cause: String, _ reason: String, _ report: inout Report) {
        report.error("spec.cutover.door is true, and \(cause)", at: cutover.door.position, advice: reason)
    }

    // MARK: The CR

    private static let patch: YAMLPath = ["spec", "deployment", "patch"]

    /// - Returns: how many new pods wait at the door.
    private func check(_ backstage: BackstageResource, _ report: inout Report) -> Int {
        let root = backstage.root
        guard backstage.version.hasDeploymentPatch else {
            report.error(
                "spec.cutover.door is true, and \(backstage.version.rawValue) of the Backstage CR has no deployment.patch",
                at: root["apiVersion"]?.start ?? root.start,
                advice: "Set the CR's apiVersion to one that the operator serves and that has it.")
            return 1
        }
        if let kind = root[at: ["spec", "deployment", "kind"]], kind.string == "StatefulSet" {
            report.error(
                "spec.cutover.door is true, and spec.deployment.kind is StatefulSet", at: kind.start,
                advice:
                    "A StatefulSet takes the old pod away before it makes the new one, which would then wait with nobody serving."
            )
        }
        checkVolumes(backstage, &report)
        return RollOut(backstage).newPods(&report)
    }

    /// Refuses volumes that an old pod holds: a new pod on another node would wait for the volume before it gets to its
    /// door.
    private func checkVolumes(_ backstage: BackstageResource, _ report: inout Report) {
        let root = backstage.root
        let volumes = root[at: Self.patch + ["spec", "template", "spec", "volumes"]]?.items ?? []
        let claims = volumes.compactMap { $0[at: ["persistentVolumeClaim", "claimName"]] }
        let extra = (root[at: ["spec", "application", "extraFiles", "pvcs"]]?.items ?? []).compactMap { $0["name"] }
        for claim in claims + extra where !isShared(claim.string ?? "", backstage) {
            report.error(
                "spec.cutover.door is true, and Backstage's pod has the volume claim '\(claim.string ?? "")'",
                at: claim.start,
                advice:
                    "If it is ReadWriteOnce, the old pod holds it and a new one may wait for it for ever, before its door. Use an "
                    + "ephemeral volumeClaimTemplate, or have the ReadWriteMany claim in \(backstage.file.name) as well."
            )
        }
    }

    /// Whether the claim is in the CR's file, and several nodes may mount it at once.
    private func isShared(_ name: String, _ backstage: BackstageResource) -> Bool {
        backstage.file.objects.contains { object in
            let modes = object.root[at: ["spec", "accessModes"]]?.items ?? []
            return object.kind == "PersistentVolumeClaim" && object.name == name
                && modes.contains { ["ReadWriteMany", "ReadOnlyMany"].contains($0.string ?? "") }
        }
    }
}

/// How many pods a Deployment has while its new ones are not ready, by Kubernetes' rules.
private struct RollOut {
    private let root: YAMLNode
    private static let patch: YAMLPath = ["spec", "deployment", "patch", "spec"]
    /// More than anybody has, and small enough not to overflow.
    private static let most = 100_000

    init(_ backstage: BackstageResource) { root = backstage.root }

    private var replicas: Int {
        // The patch is applied after the CR's own field, so it wins.
        let node = root[at: Self.patch.appending("replicas")] ?? root[at: ["spec", "application", "replicas"]]
        return min(node?.scalar.flatMap { Int($0.text) } ?? 1, Self.most)
    }

    private func limit(_ name: String) -> YAMLNode? {
        root[at: Self.patch + ["strategy", "rollingUpdate", .key(name)]]
    }

    /// A number of pods or a percentage. A surge is rounded up, and what may be unavailable is rounded down.
    private func count(_ name: String, roundedUp: Bool) -> Int {
        let text = limit(name)?.scalar?.text ?? "25%"
        guard text.hasSuffix("%") else { return min(max(Int(text) ?? 0, 0), Self.most) }
        let share = min(max(Int(text.dropLast()) ?? 0, 0), Self.most) * replicas
        return roundedUp ? (share + 99) / 100 : share / 100
    }

    func newPods(_ report: inout Report) -> Int {
        if let type = root[at: Self.patch + ["strategy", "type"]], type.string == "Recreate" {
            report.error(
                "spec.cutover.door is true, and the strategy of Backstage's Deployment is Recreate", at: type.start,
                advice:
                    "It takes the old pods away before it makes new ones, which would then wait with nobody serving: use RollingUpdate."
            )
            return 1
        }
        guard replicas > 0 else { return 1 }
        let surge = count("maxSurge", roundedUp: true)
        var missing = count("maxUnavailable", roundedUp: false)
        if surge == 0, missing == 0 { missing = 1 }
        if missing >= replicas {
            report.error(
                "spec.cutover.door is true, and all \(replicas == 1 ? "that there is" : "\(replicas)") of Backstage's pods may be away in a roll-out",
                at: limit("maxUnavailable")?.start ?? limit("maxSurge")?.start ?? root.start,
                advice:
                    "New pods would wait at the door with nobody serving: let maxUnavailable be less than the number of replicas, and "
                    + "maxSurge at least 1.")
        }
        return max(1, min(replicas, surge + missing, 100))
    }
}
