import Glibc
import JobContract
import TestSupport
import Testing

extension Faults {
    /// The Job is ended right before and right after each commit that it makes: a proxy holds the statement that
    /// commits, or its answer.
    @Suite struct CommitTests {
        /// What a run commits, in its order, and three places in the middle of something; by a piece of the statement
        /// that only it has, or that it is the first to have.
        enum Commit: String, CaseIterable {
            case controlDatabase = "CREATE DATABASE \"rehome_"
            case controlMark = "\"rehome\":\"control\""
            case controlTables = "CREATE TABLE IF NOT EXISTS rehome.attempt"
            case epoch = "INSERT INTO rehome.attempt"
            case role = "CREATE ROLE %I"
            case fenceRecord = "INSERT INTO rehome.fence"
            case fence = "SET \"default_transaction_read_only\" = on"
            case stagingDatabase = "OWNER \"postgres\" TEMPLATE template0"
            case stagingMark = "\"rehome\":\"loading\""
            case setting = "SET \"work_mem\""
            case opening = "GRANT CONNECT ON DATABASE"
            /// Of a round that finds what was written after the copy: its rows on their way, and its end.
            case round = "rehome_new_"
            case roundRecord = "step VALUES ('table', '\"public\".\"sessions\"', (SELECT '2:"
            case progress = "DELETE FROM rehome.progress"
            case schema = "CREATE SCHEMA \"_rehome\""
            /// The rows of a table on their way.
            case rows = "a genuine session"
            case table = "step VALUES ('table'"
            /// Of a large table, copied in parts.
            case range = "step VALUES ('range'"
            case ranges = "step VALUES ('table', '\"public\".\"entities\"'"
            case oldLargeObjects = "lo_unlink"
            case largeObjects = "excluded.value; COMMIT"
            case largeObjectComments = "COMMENT ON LARGE OBJECT"
            case index = "CREATE INDEX entities_body"
            case entries = "step VALUES ('entry'"
            case extendedStatistics = "CREATE STATISTICS"
            /// Of a large table, as soon as its indexes are built.
            case tableStatistics = "ANALYZE \"public\".\"entities\""
            case statistics = "ANALYZE \"public\".\"sessions\""
            case seal = "DROP SCHEMA \"_rehome\""
            case emptyMark = "\"fingerprint\":\"\""
            /// In the publishing transaction.
            case epochCheck = "LOCK TABLE rehome.attempt"
            case renaming = "RENAME TO \"backstage"
            /// The whole message: what publishes is a COMMIT alone (PostgreSQL manual, 55.7, Query: length 11).
            case publication = "\u{b}COMMIT"
            /// After it: for how long writes were refused, for the report.
            case record = "\"refusedSeconds\":"
            case removal = "DROP DATABASE IF EXISTS \"rehome_"
        }

        /// What only an attempt commits that takes up a dead one's work. The source's schema has changed in one
        /// database, so that this one is made anew.
        enum LaterCommit: String, CaseIterable {
            case adoption = "UPDATE \"_rehome\".attempt"
            case rebuilding = "DROP DATABASE IF EXISTS \"rehome_"
        }

        /// What an attempt commits on its retreat.
        enum Retreat: String, CaseIterable {
            case lifting = "RESET \"default_transaction_read_only\""
            case record = "DELETE FROM rehome.fence"
        }

        static let deaths = [
            (TCPProxy.Instant.before, SIGKILL), (.after, SIGKILL), (.before, SIGTERM), (.after, SIGTERM),
        ]

        @Test(.whenWhole, arguments: Commit.allCases)
        func `kill -9 and SIGTERM around each commit leave all or nothing, and the next run finishes`(commit: Commit)
            async throws
        {
            // Some kinds of objects only a superuser can own.
            let scene = try await Scene.make(withEveryKind: commit != .role)
            var job = scene.job()
            if commit == .role {
                job[.targetOwner] = "portal role"
                job[.targetOwnerPassword] = "pw-portal"
            }
            if commit == .range || commit == .ranges { job[.splitTablesAtMiB] = "8" }
            scene.emptyNames = ["backstage_plugin_new"]
            job[.emptyDatabases] = scene.emptyNames.joined(separator: ",")
            // The fence alone is committed at the source.
            let place: JobSetting = commit == .fence ? .sourcePort : .targetPort
            for (instant, signal) in Self.deaths {
                try await scene.reset()
                try await scene.target.psql("DROP ROLE IF EXISTS \"portal role\"")
                // Around the publication nobody may be there to tell what became of it; the fence stays then.
                let isKnown = signal == SIGTERM && ![.publication, .record].contains(commit)
                try await end(
                    job, scene, at: (commit.rawValue, place), instant, by: signal, fence: isKnown ? .lifted : .unknown)
                try await scene.checkRecovery(job)
            }
        }

