import Glibc
import JobContract
import TestSupport
import Testing

extension EndToEnd {
    /// What commands write for programs, held to its schema, and what terminals and gateways are shown.
    @Suite struct OutputTests {
        private func servers() async throws -> (source: PostgresServer, target: PostgresServer) {
            let source = try await PostgresServer.start()
            let target = try await PostgresServer.start()
            try await source.psql("CREATE DATABASE app")
            try await source.psql("CREATE TABLE t AS SELECT g FROM generate_series(1, 1000) g", database: "app")
            return (source, target)
        }

        @Test func `every command with a result writes one document, and its log elsewhere`() async throws {
            let (source, target) = try await servers()
            let schema = try JSONSchemaCheck("docs/job-output.schema.json")
            var job = Job(from: source, to: target)
            var tried: Set<String> = []
            @discardableResult
            func check(
                _ command: [String], as name: String, ends end: JobContract.ExitStatus = .success
            ) async throws -> JSONValue {
                job.arguments = command + ["--output", "json"]
                let result = try await job.run()
                #expect(result.end == end, "\(command): \(result.output)")
                #expect(try schema.problems(of: result.written, as: name) == [], "\(command): \(result.written)")
                tried.insert(command[0])
                return try JSONValue(result.written)
            }
            try await check(["settings"], as: "settings")
            try await check(["status"], as: "status")
            try await check(["preflight"], as: "preflight")
            try await check(["rehearse"], as: "rehearsal")
            try await check(["status"], as: "status")
            try await check(["report"], as: "report")
            try await check(["clean"], as: "clean")
            try await check(["migrate"], as: "published")
            try await check(["migrate", "--log-format", "json"], as: "published")
            try await check(["rehearse"], as: "published")
            try await check(["wait"], as: "published")
            try await check(["status"], as: "status")
            try await check(["verify"], as: "verify")
            try await check(["rename-schemas", "--database", "app", "old", "new"], as: "renameSchemas")
            try await check(["after"], as: "after", ends: .retry)
            try await check(["report"], as: "report")
            let released = try await check(["release", "--even-if-published"], as: "release")
            #expect(released["released"]?.list?.contains(.text("app")) == true, "\(released)")
            let again = try await check(["release", "--even-if-published"], as: "release")
            #expect(again["released"]?.list == [], "\(again)")
            // The word is given to a run that waits for it, which is a test of its own.
            #expect(tried.union(["go"]) == Set(JobCommand.allCases.map(\.rawValue)))
        }

        @Test func `the word is given with one document, which says whether somebody waits for it`() async throws {
            let (source, target) = try await servers()
            let schema = try JSONSchemaCheck("docs/job-output.schema.json")
            var job = Job(from: source, to: target)
            job[.cutover] = CutoverPolicy.onCommand.rawValue
            var go = job
            go.arguments = ["go", "--output", "json"]
            func giveTheWord() async throws -> JSONValue {
                let result = try await go.run()
                #expect(result.end == .success, "\(result.output)")
                #expect(try schema.problems(of: result.written, as: "go") == [], "\(result.written)")
                return try JSONValue(result.written)
            }
            let early = try await go.run()
            // A failure has no result, and its cause is not where the result would be.
            #expect(early.end == .personMustAct && early.written.isEmpty && !early.output.isEmpty, "\(early)")

            // A run that is stopped while it waits leaves its copy, and nobody who would hear.
            let stopped = try await job.run { line, process in
                if line.contains("the fence waits for 'rehome-job go'") { kill(process, SIGTERM) }
            }
            #expect(stopped.end == .retry, "\(stopped.output)")
            #expect(try await giveTheWord()["isHeard"] == .flag(false))
            let second = try await job.run()
            #expect(second.end == .success, "\(second.output)")
        }

        @Test func `the word that a run waits for is heard`() async throws {
            let (source, target) = try await servers()
            var job = Job(from: source, to: target)
            job[.cutover] = CutoverPolicy.onCommand.rawValue
            var go = job
            go.arguments = ["go", "--output", "json"]
            var word: Job.Result?
            let result = try await job.run { line, _ in
                guard word == nil, line.contains("the fence waits for 'rehome-job go'") else { return }
                word = try await go.run()
            }
            #expect(result.end == .success, "\(result.output)")
            let document = try JSONValue(#require(word).written)
            #expect(document == .object(["isHeard": .flag(true)]), "\(document)")
        }

        @Test func `a gateway is told of phases, the fence and the end, and a dead one holds nothing up`() async throws
        {
            let (source, target) = try await servers()
            let gateway = try await PushgatewayStandIn.start()
            var job = Job(from: source, to: target)
            job[.pushgateway] = gateway.url
            let result = try await job.run()
            #expect(result.end == .success, "\(result.output)")
            let pushes = try gateway.pushes()
            #expect(pushes.allSatisfy { $0.status == 200 }, "\(pushes)")
            #expect(pushes.allSatisfy { $0.path == "/metrics/job/rehome/namespace/rhdh/instance/developer-hub" })
            let last = try #require(pushes.last?.text)
            #expect(last.contains("rehome_phase{phase=\"published\"} 1\n") && last.contains("rehome_exit_code 0\n"))
            let fenced = try #require(last.firstMatch(of: #/\nrehome_fenced_seconds ([0-9.]+)\n/#))
            #expect((Double(fenced.1) ?? 0) > 0)
            #expect(pushes.contains { $0.text.contains("rehome_fenced 1\n") })

            try await gateway.fail()
            let second = try await job.run()
            #expect(second.end == .success && second.output.contains("metrics cannot be pushed"), "\(second.output)")
            job[.pushgateway] = "http://127.0.0.1:1"
            #expect(try await job.run().end == .success)
            job[.pushgateway] = "http://user:secret@host"
            let refused = try await job.run()
            #expect(refused.end == .personMustAct && !refused.output.contains("secret"), "\(refused.output)")
        }

        @Test func `a gateway is told of a run that failed after it had published`() async throws {
            let (source, target) = try await servers()
            let gateway = try await PushgatewayStandIn.start()
            var job = Job(from: source, to: target)
            job[.pushgateway] = gateway.url
            // There is no API server here that could take a receipt.
            (job[.gate], job[.receiptName]) = ("job", "receipt")
            let result = try await job.run()
            #expect(result.output.contains("everything is published, but the receipt is missing"), "\(result.output)")
            #expect(result.end != .success)
            let last = try #require(try gateway.pushes().last?.text)
            #expect(last.contains("rehome_phase{phase=\"failed\"} 1\n"), "\(last)")
            #expect(
                last.contains("rehome_exit_code \(result.status)\n") && last.contains("rehome_success 0\n"), "\(last)")
        }

        @Test func `a gateway that never answers holds up neither the receipt nor the end`() async throws {
            let (source, target) = try await servers()
            let gateway = try await TCPProxy.start(to: source.port)
            try await gateway.stall()
            var job = Job(from: source, to: target)
            job[.pushgateway] = "http://127.0.0.1:\(gateway.port)"
            let result = try await job.run()
            #expect(result.end == .success, "\(result.output)")
            let last = try #require(result.output.split(separator: "\n").last { LogTime.of($0) != nil })
            let seconds = try #require(
                LogTime.seconds(from: "in one transaction", to: String(last), in: result.output))
            // A push waits four seconds for its answer.
            #expect(seconds < 4, "\(seconds): \(result.output)")
        }
    }
}
