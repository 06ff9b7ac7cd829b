import JobContract
import Manifests
import MigrationSpec
import OutputFolder
import YAMLTree

/// Many instances at a glance: what git has of each, and the state of each.
struct Fleet {
    /// One config.
    struct Row {
        var layers: [String]
        var content: Content
        /// The latest state that its Job has reported; `nil` if there is none.
        var state: FleetState?

        enum Content {
            case instance(Described)
            /// Why the config cannot be rendered.
            case broken(String)
        }

        /// The config's own file.
        var config: String { layers.last ?? "" }
        var described: Described? { if case .instance(let instance) = content { instance } else { nil } }
        var error: String? { if case .broken(let text) = content { text } else { nil } }
    }

    /// The contents of a config that can be rendered.
    struct Described {
        var name: String
        var namespace: String
        var instance: String
        var phase: Phase
        var generation: Int
        var target: String
        /// Host and port.
        var address: String
        var operatorVersion: String?
        var gate: String
        var output: String
        /// What `rehome check` would report: paths in the folder, and files of the user's own.
        var stale: [String]
        var warnings: [String]
    }

    var rows: [Row]
    /// States of instances with no config, or with several.
    var unmatched: [FleetState]
    /// Why some of the configs cannot be rendered together.
    var clashes: [String]

    init(_ outcomes: [InputOptions.Outcome], states: [FleetState]) {
        let known = Dictionary(grouping: states) { Self.key($0.namespace, $0.instance) }
        let named = Dictionary(
            outcomes.compactMap { try? $0.result.get().migration }.map { (Self.key($0.namespace, $0.instance), 1) },
            uniquingKeysWith: +)
        rows = outcomes.map { outcome in
            switch outcome.result {
            case .failure(let failure):
                return Row(layers: outcome.layers, content: .broken(failure.text))
            case .success(let instance):
                let key = Self.key(instance.migration.namespace, instance.migration.instance)
                return Row(
                    layers: outcome.layers, content: Self.content(of: instance),
                    state: named[key] == 1 ? known[key].flatMap(Self.latest) : nil)
            }
        }
        rows.sort { Self.order($0).lexicographicallyPrecedes(Self.order($1)) }
        // If several clusters have an instance of the same name, a state cannot be assigned to one of them, so every
        // state is shown.
        unmatched = known.filter { named[$0.key] != 1 }.sorted { $0.key.lexicographicallyPrecedes($1.key) }
            .flatMap { key, states in named[key] == nil ? [Self.latest(states)].compactMap(\.self) : states }
        clashes = InputOptions.clashes(between: outcomes.compactMap { try? $0.result.get() })
    }

    private static func content(of instance: RenderedInstance) -> Row.Content {
        let migration = instance.migration
        let changes: [OutputFolder.Change]
        do { changes = try instance.silentChanges() } catch { return .broken(error.description) }
        let gate =
            switch migration.phase {
            case .prepare: "none yet"
            case .done: "none"
            case .migrate, .rollback: migration.hasDoor ? "door" : migration.gate.rawValue
            }
        return .instance(
            Described(
                name: migration.name, namespace: migration.namespace, instance: migration.instance,
                phase: migration.phase, generation: migration.copy.generation, target: word(migration.target.kind),
                address: "\(migration.target.host):\(migration.target.port)",
                operatorVersion: migration.operatorVersion?.rawValue, gate: gate,
                output: instance.output, stale: changes.map(\.path), warnings: instance.warnings.map(\.description)))
    }

    private static func word(_ kind: Migration.Target.Kind) -> String {
        switch kind {
        case .statefulSet: ConfigDraft.Target.statefulSet.rawValue
        case .cloudNativePG: ConfigDraft.Target.cloudNativePG.rawValue
        case .operated(let cluster): cluster.clusterOperator.rawValue
        case .external: ConfigDraft.Target.external.rawValue
        }
    }

    private static func key(_ namespace: String, _ instance: String) -> [String] { [namespace, instance] }

    /// The latest of the states of one instance: that of the newest generation, then the one that was entered last,
    /// then the one that was read last.
    private static func latest(_ states: [FleetState]) -> FleetState? {
        states.enumerated().max { first, second in
            (first.element.generation ?? 0, first.element.since ?? "", first.offset)
                < (second.element.generation ?? 0, second.element.since ?? "", second.offset)
        }?.element
    }

    /// States in which writes are refused although nothing is published.
    var fenced: [FleetState] { (rows.compactMap(\.state) + unmatched).filter(\.isFencedForNothing) }

    /// Broken configs first, since a person must act; the others by instance.
    private static func order(_ row: Row) -> [String] {
        row.described.map { ["1", $0.namespace, $0.instance, row.config] } ?? ["0", row.config]
    }
}
