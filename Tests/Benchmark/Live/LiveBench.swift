import ArgumentParser
import SystemPackage
import TestSupport

/// What a move costs a Backstage that goes on writing.
struct LiveBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "live",
        abstract: "Measure for how long writes are refused, with a Backstage that writes all the time.")

    @Option(help: "The folder with rehome-job.") var programs: String
    @Option(help: "Size of the source; 1 is some 750 MB.") var scale = 1.0
    @Option(help: "How often everybody runs; the medians count.") var runs = 5
    @Option(help: "Only this condition; may be given several times.") var condition: [Condition] = []
    @Option(help: "Only those whose names hold this text.") var only = ""
    @Option(help: "Seconds for which the writers are watched before each run of rehome-job.") var calm = 10.0
    @Option(help: "Seconds for which rehome-job keeps up before the fence.") var keepUp = 30.0
    @Option(help: "A setting of rehome-job, such as REHOME_PACE=full; may be given several times.") var set: [String] =
        []
    @Option(help: "A folder for the logs of rehome-job.") var logs: String?
    @Option(help: "Where the report goes, besides standard output.") var output: String?

    func run() async throws {
        var report = LiveReport(runs: runs, scale: scale)
        if !Contestant.hasPgcopydb { report.remarks.append("**Skipped**: pgcopydb: not installed") }
        let contestants = Contestant.all.filter { only.isEmpty || $0.name.contains(only) }
        try await withTemporaryFolder { folder in
            var arena = try await Arena(
                program: programs + "/rehome-job", scale: scale, folder: folder, isDurable: true)
            for setting in set {
                let parts = setting.split(separator: "=", maxSplits: 1)
                arena.settings[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
                report.remarks.append("rehome-job with \(setting)")
            }
            report.describe(arena)
            let conditions = Condition.live.filter { self.condition.isEmpty || self.condition.contains($0) }
            let place = arena
            try await Rotation(contestants: contestants, conditions: conditions, rounds: runs).run(
                in: place, skip: { report.remarks.append("**Skipped**: \($0)") }, remark: { report.remarks.append($0) }
            ) { contestant, condition, round in
                let run = try await LiveRun.measure(
                    contestant, in: place, under: condition, calm: contestant.isRehome ? calm : 0, keepUp: keepUp,
                    log: logs.map { FilePath($0).appending("\(condition.rawValue)-\(round).log") })
                report.add(run, of: contestant, under: condition)
                try note("\(condition.title), run \(round), \(contestant.name): \(run)")
            }
        }
        let text = report.markdown()
        print(text)
        if let output { try FilePath(output).write(text, mode: [.ownerReadWrite, .groupRead, .otherRead]) }
    }
}
