import MigrationSpec
import YAMLTree

/// A fleet as data (docs/fleet.schema.json). Names stay the same in all versions.
enum FleetData {
    static func json(_ fleet: Fleet) -> String {
        let document: YAMLValue = [
            "program": .string("rehome \(Version.current)"), "instances": .sequence(fleet.rows.map(row)),
            "withoutConfig": .sequence(fleet.unmatched.map(state)),
            "clashes": .sequence(fleet.clashes.map { .string($0) }),
        ]
        return document.json()
    }

    private static func row(_ row: Fleet.Row) -> YAMLValue {
        var value: YAMLValue = ["config": .sequence(row.layers.map { .string($0) })]
        value["error"] = row.error.map { .string($0) }
        if let one = row.described {
            value["name"] = .string(one.name)
            value["namespace"] = .string(one.namespace)
            value["instance"] = .string(one.instance)
            value["phase"] = .string(one.phase.rawValue)
            value["generation"] = .int(one.generation)
            value["target"] = ["kind": .string(one.target), "address": .string(one.address)]
            value["operatorVersion"] = one.operatorVersion.map { .string($0) }
            value["gate"] = .string(one.gate)
            value["folder"] = .string(one.output)
            value["stale"] = .sequence(one.stale.map { .string($0) })
            value["warnings"] = .sequence(one.warnings.map { .string($0) })
        }
        value["state"] = row.state.map(state)
        return value
    }

    private static func state(_ state: FleetState) -> YAMLValue {
        var value: YAMLValue = [
            "namespace": .string(state.namespace), "instance": .string(state.instance), "state": .string(state.state),
            "text": .string(state.text), "fence": .string(state.fence),
        ]
        value["generation"] = state.generation.map { .int($0) }
        value["since"] = state.since.map { .string($0) }
        value["fencedSince"] = state.fencedSince.map { .string($0) }
        return value
    }
}
