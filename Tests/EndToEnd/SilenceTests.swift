import Glibc
import JobContract
import SystemPackage
import TestSupport
import Testing

extension EndToEnd {
    /// Whatever a run waits for, somebody who reads its log learns of it.
    @Suite struct SilenceTests {
        /// Seconds between two lines, and a moment for a machine that has much to do.
        private static let silence = 18.0

        private struct Reading {
            var wasFound = false
            var lines: [String] = []
            var longest: Double { LogTime.longestSilence(in: lines) }
        }

        /// Reads a run's log until a line is there, and ends the run then.
        private static func read(
            _ job: Job, until isLast: (String) -> Bool, onLine: (String) async throws -> Void = { _ in }
        ) async throws -> Reading {
            var reading = Reading()
            _ = try await job.run { line, process in
                guard !reading.wasFound else { return }
                reading.lines.append(line)
                try await onLine(line)
                guard isLast(line) else { return }
                reading.wasFound = true
                kill(process, SIGTERM)
            }
            return reading
        }

        private func servers() async throws -> (source: PostgresServer, target: PostgresServer) {
            let (source, target) = (try await PostgresServer.start(), try await PostgresServer.start())
            try await source.psql("CREATE DATABASE app")
            try await source.psql("CREATE TABLE t AS SELECT 1 AS a", database: "app")
            return (source, target)
        }

        @Test func `a run that waits for the lock of another says so every 15 s, and the other what it waits for`()
            async throws
        {
            let (source, target) = try await servers()
            var job = Job(from: source, to: target)
            job[.cutover] = CutoverPolicy.onCommand.rawValue
            let second = job
            var waiting: Reading?
            let leading = try await Self.read(job, until: { _ in waiting != nil }) { line in
                guard waiting == nil, line.contains("the fence waits for") else { return }
                waiting = try await Self.read(second) {
                    $0.contains("still at work: waiting for the lock of this migration")
                }
            }
            #expect(leading.wasFound)
            let seen = try #require(waiting)
            #expect(seen.wasFound && seen.longest < Self.silence, "\(seen)")
        }

        @Test func `a run that waits for its moment says so every 15 s`() async throws {
            let (source, target) = try await servers()
            var job = Job(from: source, to: target)
            job[.notBefore] = "2999-01-01T00:00:00Z"
            var said = 0
            let waiting = try await Self.read(job) { line in
                said += line.contains("waiting until 2999-01-01T00:00:00Z") ? 1 : 0
                return said > 1
            }
            #expect(waiting.wasFound && waiting.longest < Self.silence, "\(waiting)")
        }

