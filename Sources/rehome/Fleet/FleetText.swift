import JobContract
import MigrationSpec
import Presentation

/// A fleet for a terminal.
enum FleetText {
    static func text(_ fleet: Fleet) -> String {
        var cells = [["instance", "phase", "target", "operator", "gate", "in git", "state"]]
        cells += fleet.rows.map { row in
            guard let one = row.described else {
                return [row.config, "", "", "", "", "broken", row.state.map(state) ?? ""]
            }
            return [
                "\(one.namespace)/\(one.instance)", one.phase.rawValue, one.target, one.operatorVersion ?? "not said",
                one.gate, git(one), state(row.state, of: one),
            ]
        }
        cells += fleet.unmatched.map {
            ["\($0.namespace)/\($0.instance)", "", "", "", "", "no config of its own", state($0)]
        }
        // A cell must be one line, but the file that it comes from may have anything in it.
        let table = TextTable.text(cells.map { $0.map { VisibleText.of($0) } }, textColumns: Set(0..<7)).split(
            separator: "\n"
        ).map { line in
            String(line.reversed().drop { $0 == " " }.reversed())
        }
        let broken = fleet.rows.compactMap(\.error)
        return (table + [counts(fleet)] + broken + fleet.clashes).joined(separator: "\n")
    }

    /// Whether the committed files are those that the config renders to.
    static func git(_ one: Fleet.Described) -> String {
        one.stale.isEmpty ? "current" : "\(one.stale.count) \(one.stale.count == 1 ? "file" : "files") stale"
    }

    static func state(_ state: FleetState?, of one: Fleet.Described) -> String {
        guard let state else { return "not known" }
        let other = state.generation.flatMap { $0 == one.generation ? nil : " (generation \($0))" } ?? ""
        return self.state(state) + other
    }

    static func state(_ state: FleetState) -> String {
        let fence = state.isFenced ? ", fenced" + (state.fencedSince.map { " since \($0)" } ?? "") : ""
        return state.state + (state.since.map { " since \($0)" } ?? "") + fence
    }

    private static func counts(_ fleet: Fleet) -> String {
        let stale = fleet.rows.count { !($0.described?.stale.isEmpty ?? true) }
        let broken = fleet.rows.count { $0.error != nil }
        let fenced = fleet.fenced.count
        return "\(fleet.rows.count) configs: \(broken) broken, \(stale) stale in git"
            + (fenced > 0 ? "; \(fenced) fenced and not published" : "")
    }
}
