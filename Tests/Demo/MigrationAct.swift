import FoundationEssentials
import Glibc
import SystemPackage
import TestSupport

/// The steps of the demo, in the order in which they are shown.
struct MigrationAct {
    let cluster: LocalCluster
    let program: FilePath
    let screen: Screen
    private let clock = ContinuousClock()

    init(cluster: LocalCluster, program: FilePath, screen: Screen) {
        self.cluster = cluster
        self.program = program
        self.screen = screen
    }

    func killTheFirstAttempt() async throws {
        screen.heading("First attempt of Job \(cluster.job), to be killed")
        let start = clock.now
        let pod = try await cluster.startJob(program)
        let log = showLog(of: pod)
        let bytes = try await waitForRowsOnTheirWay(pod)
        try pod.signal(SIGKILL)
        let end = try await pod.end()
        _ = await log.value
        guard end.exitCode == 128 + SIGKILL else {
            throw DemoError("the Job ended with \(end.exitCode) before it could be killed")
        }
        screen.say(
            "✗ kill -9 after \((clock.now - start).inSeconds), with \(megabytes(bytes)) of a table on their way", .bad)
        guard try await publishedDatabases() == 0 else {
            throw DemoError("the target shows databases of a killed attempt")
        }
        screen.confirm("the target shows none of the databases")
    }

    func finishWithTheSecond() async throws {
        screen.heading("Second attempt, the same pod again, and Backstage goes on writing")
        let start = clock.now
        let log = try await runToSuccess()
        let length = clock.now - start
        screen.confirm("exit code 0 after \(length.inSeconds)")
        guard let words = log.firstRange(of: "writes were refused for "),
            let end = log[words.upperBound...].firstRange(of: " until then")?.lowerBound
        else {
            throw DemoError("the Job does not say for how long writes were refused")
        }
        screen.confirm(
            "writes were refused for \(log[words.upperBound..<end]): a script with a fence around it refuses them for as long as it runs"
        )
        guard let receipt = try cluster.api.configMaps().first else { throw DemoError("the Job left no receipt") }
        screen.confirm("ConfigMap \(receipt.key), the receipt that the cut-over waits for:")
        for (key, value) in (receipt.value.data ?? [:]).sorted(by: { $0.key < $1.key }) {
            screen.say("    \(key): \(value)")
        }
    }

    /// What the writers were told, compared with what the target holds.
    func lookForLosses(_ record: LiveRecord) async throws {
        screen.heading("What Backstage's plugins were told, compared with what is at the target")
        let contradictions = try await record.contradictions(at: cluster.target)
        guard contradictions.isEmpty else {
            throw DemoError(
                "\(contradictions.count) transactions are not as the writers know them: \(contradictions[0])")
        }
        let refused = record.count { if case .refused = $0 { true } else { false } }
        screen.confirm(
            "all \(record.committed) transactions that were committed at the source are at the target, and none of the \(refused) that were refused"
        )
    }

    /// Compares source and target with pg_dump and with the servers' own MD5, none of which is the Job's work.
    func compare() async throws {
        screen.heading("Source and target, compared by others: pg_dump --schema-only, MD5 over all rows")
        let rows = try await screen.timed("comparing") {
            var rows = [["database", "size", "tables", "rows", "schema", "content", "locks"]]
            for database in BackstageDatabases.names {
                let comparison = try await DatabaseComparison(
                    of: database, source: cluster.source, target: cluster.target)
                guard comparison.isSame else { throw DemoError("'\(database)' differs: \(comparison.difference)") }
                rows.append(comparison.row)
            }
            return rows
        }
        screen.table(rows)
        screen.say(
            "knex's lock tables are not compared: stuck at the source in two databases, one free row each at the target."
        )
    }

    func runAgainWithoutTheSource() async throws {
        screen.heading("Third run, with the source stopped, as after the cut-over")
        try await cluster.source.pause(.immediate)
        let start = clock.now
        try await runToSuccess()
        screen.confirm("exit code 0 after \((clock.now - start).inSeconds), and nobody to copy from")
    }

    /// Writes what a change board keeps, from what the target holds; the source is gone.
    func keepTheReport(in folder: FilePath) async throws {
        screen.heading("The report, from what the target holds")
        for form in ["json", "html"] {
            let pod = try await cluster.startJob(program, arguments: ["report", "--output", form])
            var text = ""
            for await line in pod.lines { text += line + "\n" }
            let end = try await pod.end()
            guard end.exitCode == 0 else { throw DemoError("the report ended with \(end.exitCode): \(text)") }
            let file = folder.appending("demo-report.\(form)")
            guard FileManager.default.createFile(atPath: file.string, contents: Data(text.utf8)) else {
                throw DemoError("\(file) cannot be written")
            }
            screen.confirm("\(file)\(form == "html" ? ": open it in a browser; it needs no network" : "")")
        }
    }

    /// - Returns: the log.
    @discardableResult
    private func runToSuccess() async throws -> String {
        let pod = try await cluster.startJob(program)
        let log = showLog(of: pod)
        let end = try await pod.end()
        let lines = await log.value
        guard end.exitCode == 0 else {
            throw DemoError("the Job ended with exit code \(end.exitCode): \(end.terminationMessage)")
        }
        return lines
    }

    private func showLog(of pod: Pod) -> Task<String, Never> {
        Task {
            var window = LogWindow(isTerminal: screen.isTerminal)
            var all = ""
            for await line in pod.lines {
                window.add(line)
                all += line + "\n"
            }
            return all
        }
    }

    /// Watches the target until a good part of a large table has arrived.
    /// - Returns: How many bytes of it.
    private func waitForRowsOnTheirWay(_ pod: Pod) async throws -> Int {
        let deadline = clock.now + .seconds(300)
        while clock.now < deadline {
            let moved = try await cluster.target.value(
                of: "SELECT coalesce(max(bytes_processed), 0) FROM pg_stat_progress_copy WHERE command = 'COPY FROM'")
            if let bytes = Int(moved), bytes > 20_000_000 { return bytes }
        }
        throw DemoError("no large table was copied within five minutes")
    }

    private func publishedDatabases() async throws -> Int {
        let names = try await cluster.target.psql("SELECT datname FROM pg_database").split(separator: "\n")
        return names.count { BackstageDatabases.names.contains(String($0)) }
    }
}

/// Such as "41 MB".
func megabytes(_ bytes: Int) -> String { "\((bytes + 500_000) / 1_000_000) MB" }
