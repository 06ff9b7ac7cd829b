/// A run's state in Prometheus' text format. The names stay the same from version to version.
public enum Metrics {
    /// - Parameters:
    ///   - state: of the run.
    ///   - now: seconds since the run began.
    ///   - exitCode: how the run ended; `nil` while it has not.
    public static func text(_ state: RunState, at now: Double, exitCode: Int32?) -> String {
        var lines: [String] = []
        func gauge(_ name: String, _ help: String, _ samples: [(labels: String, value: String)]) {
            lines.append("# HELP rehome_\(name) \(help)")
            lines.append("# TYPE rehome_\(name) gauge")
            lines += samples.map { "rehome_\(name)\($0.labels) \($0.value)" }
        }
        gauge(
            "phase", "1 for the phase that the run is in.",
            RunState.Phase.allCases.map { ("{phase=\"\($0.rawValue)\"}", $0 == state.phase ? "1" : "0") })
        gauge("databases", "Databases that are moved.", [("", "\(state.databases.count)")])
        gauge("bytes_done", "Bytes on disk of what is copied.", [("", "\(state.bytesDone)")])
        gauge("bytes_total", "Bytes on disk of all tables.", [("", "\(state.bytesTotal)")])
        gauge("rows_done", "Rows that the first copy has brought over.", [("", "\(state.rowsDone)")])
        if let rows = state.rowsTotal {
            gauge("rows_total", "Rows that the first copy brings over, by the source's statistics.", [("", "\(rows)")])
        }
        gauge(
            "copied_ratio", "How much of the first copy's work is done, from 0 to 1.",
            [("", thousandths(state.fraction))])
        gauge("rows_followed", "Rows that rounds brought over after the first copy.", [("", "\(state.rowsBrought)")])
        gauge("rounds", "Rounds so far.", [("", "\(state.rounds)")])
        gauge(
            "fenced", "1 while writes at the source are refused for the last changes.",
            [("", state.fence(at: now) == nil ? "0" : "1")])
        gauge(
            "fenced_seconds", "For how long writes were refused so far.",
            [("", thousandths(state.secondsFenced(at: now)))])
        gauge("run_seconds", "For how long the run has lasted.", [("", thousandths(now))])
        if let exitCode {
            gauge("exit_code", "The exit code of the run; 0 means that it ended well.", [("", "\(exitCode)")])
            gauge("success", "1 if the run ended well.", [("", exitCode == 0 ? "1" : "0")])
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func thousandths(_ value: Double) -> String { "\((value * 1000).rounded() / 1000)" }
}
