import JobContract
import MigrationSpec
import YAMLTree

/// The rules for the engines' own objects. They keep an engine from applying the next stage before a Job has ended, from
/// running a Job again, and from deleting objects with data.
extension TreeRules {
    func engineViolations() throws(YAMLError) -> [Violation] {
        var violations: [Violation] = []
        for file in files where file.path.hasSuffix(".yaml") && !file.path.hasSuffix("kustomization.yaml") {
            guard file.path.hasPrefix("argocd/") || file.path.hasPrefix("flux/") else { continue }
            let object = try file.content()
            let messages: [String]
            switch object["kind"]?.string {
            case "Application": messages = application(object["spec"])
            case "Kustomization": messages = kustomization(object["spec"])
            default: continue
            }
            violations += messages.map { Violation(path: file.path, message: $0) }
        }
        return violations
    }

    private func application(_ spec: YAMLValue?) -> [String] {
        var messages: [String] = []
        let options = spec?["syncPolicy"]?["syncOptions"]?.items?.compactMap(\.string) ?? []
        for option in ["ApplyOutOfSyncOnly=true", "Replace=true", "Force=true"] where options.contains(option) {
            messages.append("with \(option) a sync goes past a Job that is not done, or runs it again")
        }
        if spec?["syncPolicy"]?["automated"]?["prune"]?.bool == true {
            messages.append("what holds the data must not go because a file did: prune must be false")
        }
        return messages
    }

    private func kustomization(_ spec: YAMLValue?) -> [String] {
        var messages: [String] = []
        if spec?["wait"]?.bool != true {
            messages.append("without wait, the next stage begins before this one is done")
        }
        if spec?["prune"]?.bool != false {
            messages.append("what holds the data must not go because a file did: prune must be false")
        }
        if spec?["force"] != nil { messages.append("force deletes what it cannot change, a database too") }
        let stage = migration.stages.first { spec?["path"]?.string?.hasSuffix("/\($0.folder)") ?? false }
        if stage?.command != nil, (spec?["timeout"]?.string).map(Self.seconds) ?? 0 < migration.jobDeadlineSeconds {
            messages.append("timeout must be longer than the Job may take, \(migration.jobDeadlineSeconds)s")
        }
        return messages
    }

    /// Reads a duration as Flux writes it: `370m`, `6h`, `90s`.
    private static func seconds(_ text: String) -> Int {
        let units: [Character: Int] = ["h": 3600, "m": 60, "s": 1]
        guard let unit = text.last.flatMap({ units[$0] }), let count = Int(text.dropLast()) else { return 0 }
        return count * unit
    }
}
