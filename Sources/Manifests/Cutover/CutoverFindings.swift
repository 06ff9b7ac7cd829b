import MigrationSpec
import YAMLTree

extension Renderer {
    /// Warnings about the team's files, whether the cut-over changes them or not.
    func findings(_ migration: Migration) -> [Problem] {
        if migration.helm != nil {
            let cutover = HelmCutover(migration)
            return (HelmRemainingReferences(migration)?.problems ?? []) + (cutover?.substituted ?? [])
                + (cutover?.forgottenRole ?? [])
        }
        guard migration.backstage != nil else { return [] }
        // A rehearsal reports the same as the real run, so that there is time to act.
        var migration = migration
        if migration.phase == .prepare { migration.phase = .migrate }
        guard let cutover = cutover(of: migration), migration.crStage == .cutover || migration.crStage == .cutoverBack
        else {
            return []
        }
        return exported(cutover) + substituted(cutover) + RemainingReferences(cutover).problems
    }

    /// Warns of objects that were exported from a cluster, with fields that the API server writes.
    private func exported(_ cutover: CutoverResource) -> [Problem] {
        var objects = [("the Backstage CR", cutover.backstage.root)]
        if let plugins = PluginsCutover(cutover.migration), plugins.isChange, let root = plugins.configMap {
            objects.append(("the ConfigMap '\(plugins.plugins.name)'", root))
        }
        return objects.compactMap { title, root in
            guard [.copy, .inPlace].contains(cutover.migration.cutover) else { return nil }
            let paths = ServerFields.paths(in: root)
            guard let first = paths.first, let node = root[at: first] else { return nil }
            let names = paths.map { $0.description }.joined(separator: ", ")
            return Problem(
                .warning, at: node.start, "\(title) has fields that the API server writes: \(names)",
                advice: cutover.migration.cutover == .copy
                    ? "The copy is rendered without them."
                    : "Take them out before you commit it: applied again, an old resourceVersion is a conflict.")
        }
    }

    /// Warns of variables in the CR that Flux fills in today and would not fill in in the rendered copy.
    private func substituted(_ cutover: CutoverResource) -> [Problem] {
        guard cutover.migration.cutover == .copy, case .flux(let flux)? = cutover.migration.engine,
            flux.postBuild == nil
        else { return [] }
        var place: YAMLNode?
        cutover.backstage.root.eachScalar { _, node in
            if place == nil, node.scalar?.text.firstMatch(of: /\$\{[A-Za-z_][A-Za-z0-9_]*(:?[-=+?][^}]*)?\}/) != nil {
                place = node
            }
        }
        guard let place else { return [] }
        return [
            Problem(
                .warning, at: place.start,
                "the Backstage CR has a variable that Flux is to fill in, and spec.engine.flux.postBuild is missing",
                advice:
                    "The copy in \(Stage.cutover.folder) would have it as it stands: give spec.engine.flux.postBuild "
                    + "what the Kustomization has that applies the CR now.")
        ]
    }
}

/// Places that still name the old database after the cut-over.
private struct RemainingReferences {
    private let cutover: CutoverResource
    private let migration: Migration
    private let hosts: Set<String>
    private let secrets: Set<String>

    private static let most = 20

    init(_ cutover: CutoverResource) {
        self.cutover = cutover
        migration = cutover.migration
        let names: (hosts: Set<String>, secrets: Set<String>) =
            if migration.crStage == .cutoverBack {
                ([migration.target.host], [migration.credentials.secretName])
            } else if let address = migration.source.address {
                ([address.host], [migration.source.secretName])
            } else {
                ([cutover.backstage.localDatabaseName], cutover.backstage.localSecretNames)
            }
        // A name such as "db" is an ordinary word, so finding it in a text says nothing.
        func isDistinctive(_ name: String) -> Bool { name.contains("-") || name.contains(".") }
        hosts = names.hosts.filter(isDistinctive)
        secrets = names.secrets.filter(isDistinctive)
    }

    var problems: [Problem] {
        var problems: [Problem] = []
        let edited = Set(cutover.edits.map(\.path))
        let removed = cutover.edits.compactMap { edit -> YAMLPath? in
            if case .remove(let path) = edit { path } else { nil }
        }
        let handled: [YAMLPath] = [["metadata"], ["status"], ["spec", "database"]] + removed
        cutover.backstage.root.eachScalar { path, node in
            if edited.contains(path) || handled.contains(where: { path.components.starts(with: $0.components) }) {
                return
            }
            // Secrets in this list may stay: the new one comes after them, and Backstage takes the last.
            if path.components.starts(with: ["spec", "application", "extraEnvs", "secrets"].map { .key($0) }) {
                return
            }
            problem(node.scalar?.text, at: node, in: "the Backstage CR, \(path)").map { problems.append($0) }
        }
        let objects = migration.instanceFiles.flatMap(\.objects)
        for object in objects where isReader(object) {
            object.root.eachScalar { path, node in
                // On the way back, the local database's Secret comes before them all, so any of them would win.
                let isJudged =
                    migration.crStage == .cutover
                    && cutover.backstage.judgesVariable(at: path, of: object, among: objects)
                guard !object.isAppConfig || !Self.isAudited(path), !isJudged else { return }
                let place = object.isAppConfig ? "the file" : object.kind
                for text in texts(of: node, at: path, in: object) {
                    let advice = path.isServiceName ? serviceAdvice : nil
                    guard let problem = problem(text, at: node, in: "\(place), \(path)", advice) else { continue }
                    problems.append(problem)
                    break
                }
            }
        }
        return Array(problems.prefix(Self.most)) + unread
    }

