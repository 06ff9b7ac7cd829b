import Glibc
import SystemPackage
import TestSupport

/// What became of the writers in one move.
struct LiveRun: CustomStringConvertible {
    /// For how long each database took no writes, as its writers saw it, in seconds.
    var refused: [Double]
    /// From the fence to the publication, as rehome-job logs it.
    var logged: Double?
    /// From the start to the publication, without what was only waited for.
    var total: Double
    /// The largest resident set of rehome-job, in bytes.
    var peakMemory: Int?
    /// How long the writers' statements took, by phase.
    var latencies: [Phase: LiveRecord.Latency] = [:]

    enum Phase: String, CaseIterable {
        case before
        case precopy = "pre-copy"
        case rounds
    }

    var longest: Double { refused.max() ?? .nan }
    var description: String { "writes refused for \(decimal(longest, places: 2)) s, \(decimal(total)) s in all" }

    /// Moves everything while writers run, who go on at the target as soon as everything is there.
    ///
    /// - Parameters:
    ///   - calm: seconds for which the writers are watched before.
    ///   - keepUp: seconds for which rehome-job keeps up before it is given the word.
    ///   - log: where rehome-job's log goes.
    static func measure(
        _ contestant: Contestant, in arena: Arena, under condition: Condition, calm: Double, keepUp: Double,
        log: FilePath? = nil
    ) async throws -> LiveRun {
        try await arena.reset()
        // The source keeps what the writers of earlier runs have written, so these must not use their keys again.
        let backstage = try await LiveBackstage.start(on: arena.source, seed: .random(in: 1 ... .max))
        // Connecting and filling caches is no part of their life.
        try await Task.sleep(for: .seconds(3))
        let watched = WallClock.now()
        try await Task.sleep(for: .seconds(calm))
        let begin = WallClock.now()
        var moments: [Phase: (start: Double, end: Double)] = [.before: (watched, begin)]
        var run = LiveRun(refused: [], total: 0)
        if contestant.isRehome {
            backstage.moveWhenPublished(at: arena.target)
            let job = try await followedJob(arena, condition, keepUp: keepUp, log: log)
            (run.logged, run.peakMemory) = (job.fenceToPublished, job.peakMemory)
            run.total = job.keptUp - begin + job.published - job.word
            moments[.precopy] = (begin, job.copied)
            moments[.rounds] = (job.copied, job.fenced)
        } else {
            try await arena.source.psql(Self.fence)
            _ = try MeasuredProcess.run(contestant.script, environment: arena.environment(condition), log: arena.log)
            run.total = WallClock.now() - begin
            backstage.move(to: arena.target)
        }
        guard try await eventually(within: .seconds(60), { backstage.hasMoved }) else {
            throw BenchmarkError(
                "\(contestant.name): a minute after the move no writer has written to some database of the target")
        }
        let record = await backstage.stop()
        let lost = try await record.contradictions(at: arena.target)
        guard lost.isEmpty else {
            throw BenchmarkError(
                "\(contestant.name): \(lost.count) transactions are not as the writers know them, such as: \(lost[0])")
        }
        run.refused = record.refusedSeconds().values.sorted()
        for (phase, moment) in moments { run.latencies[phase] = record.latency(from: moment.start, to: moment.end) }
        return run
    }

    /// What a careful person does before a copy: nobody begins a transaction that writes, and all that have begun are over.
    private static let fence = #"""
        SELECT format('ALTER DATABASE %I SET default_transaction_read_only = on', datname) FROM pg_database WHERE datname NOT LIKE 'template_' AND datname <> 'postgres' \gexec
        SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE application_name = 'backstage' \g /dev/null
        """#

    /// The moments of a run of rehome-job, in seconds since 1970.
    private struct FollowedJob {
        /// When everything had been copied once.
        var copied = 0.0
        /// When the copy kept up, the word was given, the fence fell, and everything was published.
        var keptUp = 0.0, word = 0.0, fenced = 0.0, published = 0.0
        var fenceToPublished: Double?
        var peakMemory = 0
    }

    private static func followedJob(
        _ arena: Arena, _ condition: Condition, keepUp: Double, log: FilePath?
    ) async throws -> FollowedJob {
        var job = Job(from: arena.source, to: arena.target)
        job.environment.merge(arena.environment(condition)) { _, wanted in wanted }
        job.environment["REHOME_CUTOVER"] = "onCommand"
        var go = job
        go.arguments = ["go"]
        let word = go
        let moments = Box(FollowedJob())
        let result = try await job.run(
            meanwhile: { _ in
                guard try await eventually(within: .seconds(3600), { await moments.value.keptUp > 0 }) else { return }
                try await Task.sleep(for: .seconds(keepUp))
                await moments.change { $0.word = WallClock.now() }
                _ = try await word.run()
            },
            onLine: { line, process in
                let now = WallClock.now()
                await moments.change { moments in
                    moments.peakMemory = max(moments.peakMemory, peakMemory(of: process) ?? 0)
                    if line.contains("everything is at the target as one snapshot showed it") { moments.copied = now }
                    if line.contains("the copy keeps up with the source") { moments.keptUp = now }
                    if line.contains(" fenced ") { moments.fenced = now }
                    if line.contains(" published "),
                        let words = line.firstRange(of: "writes were refused for ")?.upperBound
                    {
                        moments.published = now
                        moments.fenceToPublished = TimeBreakdown.seconds(line[words...])
                    }
                }
            })
        try log?.write(result.output, mode: [.ownerReadWrite])
        guard result.status == 0 else {
            throw BenchmarkError("rehome-job ended with \(result.status):\n\(result.output.suffix(3000))")
        }
        return await moments.value
    }

    /// The kernel keeps the peak itself, so what is read at the last line is that of the whole run.
    private static func peakMemory(of process: pid_t) -> Int? {
        let line = try? FilePath("/proc/\(process)/status").text().split(separator: "\n").first {
            $0.hasPrefix("VmHWM:")
        }
        return line?.split { !$0.isNumber }.first.flatMap { Int($0) }.map { $0 << 10 }
    }
}

/// A value that several tasks change.
private actor Box<Value: Sendable> {
    private(set) var value: Value
    init(_ value: Value) { self.value = value }
    func change(_ body: @Sendable (inout Value) -> Void) { body(&value) }
}
