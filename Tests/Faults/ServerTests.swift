import Glibc
import JobContract
import Synchronization
import TestSupport
import Testing

extension Faults {
    /// A server does what servers do.
    @Suite struct ServerTests {
        enum Side: String, CaseIterable { case source, target }

        /// And whether everything is copied before the fence.
        static let moments = [
            ("fenced 6 databases", false), ("schema brought over", false), ("schema brought over", true),
            ("everything is at the target", true),
            ("the fence waits for", true),
        ]

        /// A Job that comes by a moment, and does not pass it too soon.
        private static func job(of scene: Scene, precopy: Bool) -> Job {
            var job = scene.job(precopy: precopy)
            if precopy { job[.cutover] = CutoverPolicy.onCommand.rawValue }
            return job
        }

        @Test(.whenWhole, arguments: Side.allCases, moments)
        func `a server that is restarted costs one attempt`(side: Side, moment: (text: String, precopy: Bool))
            async throws
        {
            let scene = try await Scene.make()
            let server = side == .source ? scene.source : scene.target
            let job = Self.job(of: scene, precopy: moment.precopy)
            let moment = Moment(moment.text)
            // A crash would empty the source's unlogged tables: a change of its own.
            let mode = side == .source ? PostgresServer.StopMode.fast : .immediate
            let result = try await job.run { line, process in
                try await moment.at(line) { try await whileStopped(process) { try await server.restart(mode) } }
            }
            #expect(moment.hasCome)
            try await scene.check(result, ends: [.retry])
            try await scene.checkRecovery()
        }

        @Test(.whenWhole, arguments: moments)
        func `a source that crashes costs one attempt`(moment: (text: String, precopy: Bool)) async throws {
            // Without unlogged tables, and with sequences that a crash does not move, so that the crash changes nothing.
            let scene = try await Scene.make(withEveryKind: false) { source, _ in try await source.psql("CHECKPOINT") }
            let job = Self.job(of: scene, precopy: moment.precopy)
            let moment = Moment(moment.text.replacing("6 databases", with: "5 databases"))
            let result = try await job.run { line, process in
                try await moment.at(line) {
                    try await whileStopped(process) {
                        // The tests' servers do not wait for their log at a commit: what was written before must be in it.
                        try await scene.source.psql("SELECT pg_switch_wal()")
                        try await scene.source.restart(.immediate)
                    }
                }
            }
            #expect(moment.hasCome)
            try await scene.check(result, ends: [.retry])
            try await scene.checkRecovery()
        }

        @Test(.whenWhole, arguments: Side.allCases, moments)
        func `sessions that are terminated cost one attempt`(side: Side, moment: (text: String, precopy: Bool))
            async throws
        {
            let scene = try await Scene.make()
            let server = side == .source ? scene.source : scene.target
            let job = Self.job(of: scene, precopy: moment.precopy)
            let moment = Moment(moment.text)
            let result = try await job.run { line, process in
                try await moment.at(line) {
                    try await whileStopped(process) {
                        try await server.psql(
                            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name LIKE 'rehome/%'"
                        )
                    }
                }
            }
            #expect(moment.hasCome)
            try await scene.check(result, ends: [.retry])
            try await scene.checkRecovery()
        }

        @Test func `one session of many that is terminated costs one attempt`() async throws {
            // The one whose snapshot the others see the database by.
            let scene = try await Scene.make()
            let moment = Moment("backstage_plugin_catalog: 3 tables")
            let result = try await scene.job().run { line, process in
                try await moment.at(line) {
                    try await whileStopped(process) {
                        try await scene.source.psql(
                            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name LIKE 'rehome/%' AND datname = 'backstage_plugin_catalog'"
                        )
                    }
                }
            }
            #expect(moment.hasCome)
            try await scene.check(result, ends: [.retry])
            try await scene.checkRecovery()
        }

        @Test(.whenWhole, arguments: Side.allCases)
        func `a password that is rotated in mid-run costs one attempt`(side: Side) async throws {
            let scene = try await Scene.make { source, target in
                let server = side == .source ? source : target
                try await server.psql("CREATE ROLE mover SUPERUSER LOGIN PASSWORD 'pw-before'")
            }
            let server = side == .source ? scene.source : scene.target
            let (user, password): (JobSetting, JobSetting) =
                side == .source ? (.sourceUser, .sourcePassword) : (.targetUser, .targetPassword)
            var job = scene.job(precopy: false)
            job[user] = "mover"
            job[password] = "pw-before"
            let moment = Moment("fenced 6 databases")
            let result = try await job.run { line, process in
                try await moment.at(line) {
                    try await whileStopped(process) { try await server.psql("ALTER ROLE mover PASSWORD 'pw-after'") }
                }
            }
            #expect(moment.hasCome)
            // The session that raised the fence is open still, and lifts it.
            try await scene.check(result, ends: [.retry])
            job[password] = "pw-after"
            try await scene.checkRecovery(job)
        }