        @Test(.timeLimit(.minutes(5)))
        func `a verification that a lock holds up says what it is at`() async throws {
            let (source, target) = try await servers()
            var job = Job(from: source, to: target)
            #expect(try await job.run().end == .success)
            let holder = try PlainSession(to: target, database: "app")
            try holder.run("BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
            job.arguments = ["verify"]
            let verifying = try await Self.read(job) {
                // The size of a locked table is as little to be had as its rows.
                $0.contains("still at work: comparing app at the target: its catalog; in all ")
            }
            #expect(verifying.wasFound && verifying.longest < Self.silence, "\(verifying)")
            try holder.run("ROLLBACK")
        }

        @Test(.timeLimit(.minutes(5)))
        func `a look after the cut-over that waits says what for`() async throws {
            let (source, target) = try await servers()
            var job = Job(from: source, to: target)
            #expect(try await job.run().end == .success)
            job.arguments = ["after", "--wait", "5m"]
            let looking = try await Self.read(job) {
                $0.contains("still at work: waiting until all is well (not yet: ")
            }
            #expect(looking.wasFound && looking.longest < Self.silence, "\(looking)")
        }

        @Test(.timeLimit(.minutes(5)))
        func `a new pod that waits for the databases says so`() async throws {
            let (source, target) = try await servers()
            var job = Job(from: source, to: target)
            job.arguments = ["wait"]
            let waiting = try await Self.read(job) {
                $0.contains("still at work: waiting until the databases are published, for ")
            }
            #expect(waiting.wasFound && waiting.longest < Self.silence, "\(waiting)")
        }

        @Test func `a round that a lock at the target holds up says what it is at`() async throws {
            let (source, target) = try await servers()
            var job = Job(from: source, to: target)
            job[.cutover] = CutoverPolicy.onCommand.rawValue
            var holder: PlainSession?
            let held = try await Self.read(job) {
                $0.contains("still at work: keeping up with the source") && $0.contains(": app: public.t for ")
            } onLine: { line in
                guard holder == nil, line.contains("the fence waits for") else { return }
                let staging = try await target.value(
                    of:
                        "SELECT datname FROM pg_database WHERE shobj_description(oid, 'pg_database') LIKE '%\"loading\"%'"
                )
                holder = try PlainSession(to: target, database: staging)
                try holder?.run("BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
                try await source.psql("INSERT INTO t VALUES (2)", database: "app")
            }
            try holder?.run("ROLLBACK")
            #expect(held.wasFound && held.longest < Self.silence, "\(held)")
        }

        @Test func `a copy that a lock at the source holds up says what it is at`() async throws {
            let (source, target) = try await servers()
            let holder = try PlainSession(to: source, database: "app")
            try holder.run("BEGIN")
            try holder.run("LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
            let held = try await Self.read(Job(from: source, to: target)) { $0.contains("at work: app: ") }
            try holder.run("ROLLBACK")
            #expect(held.wasFound && held.longest < Self.silence, "\(held)")
        }

        @Test func `a publication that a lock at the target holds up says so`() async throws {
            let (source, target) = try await servers()
            var job = Job(from: source, to: target)
            job[.cutover] = CutoverPolicy.onCommand.rawValue
            var go = job
            go.arguments = ["go"]
            var holder: PlainSession?
            let publishing = try await Self.read(job) {
                $0.contains("still at work: publishing")
            } onLine: { line in
                guard holder == nil, line.contains("the fence waits for") else { return }
                let control = try await target.value(
                    of:
                        #"SELECT datname FROM pg_database WHERE datname LIKE 'rehome\_%' ORDER BY length(datname) LIMIT 1"#
                )
                // It conflicts with nothing that comes before the publication.
                holder = try PlainSession(to: target, database: control)
                try holder?.run("BEGIN; LOCK TABLE rehome.attempt IN ROW EXCLUSIVE MODE")
                let word = try await go.run()
                #expect(word.end == .success, "\(word.output)")
            }
            try holder?.run("ROLLBACK")
            #expect(publishing.wasFound && publishing.longest < Self.silence, "\(publishing)")
        }

        @Test(.enabled(if: Pod.isPossible, "giving a program a pod's token takes root"))
        func `a receipt that the API server takes its time over is told of, and is left in the end`() async throws {
            let (source, target) = try await servers()
            let api = try await KubernetesAPIStandIn.start(namespace: "rhdh")
            var job = Job(from: source, to: target)
            (job[.gate], job[.receiptName]) = (Gate.job.rawValue, "receipt")
            job.environment["KUBERNETES_SERVICE_HOST"] = "127.0.0.1"
            job.environment["KUBERNETES_SERVICE_PORT"] = "\(api.port)"
            job.environment["TOKEN"] = api.serviceAccountFolder.string
            // Where a pod has its token, and only for this process.
            job.launcher = [
                "/usr/bin/unshare", "--mount", "/bin/sh", "-euc",
                """
                /bin/mount -t tmpfs tmpfs /run
                /bin/mkdir -p /run/secrets/kubernetes.io
                /bin/cp -r "$TOKEN" /run/secrets/kubernetes.io/serviceaccount
                exec "$0" "$@"
                """,
            ]
            try await api.hold()
            var lines: [String] = []
            let result = try await job.run { line, _ in
                lines.append(line)
                if line.contains("still at work: leaving the receipt, for ") { try await api.release() }
            }
            #expect(result.end == .success && result.output.contains("receipt rhdh/receipt left"), "\(result.output)")
            #expect(lines.contains { $0.contains("still at work: leaving the receipt, for ") }, "\(result.output)")
            #expect(LogTime.longestSilence(in: lines) < Self.silence, "\(result.output)")
        }

        @Test func `a pod that has nothing to help with says that it helps`() async throws {
            let (source, target) = try await servers()
            var job = Job(from: source, to: target)
            (job[.cutover], job[.pods]) = (CutoverPolicy.onCommand.rawValue, "2")
            let second = job
            var helping: Reading?
            let leading = try await Self.read(job, until: { _ in helping != nil }) { line in
                guard helping == nil, line.contains("the fence waits for") else { return }
                helping = try await Self.read(second) { $0.contains("still at work: helping the pod that leads, for ") }
            }
            #expect(leading.wasFound)
            let seen = try #require(helping)
            #expect(seen.wasFound && seen.longest < Self.silence, "\(seen)")
        }

        @Test(.timeLimit(.minutes(5)))
        func `every other command that a lock at the target holds up says what it is at`() async throws {
            let (source, target) = try await servers()
            let job = Job(from: source, to: target)
            #expect(try await job.run().end == .success)
            // All of them look first at what the databases there are marked as.
            let holder = try PlainSession(to: target)
            try holder.run("BEGIN; LOCK TABLE pg_catalog.pg_shdescription IN ACCESS EXCLUSIVE MODE")
            let commands: [[String]] = [
                ["status"], ["report"], ["preflight"], ["rehearse"], ["clean"], ["go"], ["wait"], ["after"], ["verify"],
                ["release"], ["rename-schemas", "--database", "app", "old", "new"],
            ]
            // What has tests of its own, and what waits for nobody.
            let others = ["migrate", "settings"]
            #expect((commands.map { $0[0] } + others).sorted() == JobCommand.allCases.map(\.rawValue).sorted())
            let readings = try await withThrowingTaskGroup(of: (String, Reading).self) { group in
                for arguments in commands {
                    var command = job
                    command.arguments = arguments
                    group.addTask { [command] in
                        (arguments[0], try await Self.read(command) { $0.contains("still at work: ") })
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            try holder.run("ROLLBACK")
            for (command, reading) in readings {
                #expect(reading.wasFound && reading.longest < Self.silence, "\(command): \(reading)")
            }
        }
    }
}