        /// One of each kind, for `make test`.
        @Test(arguments: zip([TCPProxy.Instant.before, .after], [SIGTERM, SIGKILL]))
        func `around the publication's COMMIT it is all or nothing`(instant: TCPProxy.Instant, signal: Int32)
            async throws
        {
            let scene = try await Scene.make()
            try await end(
                scene.job(), scene, at: (Commit.publication.rawValue, .targetPort), instant, by: signal, fence: .unknown
            )
            try await scene.checkRecovery()
        }

        @Test(.whenWhole, arguments: LaterCommit.allCases)
        func `an attempt that takes up another's work may be ended as well`(commit: LaterCommit) async throws {
            let scene = try await Scene.make()
            for (round, (instant, signal)) in Self.deaths.enumerated() {
                try await scene.reset()
                try await end(
                    scene.job(), scene, at: (Commit.seal.rawValue, .targetPort), .before, by: SIGKILL, fence: .raised)
                try await scene.source.psql(
                    "SET default_transaction_read_only = off; ALTER TABLE sessions ADD COLUMN late\(round) text",
                    database: "backstage_plugin_auth")
                try await scene.acceptSource()
                let fence: Scene.Fence = signal == SIGTERM ? .lifted : .unknown
                try await end(scene.job(), scene, at: (commit.rawValue, .targetPort), instant, by: signal, fence: fence)
                try await scene.checkRecovery()
            }
        }

        @Test(.whenWhole, arguments: Retreat.allCases)
        func `an attempt that is killed while it lifts the fence leaves it to the next one`(commit: Retreat)
            async throws
        {
            let scene = try await Scene.make()
            for instant in TCPProxy.Instant.allCases {
                try await scene.reset()
                let proxy = try await TCPProxy.start(to: commit == .lifting ? scene.source.port : scene.target.port)
                var job = scene.job(precopy: false)
                job[commit == .lifting ? .sourcePort : .targetPort] = "\(proxy.port)"
                try await proxy.hold(instant, commit.rawValue)
                let moment = Moment("schema brought over")
                let result = try await job.run(meanwhile: { process in
                    try await Self.kill(process, SIGKILL, whenHeldBy: proxy)
                }) { line, process in
                    await moment.at(line) { _ = Glibc.kill(process, SIGTERM) }
                }
                #expect(result.status == 128 + SIGKILL, "\(result.output)")
                await proxy.stop()
                try await scene.check(result, ends: [], fence: .unknown)
                try await scene.checkRecovery()
                // What stood there before the first attempt is still known.
                var release = scene.job()
                release.arguments = ["release", "--even-if-published"]
                let released = try await release.run()
                #expect(released.end == .success, "\(released.output)")
                try await scene.checkIsOpen()
            }
        }

        /// Ends a Job at a commit.
        private func end(
            _ job: Job, _ scene: Scene, at commit: (text: String, port: JobSetting), _ instant: TCPProxy.Instant,
            by signal: Int32, fence: Scene.Fence
        ) async throws {
            let proxy = try await TCPProxy.start(to: commit.port == .sourcePort ? scene.source.port : scene.target.port)
            var job = job
            job[commit.port] = "\(proxy.port)"
            try await proxy.hold(instant, commit.text)
            var asked: ContinuousClock.Instant?
            try await scene.source.psql(
                "SET default_transaction_read_only = off; DELETE FROM sessions WHERE sid = 'a later session'",
                database: "backstage_plugin_auth")
            try await scene.acceptSource()
            // So that there is something for a round to bring over, and time for it.
            job[.cutover] = "onCommand"
            let copied = Moment("the fence waits for 'rehome-job go'")
            var go = scene.job()
            go.arguments = ["go"]
            let result = try await job.run(meanwhile: { process in
                try await Self.kill(process, signal, whenHeldBy: proxy)
            }) { [go] line, _ in
                if asked == nil, line.contains("stopping on SIGTERM") { asked = .now }
                try await copied.at(line) {
                    try await scene.source.psql(
                        "INSERT INTO sessions VALUES ('a later session')", database: "backstage_plugin_auth")
                    try await scene.acceptSource()
                    _ = try await go.run()
                }
            }
            let what = "\(signal == SIGKILL ? "SIGKILL" : "SIGTERM") \(instant.rawValue) \(commit.text)"
            if let asked { #expect(asked.duration(to: .now) < .seconds(10), "\(what)\n\(result.output)") }
            #expect(try await proxy.isHeld(), "\(what)\n\(result.output)")
            try await scene.check(result, ends: [.retry, .success], fence: fence)
            await proxy.stop()
        }

        private static func kill(_ process: pid_t, _ signal: Int32, whenHeldBy proxy: TCPProxy) async throws {
            try await proxy.untilHeld()
            _ = Glibc.kill(process, signal)
        }
    }
}
