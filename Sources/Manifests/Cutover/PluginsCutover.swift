import MigrationSpec
import YAMLTree

/// Removes the reference from the dynamic plugins that makes the operator point the orchestrator at its own database, and
/// restores it on the way back.
///
/// A plugin's `dependencies: - ref: sonataflow` makes the operator apply a SonataFlowPlatform on its own database at
/// every reconcile. A dependency `{}` means "none" to every release from 1.7 on (rhdh-operator,
/// `pkg/model/plugin_deps.go`), and shows where the reference has been. An empty list would not do: 1.8 and 1.9 ignore
/// it and take the default's.
struct PluginsCutover {
    let migration: Migration
    let plugins: DynamicPlugins
    /// The changes to the list.
    private(set) var edits: [YAMLEdit] = []

    /// - Returns: `nil` where the ConfigMap is not known, or has nothing to do with the orchestrator, or stays as it
    ///   is.
    init?(_ migration: Migration) {
        guard migration.hasOrchestrator, migration.crStage == .cutover || migration.crStage == .cutoverBack,
            let plugins = migration.plugins
        else { return nil }
        self.init(migration, plugins)
    }

    private init(_ migration: Migration, _ plugins: DynamicPlugins) {
        self.migration = migration
        self.plugins = plugins
        edits = isBack ? plugins.items.indices.flatMap(restoring(ofItem:)) : changes
    }

    /// The same changes, for the list in a file that has been edited in other places.
    func reread(in file: YAMLFile) throws(YAMLError) -> PluginsCutover {
        PluginsCutover(migration, try plugins.reread(in: file))
    }

    /// The list with the changes, and the file with that list.
    ///
    /// - Throws: ``YAMLError`` where it cannot be edited without changing something else.
    func edited() throws(YAMLError) -> (list: YAMLFile, file: YAMLFile) { try plugins.applying(edits) }

    /// The team's own ConfigMap; `nil` where something else makes it of a file.
    var configMapObject: ManifestObject? { if case .configMap(let object, _) = plugins.home { object } else { nil } }

    var configMap: YAMLNode? { configMapObject?.root }

    /// The ConfigMap that holds the list before the changes.
    ///
    /// - Throws: ``YAMLError`` never, since the text that is parsed was emitted here.
    func object() throws(YAMLError) -> YAMLNode {
        switch plugins.home {
        case .configMap(let object, _): object.root
        case .list(let file):
            try YAMLFile(parsing: configMap(holding: file).yaml(), name: file.name).onlyDocument.root
        }
    }

    /// The ConfigMap as another program makes it from the list.
    func configMap(holding list: YAMLFile) -> YAMLValue {
        [
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": .string(plugins.name)],
            "data": [DynamicPlugins.key: .string(list.text)],
        ]
    }

    private var isBack: Bool { migration.crStage == .cutoverBack }

    /// Whether the list that is applied differs from the one before. These edits may change it, or those of an earlier
    /// run in the same file, or the copy that the cut-over has made may differ.
    var isChange: Bool {
        if !edits.isEmpty { return true }
        if migration.cutover == .inPlace { return plugins.items.contains { !takenOut($0).isEmpty } }
        return isBack && !changes.isEmpty
    }

    /// The registry of the packages, in releases that have flavours.
    private static let flavourRegistry = "oci://registry.access.redhat.com/rhdh/red-hat-developer-hub-"

    // MARK: There

    private var changes: [YAMLEdit] {
        let changed = plugins.items.indices.flatMap(takingOut(ofItem:))
        guard migration.backstage?.hasOrchestratorFlavour == true else { return changed }
        let missing = DynamicPlugins.carriers.filter { name in !plugins.items.contains { isPackage($0, name) } }
        return changed
            + missing.map { name in
                let package = "\(Self.flavourRegistry)\(name):{{inherit}}"
                return .append(
                    to: ["plugins"], ["package": .string(package), "disabled": false, "dependencies": [[:]]])
            }
    }

    private func takingOut(ofItem index: Int) -> [YAMLEdit] {
        let item = plugins.items[index]
        let path: YAMLPath = ["plugins", .index(index), "dependencies"]
        let dependencies = item["dependencies"]?.items ?? []
        if dependencies.isEmpty {
            let inherits = DynamicPlugins.carriers.contains { isPackage(item, $0) } && !DynamicPlugins.isDisabled(item)
            return inherits ? [.set(path, [[:]])] : []
        }
        return dependencies.indices.filter { DynamicPlugins.isSonataFlow(dependencies[$0]) }
            .map { .set(path.appending(.index($0)), [:]) }
    }

    private func isPackage(_ item: YAMLNode, _ name: String) -> Bool {
        item["package"]?.string?.contains(name) ?? false
    }

    // MARK: And back

    private func restoring(ofItem index: Int) -> [YAMLEdit] {
        let path: YAMLPath = ["plugins", .index(index), "dependencies"]
        return takenOut(plugins.items[index]).map { .set(path.appending(.index($0)), ["ref": "sonataflow"]) }
    }

    private func takenOut(_ item: YAMLNode) -> [Int] {
        let dependencies = item["dependencies"]?.items ?? []
        return dependencies.indices.filter { DynamicPlugins.isTakenOut(dependencies[$0]) }
    }
}
