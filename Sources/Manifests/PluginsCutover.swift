import MigrationSpec
import YAMLTree

/// The dynamic plugins without what makes the operator put back the orchestrator's connections to its own database.
///
/// A plugin's `dependencies: - ref: sonataflow` makes the operator apply a SonataFlowPlatform on its own database at
/// every reconcile. `dependencies: [{}]` on the same package string says "none" to every release from 1.7 on; an empty
/// list says nothing to 1.8 and 1.9, which then take the default's (rhdh-operator, `pkg/model/plugin-deps.go`).
struct PluginsCutover {
    let migration: Migration
    let plugins: DynamicPlugins
    /// The changes of the list.
    private(set) var edits: [YAMLEdit] = []

    /// - Returns: `nil` where the ConfigMap is not known, has nothing to do with the orchestrator, or stays as it is.
    init?(_ migration: Migration) {
        guard migration.hasOrchestrator, migration.crStage == .cutover, let plugins = migration.plugins else {
            return nil
        }
        self.migration = migration
        self.plugins = plugins
        edits = changes
    }

    /// The packages that carry the reference by the operator's default or by its flavour, as every release from 1.7 on
    /// spells them.
    private static let carriers = [
        "backstage-plugin-orchestrator-backend", "backstage-plugin-scaffolder-backend-module-orchestrator",
    ]
    /// Where releases that have flavours take them from.
    private static let flavourRegistry = "oci://registry.access.redhat.com/rhdh/red-hat-developer-hub-"

    private var changes: [YAMLEdit] {
        let changed = plugins.items.indices.flatMap(edits(ofItem:))
        guard migration.backstage?.hasOrchestratorFlavour == true else { return changed }
        let missing = Self.carriers.filter { name in !plugins.items.contains { isPackage($0, name) } }
        return changed
            + missing.map { name in
                let package = "\(Self.flavourRegistry)\(name):{{inherit}}"
                return .append(
                    to: ["plugins"], ["package": .string(package), "disabled": false, "dependencies": [[:]]])
            }
    }

    /// The list in its ConfigMap, changed.
    /// - Throws: ``YAMLError`` where it cannot be edited without changing other places too.
    func edited() throws(YAMLError) -> EmbeddedYAML { try plugins.list.applying(edits) }

    private func edits(ofItem index: Int) -> [YAMLEdit] {
        let item = plugins.items[index]
        let path: YAMLPath = ["plugins", .index(index), "dependencies"]
        let dependencies = item["dependencies"]?.items ?? []
        if dependencies.isEmpty {
            let inherits = Self.carriers.contains { isPackage(item, $0) } && item["disabled"]?.bool != true
            return inherits ? [.set(path, [[:]])] : []
        }
        let references = dependencies.indices.filter { DynamicPlugins.isSonataFlow(dependencies[$0]) }
        if references.isEmpty { return [] }
        if references.count == dependencies.count { return [.set(path, [[:]])] }
        return references.reversed().map { .remove(path.appending(.index($0))) }
    }

    private func isPackage(_ item: YAMLNode, _ name: String) -> Bool {
        item["package"]?.string?.contains(name) ?? false
    }
}