        @Test func `a target that goes away after a killed attempt leaves the source as it was before both`()
            async throws
        {
            let scene = try await Scene.make()
            _ = try await scene.job().run { line, process in
                if line.contains("built index") { _ = kill(process, SIGKILL) }
            }
            let moment = Moment("fenced 6 databases")
            let result = try await scene.job(precopy: false).run { line, process in
                try await moment.at(line) {
                    try await whileStopped(process) { try await scene.target.pause(.immediate) }
                }
            }
            #expect(moment.hasCome)
            try await scene.target.resume()
            try await scene.check(result, ends: [.retry])
            try await scene.checkRecovery()
        }

        @Test(.whenWhole)
        func `an attempt that was cut off does not lift the fence that a newer one relies on`() async throws {
            let scene = try await Scene.make()
            let moment = Moment("schema brought over")
            let result = try await scene.job(precopy: false).run { line, process in
                try await moment.at(line) {
                    try await whileStopped(process) {
                        // As if its node were cut off from the target: the server takes its sessions for dead.
                        try await scene.target.psql(
                            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name LIKE 'rehome/%'"
                        )
                        try await scene.checkRecovery()
                        try await scene.target.pause()
                    }
                }
            }
            #expect(moment.hasCome)
            #expect(result.output.contains("a newer attempt may have begun and rely on the fence"), "\(result.output)")
            try await scene.target.resume()
            try await scene.check(result, ends: [.retry], fence: .raised)
            try await scene.checkPublished()
        }

        @Test(.whenWhole)
        func `limits that an administrator has given to the roles do not matter`() async throws {
            let settings = [
                "statement_timeout = '20ms'", "lock_timeout = '20ms'", "idle_in_transaction_session_timeout = '20ms'",
                "default_transaction_read_only = on",
            ]
            let scene = try await Scene.make { source, target in
                for server in [source, target] {
                    try await server.psql("CREATE ROLE mover SUPERUSER LOGIN PASSWORD 'pw-mover'")
                    for setting in settings { try await server.psql("ALTER ROLE mover SET \(setting)") }
                }
            }
            var job = scene.job()
            for setting in [JobSetting.sourceUser, .targetUser] { job[setting] = "mover" }
            for setting in [JobSetting.sourcePassword, .targetPassword] { job[setting] = "pw-mover" }
            try await scene.checkRecovery(job)
        }

        @Test(.whenWhole, .enabled(if: SmallDisk.isPossible, "needs root and the right to mount"))
        func `a target whose disk is full costs one attempt`() async throws {
            try await SmallDisk.with(megabytes: 300) { disk in
                let scene = try await Scene.make(
                    targetSettings: ["max_wal_size": "64MB", "min_wal_size": "32MB"], targetFolder: disk.folder)
                let moment = Moment("fenced 6 databases")
                let result = try await scene.job(precopy: false).run { line, process in
                    try await moment.at(line) { try await whileStopped(process) { try disk.fill(leaving: 24) } }
                }
                #expect(moment.hasCome)
                try disk.clear()
                // A server that could not write its log has ended.
                try? await scene.target.pause(.immediate)
                try await scene.target.resume()
                try await scene.check(result, ends: [.retry])
                try await scene.checkRecovery()
                await scene.target.stop()
            }
        }

        @Test(.whenWhole)
        func `a target whose connections are all taken costs one attempt`() async throws {
            let scene = try await Scene.make(targetSettings: [
                "max_connections": "26", "superuser_reserved_connections": "0",
            ])
            let moment = Moment("fenced 6 databases")
            // One that was turned away comes again: it may have met a session that only looked whether there was room.
            let isOver = Mutex(false)
            let target = scene.target
            let sit: @Sendable () async -> Void = {
                while !isOver.withLock({ $0 }) { _ = try? await target.psql("SELECT pg_sleep(600)") }
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                let result = try await scene.job(precopy: false).run { line, process in
                    try await moment.at(line) {
                        try await whileStopped(process) {
                            for _ in 0..<26 { group.addTask { await sit() } }
                            let isFull = try await eventually { (try? await target.psql("SELECT 1")) == nil }
                            #expect(isFull)
                        }
                    }
                }
                #expect(moment.hasCome)
                #expect(
                    result.output.contains("fewer workers, or a larger max_connections")
                        || result.output.contains("too many clients"), "\(result.output)")
                isOver.withLock { $0 = true }
                // Nobody can get in to end them otherwise.
                try await scene.target.restart()
                try await group.waitForAll()
                try await scene.check(result, ends: [.retry])
            }
            try await scene.checkRecovery()
        }
    }
}
