import Glibc
import JobContract
import TestSupport
import Testing

/// Two servers on which histories are played, one after another.
final class HistoryScene {
    let source: PostgresServer
    let target: PostgresServer

    /// Versions of source and target.
    struct Pair: Sendable, CustomStringConvertible {
        var source: Int
        var target: Int
        var description: String { "\(source) to \(target)" }

        static let all: [Pair] = {
            let majors = PostgresInstallation.installed.map(\.major).filter { [15, 16, 18].contains($0) }
            return majors.flatMap { source in majors.filter { $0 >= source }.map { Pair(source: source, target: $0) } }
        }()
    }

    init(_ pair: Pair, hasBusyAutovacuum: Bool) async throws {
        let autovacuum = [
            "autovacuum_naptime": "1", "autovacuum_vacuum_scale_factor": "0.01", "autovacuum_vacuum_threshold": "20",
            "autovacuum_analyze_scale_factor": "0.05",
        ]
        source = try await PostgresServer.start(
            .major(pair.source),
            settings: History.settings.merging(hasBusyAutovacuum ? autovacuum : [:]) { own, _ in own })
        target = try await PostgresServer.start(.major(pair.target), settings: ["max_connections": "60"])
    }

    /// How a history has ended.
    enum Outcome {
        case published
        /// Nothing was, for a true reason, and once all was quiet everything was.
        case refused(reason: String)
    }

    /// Plays a history while the Job runs, and looks at both sides afterwards.
    func play(_ plan: HistoryPlan) async throws -> Outcome {
        try await reset()
        if plan.hidesLog { try await source.hideLog() }
        try await History.prepare(source, for: plan)
        let history = History.start(plan, on: source)
        var job = Job(from: source, to: target)
        job.environment.merge(plan.settings) { _, wanted in wanted }
        if plan.hidesLog { job[.exclude] = "postgres" }
        if plan.isRehearsed {
            var rehearsal = job
            rehearsal.arguments[0] = JobCommand.rehearse.rawValue
            let result = try await run(rehearsal, plan, history, isKilled: false)
            #expect([.success, .retry, .personMustAct].contains(result.end), "\(plan)\n\(result.output)")
        }
        var result = try await run(job, plan, history, isKilled: plan.killedAfter != nil)
        var output = result.output
        if plan.killedAfter != nil, result.status == 128 + SIGKILL {
            result = try await run(job, plan, history, isKilled: false)
            // It may have been killed after it had published.
            output += result.output
        }
        let record = await history.stop()
        #expect(record.mistakes.isEmpty, "\(plan)")
        #expect(record.done + record.refused > 0, "\(plan)\n\(record)")
        guard result.end != .success else {
            try await checkPublished(plan, record, after: publicationBegan(in: output), output)
            return .published
        }
        let reason = try await checkRefused(plan, result)
        // What the history did is over, so nothing is in the way any more.
        job[.cutover] = CutoverPolicy.auto.rawValue
        let last = try await job.run()
        #expect(last.end == .success, "\(plan)\nafter:\n\(result.output)\n\nnow:\n\(last.output)")
        if last.end == .success { try await checkPublished(plan, record, after: nil, last.output) }
        return .refused(reason: reason)
    }

    /// Seconds after which nobody makes trouble any more, and after which the Job must have ended.
    private static let patience = (trouble: 25.0, end: 240.0)

    private func run(_ job: Job, _ plan: HistoryPlan, _ history: History, isKilled: Bool) async throws -> Job.Result {
        var go = job
        go.arguments = [JobCommand.go.rawValue]
        let word = go
        return try await job.run(
            meanwhile: { process in
                await withTaskGroup { group in
                    group.addTask {
                        try? await Task.sleep(for: .seconds(Self.patience.trouble))
                        if !Task.isCancelled { history.calm() }
                        try? await Task.sleep(for: .seconds(Self.patience.end))
                        if !Task.isCancelled { kill(process, SIGTERM) }
                    }
                    if isKilled, let seconds = plan.killedAfter {
                        group.addTask {
                            try? await Task.sleep(for: .seconds(seconds))
                            if !Task.isCancelled { kill(process, SIGKILL) }
                        }
                    }
                    if let seconds = plan.wordAfter {
                        group.addTask {
                            try? await Task.sleep(for: .seconds(seconds))
                            // Until an attempt has begun there is nobody to hear it.
                            _ = try? await eventually(within: .seconds(Self.patience.end)) {
                                (try? await word.run())?.end == .success
                            }
                        }
                    }
                }
            },
            onLine: { line, _ in
                // The preflight is over, which would refuse what is to come.
                if line.contains("Z moving ") { history.begin() }
            })
    }

