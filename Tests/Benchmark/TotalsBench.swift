import ArgumentParser
import Glibc
import SystemPackage
import TestSupport

struct TotalsBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "totals", abstract: "Measure how long everybody takes in all, with nobody writing.")

    @Option(help: "The folder with rehome-job.") var programs: String
    @Option(help: "Size of the source; 1 is some 750 MB.") var scale = 1.0
    @Option(help: "How often everybody runs; the medians count.") var rounds = 5
    @Option(help: "Only this condition; may be given several times.") var condition: [Condition] = []
    @Option(help: "Only those whose names hold this text.") var only = ""
    @Option(help: "A setting of rehome-job, such as REHOME_WORKERS=8; may be given several times.") var set: [String] =
        []
    @Option(help: "Where the report goes, besides standard output.") var output: String?

    func run() async throws {
        var report = Report(rounds: rounds, scale: scale)
        if !Contestant.hasPgcopydb { report.skipped.append("pgcopydb: not installed") }
        let contestants = Contestant.all.filter { only.isEmpty || $0.name.contains(only) }
        try await withTemporaryFolder { folder in
            var arena = try await Arena(program: programs + "/rehome-job", scale: scale, folder: folder)
            for setting in set {
                let parts = setting.split(separator: "=", maxSplits: 1)
                arena.settings[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
            }
            report.describe(arena)
            var breakdowns: [TimeBreakdown] = []
            let conditions = Condition.allCases.filter { self.condition.isEmpty || self.condition.contains($0) }
            let place = arena
            try await Rotation(contestants: contestants, conditions: conditions, rounds: rounds).run(
                in: place, skip: { report.skipped.append($0) }, remark: { report.remarks.append($0) }
            ) { contestant, condition, round in
                let result = try await place.measure(contestant, under: condition)
                report.add(result, of: contestant.name, under: condition)
                try note("\(condition.title), round \(round), \(contestant.name): \(decimal(result.process.wall)) s")
                if condition == .local, contestant.name == Contestant.rehome.name {
                    breakdowns.append(TimeBreakdown(log: try place.log.text()))
                }
            }
            for _ in breakdowns { report.floors.append(try await Floor(arena)) }
            report.breakdowns = breakdowns
        }
        let text = report.markdown()
        print(text)
        if let output { try FilePath(output).write(text, mode: [.ownerReadWrite, .groupRead, .otherRead]) }
    }
}
