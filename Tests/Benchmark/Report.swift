import Glibc
import SystemPackage
import TestSupport

/// What was measured, as Markdown.
struct Report {
    let rounds: Int
    let scale: Double
    var skipped: [String] = []
    var remarks: [String] = []
    var breakdowns: [TimeBreakdown] = []
    var floors: [Floor] = []
    private var setting = ""
    private var results: [Condition: [String: [Arena.Result]]] = [:]
    private var order: [String] = []

    init(rounds: Int, scale: Double) {
        self.rounds = rounds
        self.scale = scale
    }

    mutating func add(_ result: Arena.Result, of name: String, under condition: Condition) {
        results[condition, default: [:]][name, default: []].append(result)
        if !order.contains(name) { order.append(name) }
    }

    mutating func describe(_ arena: Arena) {
        setting = """
            - \(Machine.description)
            - \(arena.source.installation) from Debian on both sides, on one machine, over TCP; \
            fsync, full_page_writes and synchronous_commit off at both servers, but on where it says fsync
            - \(arena.databases.count) databases, \(arena.bytes / 1_000_000) MB on disk (scale \(scale)); medians of \
            \(rounds) interleaved rounds; between runs the target is emptied and both servers make a checkpoint
            - 10 ms away: 5 ms each way in a TCP proxy on the same machine, whose CPU is not counted
            - clients' CPU: the program with all that it starts, such as pg_dump; peak RSS: of the largest one of these
            """
    }

    func markdown() -> String {
        var text = "# Benchmarks\n\nMade by `make bench`. Only rehome-job verifies what it copied.\n\n\(setting)\n"
        for skipped in skipped { text += "- **Skipped**: \(skipped)\n" }
        for remark in remarks { text += "- \(remark)\n" }
        for condition in Condition.allCases where results[condition] != nil {
            text += "\n## \(condition.title)\n\n"
            text +=
                "| | wall s | all runs | rehome-job is faster by | clients' CPU s | servers' CPU s | peak RSS MB |\n|---|--:|---|--:|--:|--:|--:|\n"
            for name in order {
                guard let runs = results[condition]?[name] else { continue }
                let times = runs.map(\.process.wall).sorted().map { decimal($0) }.joined(separator: ", ")
                let ratio = ratio(to: name, condition).map { "\(decimal($0, places: 2)) ×" } ?? ""
                text += "| \(name) | \(decimal(median(runs.map(\.process.wall)))) | \(times) | \(ratio) "
                text +=
                    "| \(decimal(median(runs.map(\.process.cpu)), places: 2)) | \(decimal(median(runs.map(\.servers)), places: 2)) "
                text += "| \(peak(of: runs)) |\n"
            }
        }
        return text + whereTimeGoes() + goals()
    }

    /// Linux counts what a process was before `exec`, a copy of this program, to its peak, which hides smaller ones.
    private func peak(of runs: [Arena.Result]) -> String {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let peak = median(runs.map { Double($0.process.peakMemory) })
        return (peak > Double(usage.ru_maxrss * 1024) ? "" : "≤ ") + decimal(peak / 1e6)
    }

    private func whereTimeGoes() -> String {
        guard !breakdowns.isEmpty else { return "" }
        var text = "\n## Where the time goes, both servers local\n\n"
        text +=
            "rehome-job: seconds summed over its workers, which overlap. Floor: one bare COPY after another without indexes, then one index after another; rehome-job builds the indexes of small tables while it finishes a database.\n\n"
        text += "| | rehome-job, worker s | floor, s |\n|---|--:|--:|\n"
        for kind in TimeBreakdown.kinds {
            let floor: Double? =
                switch kind {
                case "copy and verify": median(floors.map(\.copy))
                case "index": median(floors.map(\.index))
                default: nil
                }
            let spent = median(breakdowns.map { $0.spent[kind] ?? 0 })
            text += "| \(kind) | \(decimal(spent, places: 2)) | \(floor.map { decimal($0, places: 2) } ?? "") |\n"
        }
        text +=
            "\nText or binary: the tables above 1 MB through bare COPY, one after another, take \(decimal(median(floors.map(\.largeAsText)), places: 2)) s as text "
        text +=
            "and \(decimal(median(floors.map(\.largeAsBinary)), places: 2)) s in COPY's binary format. rehome-job copies text: both sides' hashes are made of it, "
        text +=
            "whatever their versions, so rows that travel as binary would have to be read a second time at the source.\n"
        return text
    }

    private func goals() -> String {
        var text = "\n## Goals\n\n| | goal | measured | |\n|---|--:|--:|---|\n"
        func row(_ name: String, goal: String, _ measured: Double?, unit: String, isMet: (Double) -> Bool) {
            let verdict = measured.map { isMet($0) ? "met" : "**missed**" } ?? "not measured"
            text += "| \(name) | \(goal) | \(measured.map { decimal($0, places: 2) + unit } ?? "") | \(verdict) |\n"
        }
        let comparisons = Condition.allCases.flatMap { condition in
            [(Contestant.comparedScript, 1.5), (.pgcopydb, 2), (.script, 1)].filter { condition.measures($0.0) }.map {
                ($0.0, condition, $0.1)
            }
        }
        for (rival, condition, factor) in comparisons {
            row(
                "\(condition.title): \(rival.name)", goal: "≥ \(decimal(factor)) ×", ratio(to: rival.name, condition),
                unit: " ×"
            ) { $0 >= factor }
        }
        func share(_ condition: Condition) -> Double? {
            let shares = (results[condition]?[Contestant.rehome.name] ?? []).map {
                100 * $0.process.cpu / ($0.process.cpu + $0.servers)
            }
            return shares.isEmpty ? nil : median(shares)
        }
        row("rehome-job's own share of all CPU, local", goal: "< 10 %", share(.local), unit: " %") { $0 < 10 }
        if let share = share(.encrypted) { text += "| the same with TLS | | \(decimal(share, places: 2)) % | |\n" }
        return text
    }

    /// How many times longer than rehome-job another one takes.
    private func ratio(to name: String, _ condition: Condition) -> Double? {
        guard let own = results[condition]?[Contestant.rehome.name], let other = results[condition]?[name],
            name != Contestant.rehome.name
        else { return nil }
        return median(other.map(\.process.wall)) / median(own.map(\.process.wall))
    }
}

func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return .nan }
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}

/// A number with one or two decimals.
func decimal(_ value: Double, places: Int = 1) -> String {
    guard value.isFinite else { return "–" }
    let factor = places == 1 ? 10 : 100
    let scaled = Int((value * Double(factor)).rounded())
    let fraction = "\(factor + scaled % factor)".dropFirst()
    return "\(scaled / factor).\(fraction)"
}
