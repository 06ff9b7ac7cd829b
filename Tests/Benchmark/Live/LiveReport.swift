import TestSupport

/// What was measured with writers running, as Markdown.
struct LiveReport {
    let runs: Int
    let scale: Double
    var remarks: [String] = []
    private var setting = ""
    private var results: [Condition: [(contestant: Contestant, runs: [LiveRun])]] = [:]

    init(runs: Int, scale: Double) { (self.runs, self.scale) = (runs, scale) }

    mutating func add(_ run: LiveRun, of contestant: Contestant, under condition: Condition) {
        if let place = results[condition]?.firstIndex(where: { $0.contestant.name == contestant.name }) {
            results[condition]?[place].runs.append(run)
        } else {
            results[condition, default: []].append((contestant, [run]))
        }
    }

    mutating func describe(_ arena: Arena) {
        setting = """
            - \(Machine.description)
            - \(arena.source.installation) from Debian on both sides, on one machine, over TCP; fsync, full_page_writes and synchronous_commit **on** at both servers
            - \(arena.databases.count) databases, \(arena.bytes / 1_000_000) MB on disk (scale \(scale)); medians of \(runs) interleaved runs; between runs the target is emptied and both servers make a checkpoint
            - Writers do all the time what the plugins of a Backstage of this size do (`Tests/TestSupport/Live`), each in a session of its own. They note for how long their database takes no writes, \
            from the first refusal or the end of a session to the next commit at the target, and look afterwards whether the target holds each transaction that was committed
            - rehome-job copies, keeps up until it is given the word, fences and publishes; the writers follow when the databases bear its stamp. All others stand inside a fence, and the writers follow when they end
            - In all: without the time for which rehome-job only waited for the word

            """
    }

    func markdown() -> String {
        var text =
            "# Benchmarks with writers running\n\nMade by `make bench-live`. Only rehome-job verifies what it copied.\n\n\(setting)"
        for remark in remarks { text += "- \(remark)\n" }
        for condition in Condition.allCases {
            guard let results = results[condition] else { continue }
            text += "\n## \(condition.title)\n\n"
            text +=
                "| | writes refused, s: longest of all databases | all runs | median database | longer than rehome-job | fence to published, as logged, s | in all, s | peak RSS MB |\n|---|--:|---|--:|--:|--:|--:|--:|\n"
            for (contestant, runs) in results {
                let all = runs.map { decimal($0.longest, places: 2) }.joined(separator: ", ")
                let ratio = contestant.isRehome ? nil : shortest(condition).map { median(runs.map(\.longest)) / $0 }
                text +=
                    "| \(contestant.name) | \(decimal(median(runs.map(\.longest)), places: 2)) | \(all) | \(decimal(median(runs.map { median($0.refused) }), places: 2)) "
                text +=
                    "| \(ratio.map { "\(decimal($0)) ×" } ?? "") | \(decimal(median(runs.compactMap(\.logged)), places: 2)) | \(decimal(median(runs.map(\.total)))) "
                text +=
                    "| \(contestant.isRehome ? decimal(median(runs.compactMap(\.peakMemory).map(Double.init)) / 1e6) : "") |\n"
            }
        }
        return text + whatWritersFelt() + goals()
    }

    private func whatWritersFelt() -> String {
        var text =
            "\n## What the writers felt of rehome-job\n\nMilliseconds that their statements took, COMMIT included.\n\n"
        text +=
            "| | before: median | 95 % | pre-copy: median | 95 % | rounds: median | 95 % |\n|---|--:|--:|--:|--:|--:|--:|\n"
        for condition in Condition.allCases where rehome(condition) != nil {
            text += "| \(condition.title) "
            for phase in LiveRun.Phase.allCases {
                for value in [latency(phase, condition, \.median), latency(phase, condition, \.percentile95)] {
                    text += "| \(decimal(value * 1000, places: 2)) "
                }
            }
            text += "|\n"
        }
        return text
    }

    private func goals() -> String {
        var text = "\n## Goals\n\nFor 15 databases at scale 1.\n\n| | goal | measured | |\n|---|--:|--:|---|\n"
        func row(_ name: String, _ goal: String, _ measured: Double?, unit: String, isMet: (Double) -> Bool) {
            guard let measured, measured.isFinite else {
                text += "| \(name) | \(goal) | | not measured |\n"
                return
            }
            text +=
                "| \(name) | \(goal) | \(decimal(measured, places: 2))\(unit) | \(isMet(measured) ? "met" : "**missed**") |\n"
        }
        for (condition, limit) in [(Condition.local, 0.5), (.distant, 1.5), (.starved, 1)] {
            row(
                "\(condition.title): fence to published", "≤ \(decimal(limit)) s",
                rehome(condition).map { median($0.compactMap(\.logged)) }, unit: " s"
            ) { $0 <= limit }
        }
        for condition in Condition.live {
            let rivals = (results[condition] ?? []).filter { !$0.contestant.isRehome }.map {
                median($0.runs.map(\.longest))
            }
            let factor = shortest(condition).flatMap { own in rivals.min().map { $0 / own } }
            row("\(condition.title): shorter than the shortest rival's", "≥ 20 ×", factor, unit: " ×") { $0 >= 20 }
        }
        for phase in [LiveRun.Phase.precopy, .rounds] {
            let factor = latency(phase, .starved, \.percentile95) / latency(.before, .starved, \.percentile95)
            row(
                "\(Condition.starved.title): the writers' 95th percentile in the \(phase.rawValue)", "≤ 2 ×", factor,
                unit: " ×"
            ) { $0 <= 2 }
        }
        row(
            "peak memory", "≤ 64 MiB",
            Condition.allCases.compactMap(rehome).joined().compactMap(\.peakMemory).max().map {
                Double($0) / 1_048_576
            }, unit: " MiB"
        ) { $0 <= 64 }
        return text
    }

    private func rehome(_ condition: Condition) -> [LiveRun]? {
        results[condition]?.first(where: \.contestant.isRehome)?.runs
    }

    /// How long rehome-job has writes refused.
    private func shortest(_ condition: Condition) -> Double? { rehome(condition).map { median($0.map(\.longest)) } }

    private func latency(_ phase: LiveRun.Phase, _ condition: Condition, _ value: KeyPath<LiveRecord.Latency, Double>)
        -> Double
    {
        median((rehome(condition) ?? []).compactMap { $0.latencies[phase]?[keyPath: value] })
    }
}
