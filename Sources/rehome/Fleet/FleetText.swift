import MigrationSpec
import Presentation

/// A fleet for a terminal.
enum FleetText {
    static func text(_ fleet: Fleet) -> String {
        var cells = [["instance", "phase", "target", "operator", "gate", "in git", "state"]]
        cells += fleet.rows.map { row in
            guard let one = row.described else { return [row.config, "", "", "", "", "broken", ""] }
            return [
                "\(one.namespace)/\(one.instance)", one.phase.rawValue, one.target, one.operatorVersion ?? "not said",
                one.gate, git(one), state(row.state),
            ]
        }
        cells += fleet.strangers.map {
            ["\($0.namespace)/\($0.instance)", "", "", "", "", "no config", state($0)]
        }
        let table = TextTable.text(cells, textColumns: Set(0..<7)).split(separator: "\n").map { line in
            String(line.reversed().drop { $0 == " " }.reversed())
        }
        let broken = fleet.rows.compactMap(\.error)
        return (table + [counts(fleet)] + broken + fleet.clashes).joined(separator: "\n")
    }

    /// Whether what is committed is what the config renders to.
    static func git(_ one: Fleet.Described) -> String {
        one.stale.isEmpty ? "current" : "\(one.stale.count) \(one.stale.count == 1 ? "file" : "files") stale"
    }

    static func state(_ state: FleetState?) -> String {
        guard let state else { return "not known" }
        let fence =
            state.fence == "standing" ? ", fenced" + (state.fencedSince.map { " since \($0)" } ?? "") : ""
        return state.state + (state.since.map { " since \($0)" } ?? "") + fence
    }

    private static func counts(_ fleet: Fleet) -> String {
        let stale = fleet.rows.count { !($0.described?.stale.isEmpty ?? true) }
        let broken = fleet.rows.count { $0.error != nil }
        return "\(fleet.rows.count) configs: \(broken) broken, \(stale) stale in git"
    }
}