    /// Whether the object may read the database: it is neither the database itself nor the CR.
    private func isReader(_ object: ManifestObject) -> Bool {
        let name = object.root[at: ["metadata", "name"]]?.string ?? ""
        return object.kind != "Backstage" && !hosts.contains(name) && !secrets.contains(name)
    }

    /// The texts in a scalar that are to be searched. Parts of app-configs and variables that an audit checks are left out.
    private func texts(of node: YAMLNode, at path: YAMLPath, in object: ManifestObject) -> [String] {
        guard let text = object.text(of: node, at: path) else { return [] }
        guard object.kind == "ConfigMap",
            hosts.contains(where: text.holdsHost) || secrets.contains(where: text.holdsWord),
            let file = try? YAMLFile(parsing: text, name: node.start.file)
        else { return [text] }
        var (texts, isAudited): ([String], Bool) = ([], false)
        for document in file.documents {
            document.root.eachScalar { inner, scalar in
                if Self.isAudited(inner) || cutover.backstage.judgesVariable(at: inner, inTextAt: path, of: object) {
                    isAudited = true
                } else if let text = scalar.scalar?.text {
                    texts.append(text)
                }
            }
        }
        return isAudited ? texts : [text]
    }

    /// Whether `AppConfigAudit` checks the path.
    private static func isAudited(_ path: YAMLPath) -> Bool {
        path.components.starts(with: [.key("backend"), .key("database")])
    }

    /// The advice for a `serviceRef`, which names a Service and no host.
    private var serviceAdvice: String? {
        guard migration.crStage == .cutover else { return nil }
        if let service = migration.targetService {
            return "What reads this stays there, until the database goes: let it name \(service) when Backstage moves."
        }
        return
            "What reads this stays there, until the database goes. A serviceRef names a Service, and \(migration.target.host) "
            + "is none: write jdbcUrl in its place, with the schema in it, when Backstage moves."
    }

    /// - Parameter advice: the advice for a host's name, if it is not to write the new one.
    private func problem(_ text: String?, at node: YAMLNode, in place: String, _ advice: String? = nil) -> Problem? {
        guard let text, text.utf8.count < 1 << 20 else { return nil }
        if let host = hosts.first(where: text.holdsHost) {
            let other =
                migration.crStage == .cutoverBack
                ? migration.source.address?.host ?? "the local database" : migration.target.host
            return Problem(
                .warning, at: node.start,
                "\(place) names '\(host)', the database that is left; the cut-over leaves it so",
                advice: advice
                    ?? "What reads this stays there, until the database goes: let it name \(other) when Backstage moves."
            )
        }
        if let secret = secrets.first(where: text.holdsWord) {
            let other = migration.crStage == .cutoverBack ? migration.localSecretName : migration.credentials.secretName
            return Problem(
                .warning, at: node.start,
                "\(place) names '\(secret)', a Secret of the database that is left; the cut-over leaves it so",
                advice:
                    "What reads this stays there, until the database goes: let it name \(other) when Backstage moves.")
        }
        return nil
    }

    /// Warns of raw configuration for the operator that is not in the file, and so cannot be searched.
    private var unread: [Problem] {
        let section: YAMLPath = ["spec", "rawRuntimeConfig"]
        return (cutover.backstage.root[at: section]?.mergedEntries ?? []).compactMap { entry in
            // Before the move, `UnreadSources` has warned of it.
            if migration.crStage == .cutover, entry.name == "backstageConfig" { return nil }
            guard let name = entry.value.string, !name.isEmpty,
                !migration.instanceFiles.flatMap(\.objects).contains(where: {
                    $0.kind == "ConfigMap" && $0.root[at: ["metadata", "name"]]?.string == name
                })
            else { return nil }
            return Problem(
                .warning, at: entry.value.start,
                "\(section).\(entry.name) names the ConfigMap '\(name)', which is not in \(cutover.backstage.file.name)",
                advice: "It can say anything of Backstage's pod: see that it names neither "
                    + "\((hosts.sorted() + secrets.sorted()).joined(separator: " nor ")).")
        }
    }
}

extension YAMLPath {
    /// Whether it leads to `serviceRef.name`, as objects of the orchestrator have it.
    fileprivate var isServiceName: Bool { components.suffix(2).elementsEqual([.key("serviceRef"), .key("name")]) }
}

extension ManifestObject {
    /// Whether the document is no object of Kubernetes, but an app-config or a list of plugins by itself.
    fileprivate var isAppConfig: Bool { kind.isEmpty && apiVersion.isEmpty }
}