    // MARK: Afterwards

    /// Everything is at the target that was committed before it was published.
    ///
    /// - Parameter time: when the publication began, as seconds since 1970; `nil` if all writers had stopped before it.
    private func checkPublished(_ plan: HistoryPlan, _ record: HistoryRecord, after time: Double?, _ output: String)
        async throws
    {
        let story: () -> String = { "\(plan)\n\(output)" }
        // What a session commits that has lifted the read-only default, and what is made outside of any database, may come
        // after the publication.
        let late = record.marks.filter { $0.time >= (time ?? .infinity) }.map(\.mark)
        let serials = try await Set(lines("SELECT serial FROM lifted", in: History.database, at: target))
        let missing = try await lines("SELECT serial FROM lifted", in: History.database, at: source).filter {
            !serials.contains($0)
        }
        for mark in record.marks.map(\.mark) where !late.contains(mark) {
            if case .lifted(let serial) = mark {
                #expect(serials.contains("\(serial)"), "lost: row \(serial) of lifted\n\(story())")
            }
        }
        if time == nil { #expect(missing.isEmpty, "lost: \(missing)\n\(story())") }
        if !missing.isEmpty {
            try await source.psql(
                "SET default_transaction_read_only = off; DELETE FROM lifted WHERE serial IN (\(missing.joined(separator: ",")))",
                database: History.database)
        }
        var (wanted, found) = try await (databases(at: source), databases(at: target))
        for mark in late {
            switch mark {
            case .created(let name) where !found.contains(name): wanted.removeAll { $0 == name }
            case .dropped(let name) where !wanted.contains(name): found.removeAll { $0 == name }
            default: break
            }
        }
        #expect(found == wanted, "\(story())")
        for server in [source, target] { try await dropHalfMadeIndexes(at: server) }
        for name in wanted where found.contains(name) {
            let (before, after) = try await (contents(of: name, at: source), contents(of: name, at: target))
            let different = Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }.sorted()
            #expect(
                different.isEmpty,
                "\(name): \(different.map { "\($0): \(String(describing: before[$0])) is \(String(describing: after[$0]))" })\n\(story())"
            )
            let schema = try await target.schema(of: name)
            // Not even pg_dump and psql bring every name over that a server makes up.
            if try await source.schema(of: name) != schema {
                let wanted = try await reference(for: name).split(separator: "\n")
                let change = schema.split(separator: "\n").difference(from: wanted).map { "\($0)" }
                #expect(change == [], "\(name)\n\(story())")
            }
        }
        let fenced = try await lines(
            "SELECT datname FROM pg_database d JOIN pg_db_role_setting s ON s.setdatabase = d.oid AND s.setrole = 0 WHERE 'default_transaction_read_only=on' = ANY (s.setconfig) ORDER BY 1",
            at: source)
        #expect(found.filter { !fenced.contains($0) } == [], "not fenced\n\(story())")
        #expect(try await isConfigurationRestored(), "\(story())")
    }

    /// The source is open, the target holds nothing that is published, and what the Job says is true.
    ///
    /// - Returns: what that is.
    private func checkRefused(_ plan: HistoryPlan, _ result: Job.Result) async throws -> String {
        #expect(
            try await lines(
                "SELECT datname FROM pg_database WHERE shobj_description(oid, 'pg_database') LIKE '%\"rehome\":\"published\"%'",
                at: target) == [], "\(plan)\n\(result.output)")
        #expect(
            try await lines(
                "SELECT setdatabase FROM pg_db_role_setting WHERE 'default_transaction_read_only=on' = ANY (setconfig)",
                at: source) == [], "\(plan)\n\(result.output)")
        #expect(try await isConfigurationRestored(), "\(plan)\n\(result.output)")
        let last = result.output.split(separator: "\n").last { $0.contains("ERROR") } ?? ""
        #expect(
            [.retry, .personMustAct].contains(result.end) && plan.trueReasons.contains { last.contains($0) },
            "\(plan)\n\(result.output)")
        return String(last)
    }

    /// Whether nothing but the databases' own settings makes sessions of the source read-only.
    private func isConfigurationRestored() async throws -> Bool {
        try await lines(
            """
            SELECT setting FROM pg_file_settings WHERE name = 'default_transaction_read_only'
            UNION ALL SELECT reset_val FROM pg_settings WHERE name = 'default_transaction_read_only'
            """, at: source) == ["off"]
    }

    /// What a REINDEX CONCURRENTLY leaves that was broken off. It becomes a part of the schema whenever the table's indexes are
    /// made anew, for which even a read-only session may ask, before the publication and after it.
    private func dropHalfMadeIndexes(at server: PostgresServer) async throws {
        try await server.psql(
            #"""
            SET default_transaction_read_only = off;
            SELECT format('DROP INDEX %s', oid::regclass) FROM pg_class WHERE relkind = 'i' AND relname ~ '_cc(new|old)\d*$' AND relnamespace = 'public'::regnamespace \gexec
            """#, database: History.database)
    }

    private func databases(at server: PostgresServer) async throws -> [String] {
        try await lines(
            "SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres' ORDER BY datname",
            at: server)
    }

    private func lines(_ query: String, in database: String = "postgres", at server: PostgresServer) async throws
        -> [String]
    {
        try await server.psql(query, database: database).split(separator: "\n").map(String.init)
    }

    /// What tables, sequences and large objects hold. A materialized view is made from them at the target.
    private func contents(of database: String, at server: PostgresServer) async throws -> [String: PostgresServer
        .Content]
    {
        let views = try await lines(
            "SET search_path = ''; SELECT oid::regclass FROM pg_class WHERE relkind = 'm'", in: database, at: server)
        return try await server.contents(of: database).filter { !views.contains($0.key) }
    }

    /// The schema of a database that `pg_dump` and `psql` have brought to the target.
    private func reference(for database: String) async throws -> String {
        try await source.copy(database, to: target, as: "reference")
        let schema = try await target.schema(of: "reference")
        try await target.psql("DROP DATABASE reference")
        return schema
    }

    /// When the transaction that published began: what was committed before is published, or nothing is.
    private func publicationBegan(in output: String) throws -> Double {
        let match = try #require(
            output.firstMatch(
                of: /(?m)^(\d\d):(\d\d):(\d\d\.\d+)Z .*published \d+ databases in one transaction, ([\d.]+) (ms|s)\b/),
            "\(output)")
        func number(_ text: Substring) throws -> Double { try #require(Double(text)) }
        let day = 86_400.0
        let now = WallClock.now()
        var end = try (now / day).rounded(.down) * day + number(match.1) * 3600 + number(match.2) * 60 + number(match.3)
        // It is past midnight by now.
        if end > now + 1 { end -= day }
        let took = try number(match.4) * (match.5 == "ms" ? 0.001 : 1)
        // What the log has rounded.
        return end - took - (match.5 == "ms" ? 0.002 : 0.1)
    }

    /// Makes both servers as they were before any history.
    private func reset() async throws {
        try await source.psql("DROP FUNCTION IF EXISTS \(PostgresServer.logHider) CASCADE")
        for server in [source, target] {
            for line in try await lines("SELECT gid, database FROM pg_prepared_xacts", at: server) {
                let fields = line.split(separator: "|")
                try await server.psql("ROLLBACK PREPARED '\(fields[0])'", database: String(fields[1]))
            }
            try await server.psql(
                #"SELECT format('DROP DATABASE %I WITH (FORCE)', datname) FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres' \gexec"#
            )
        }
    }
}
