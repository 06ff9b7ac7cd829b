import Glibc
import JobContract
import TestSupport
import Testing

extension Faults {
    /// Somebody else is there too.
    @Suite struct ContentionTests {
        @Test(.whenWhole)
        func `a session in a database that is to be set aside is waited out by the next attempt`() async throws {
            let scene = try await Scene.make { _, target in
                try await target.psql("CREATE DATABASE backstage_plugin_auth")
                try await target.psql(
                    "CREATE TABLE old (a int); INSERT INTO old VALUES (7)", database: "backstage_plugin_auth")
            }
            var job = scene.job()
            job[.existingDatabases] = ExistingDatabasePolicy.setAside.rawValue
            let target = scene.target
            let sitter = "application_name = 'sitter'"
            async let sitting = try? target.psql(
                "SET application_name = 'sitter'; SELECT pg_sleep(120)", database: "backstage_plugin_auth")
            #expect(
                try await eventually {
                    try await target.value(of: "SELECT count(*) FROM pg_stat_activity WHERE \(sitter)") == "1"
                })
            let result = try await job.run()
            #expect(
                result.output.contains("Stop the program that is connected to it at the target"), "\(result.output)")
            try await scene.check(result, ends: [.retry])

            try await target.psql("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE \(sitter)")
            _ = await sitting
            try await scene.checkRecovery(job)
            let aside = try await target.value(
                of: "SELECT datname FROM pg_database WHERE datname LIKE 'backstage_plugin_auth_before_%'")
            #expect(try await target.value(of: "SELECT a FROM old", database: aside) == "7")
        }

        @Test(.whenWhole)
        func `a session in a staging database at the moment of renaming costs one attempt`() async throws {
            // As a monitoring agent that looks into every database it finds.
            let scene = try await Scene.make()
            let target = scene.target
            let staging =
                "SELECT datname FROM pg_database WHERE shobj_description(oid, 'pg_database') LIKE '%\"rehome\":\"loading\"%' LIMIT 1"
            let sitter = "FROM pg_stat_activity WHERE application_name = 'sitter'"
            let moment = Moment("everything is at the target")
            try await withThrowingTaskGroup(of: Void.self) { group in
                let result = try await scene.job().run { line, process in
                    try await moment.at(line) {
                        try await whileStopped(process) {
                            let database = try await target.value(of: staging)
                            group.addTask {
                                _ = try? await target.psql(
                                    "SET application_name = 'sitter'; SELECT pg_sleep(600)", database: database)
                            }
                            let isThere = try await eventually {
                                try await target.value(of: "SELECT count(*) \(sitter)") == "1"
                            }
                            #expect(isThere)
                        }
                    }
                }
                #expect(moment.hasCome)
                #expect(
                    result.output.contains("Stop the program that is connected to it at the target"), "\(result.output)"
                )
                try await scene.check(result, ends: [.retry])
                try await target.psql("SELECT pg_terminate_backend(pid, 5000) \(sitter)")
                try await group.waitForAll()
            }
            try await scene.checkRecovery()
        }

        @Test(.whenWhole)
        func `a Job opens no more sessions than the preflight asks for`() async throws {
            let scene = try await Scene.make()
            var job = scene.job()
            job[.workers] = "2"
            var most = (source: 0, target: 0)
            let count = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'rehome/%'"
            let result = try await job.run { _, process in
                try await whileStopped(process) {
                    most.source = max(most.source, Int(try await scene.source.value(of: count)) ?? 0)
                    most.target = max(most.target, Int(try await scene.target.value(of: count)) ?? 0)
                }
            }
            try await scene.check(result, ends: [.success])
            #expect(most.source > 2 && most.source <= 26 && most.target > 2 && most.target <= 16, "\(most)")
        }

        @Test(.whenWhole)
        func `two Jobs at once publish once`() async throws {
            let scene = try await Scene.make()
            let job = scene.job()
            async let first = job.run()
            async let second = job.run()
            for result in try await [first, second] { try await scene.check(result, ends: [.success, .retry]) }
            try await scene.checkRecovery()
        }

        @Test(.whenWhole)
        func `two instances move to one server at once`() async throws {
            let scene = try await Scene.make()
            var one = scene.job()
            one[.include] = "backstage_plugin_catalog,backstage_plugin_auth,backstage_plugin_proxy"
            var other = scene.job()
            other[.instance] = "other-hub"
            other[.exclude] = "backstage_plugin_catalog,backstage_plugin_auth,backstage_plugin_proxy"
            let jobs = [one, other]
            async let first = jobs[0].run()
            async let second = jobs[1].run()
            for (job, result) in zip(jobs, try await [first, second]) {
                // Each sees the other's fence as movement at the source, and may have to look too often.
                #expect(result.end == .success || result.end == .retry, "\(result.output)")
                if result.end != .success { #expect(try await job.run().end == .success) }
            }
            try await scene.checkPublished()
        }

        @Test(.whenWhole)
        func `rows written in spite of the fence are in what is published`() async throws {
            let scene = try await Scene.make()
            let moment = Moment("sessions: 1 rows")
            let result = try await scene.job().run { line, _ in
                try await moment.at(line) {
                    try await scene.source.psql(
                        "SET default_transaction_read_only = off; INSERT INTO sessions VALUES ('late')",
                        database: "backstage_plugin_auth")
                }
            }
            #expect(moment.hasCome)
            try await scene.acceptSource()
            try await scene.check(result, ends: [.success])
            try await scene.checkPublished()
        }

        @Test(.whenWhole)
        func `databases of odd names come over, after a kill -9 too, and set others of their names aside`() async throws
        {
            let long = String(repeating: "x", count: 55)
            let odd = [
                #"it's "quoted""#, " spaces  around ", "Überraschung", "日本語データベース", "UPPER", #"per%cent \ back"#,
                "new-line.$1",
                long + "_first__", long + "_second_",
            ]
            func create(_ sql: String, on server: PostgresServer) async throws {
                for name in odd {
                    try await server.psql("CREATE DATABASE :\"name\"", variables: ["name": name])
                    try await server.psql(sql, database: name)
                }
            }
            let scene = try await Scene.make { source, target in
                try await create("CREATE TABLE t (a int PRIMARY KEY); INSERT INTO t VALUES (1)", on: source)
                try await create("CREATE TABLE old (a int); INSERT INTO old VALUES (7)", on: target)
            }
            var job = scene.job()
            job[.existingDatabases] = ExistingDatabasePolicy.setAside.rawValue
            let moment = Moment("UPPER: everything is at the target")
            let killed = try await job.run { line, process in await moment.at(line) { _ = kill(process, SIGKILL) } }
            #expect(moment.hasCome, "\(killed.output)")
            try await scene.check(killed, ends: [], fence: .lifted)
            try await scene.checkRecovery(job)
            let asides = try await scene.target.value(
                of: "SELECT count(*) FROM pg_database WHERE datname LIKE '%\\_before\\_%'")
            #expect(asides == "\(odd.count)")
        }
    }
}
