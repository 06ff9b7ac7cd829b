import Glibc
import JobContract
import TestSupport
import Testing

extension EndToEnd {
    /// A Job whose servers come after it, as where everything is applied at once.
    @Suite struct ConnectPatienceTests {
        private static let absent = "is not there yet, and is asked again"

        private func servers() async throws -> (source: PostgresServer, target: PostgresServer) {
            let (source, target) = (try await PostgresServer.start(), try await PostgresServer.start())
            try await source.psql("CREATE DATABASE app")
            try await source.psql("CREATE TABLE t AS SELECT 1 AS a", database: "app")
            return (source, target)
        }

        @Test(arguments: ["migrate", "rehearse"])
        func `servers that start after the Job are asked again, and it goes on as soon as they answer`(
            command: String
        ) async throws {
            let (source, target) = try await servers()
            for server in [source, target] { try await server.pause() }
            var job = Job(from: source, to: target)
            job.arguments = [command]
            job[.connectPatience] = "300"
            let result = try await job.run { line, _ in
                if line.contains("the target") && line.contains(Self.absent) { try await target.resume() }
                if line.contains("the source") && line.contains(Self.absent) { try await source.resume() }
            }
            #expect(result.end == .success, "\(result.output)")
            for words in ["the target, \(target.host):\(target.port)/postgres, ", "the source, \(source.host)"] {
                #expect(result.output.contains(words), "\(result.output)")
            }
            #expect(result.output.contains("Connection refused"), "\(result.output)")
        }

        @Test(arguments: [0, 3])
        func `a name that never resolves ends the run, at once or after as long as it was to be asked for`(
            patience: Int
        ) async throws {
            let (source, target) = try await servers()
            var job = Job(from: source, to: target)
            job[.targetHost] = "portal-db.invalid"
            job[.connectPatience] = "\(patience)"
            let begin = ContinuousClock.now
            let result = try await job.run()
            #expect(result.end == .retry, "\(result.output)")
            #expect(result.output.contains(#"could not translate host name "portal-db.invalid""#), "\(result.output)")
            #expect(result.output.contains("asked again for 3 s") == (patience > 0), "\(result.output)")
            #expect(ContinuousClock.now - begin >= .seconds(patience))
            // Several tries, and one line of them.
            let lines = result.written.split(separator: "\n").filter { $0.contains(Self.absent) }
            #expect(lines.count == (patience > 0 ? 1 : 0), "\(result.output)")
        }

        @Test func `SIGTERM ends the wait at once`() async throws {
            let (source, target) = try await servers()
            try await target.pause()
            var job = Job(from: source, to: target)
            job[.connectPatience] = "3600"
            var stopped: ContinuousClock.Instant?
            let result = try await job.run { line, process in
                guard line.contains(Self.absent) else { return }
                stopped = .now
                kill(process, SIGTERM)
            }
            #expect(result.end == .retry && result.output.contains("stopped while waiting"), "\(result.output)")
            #expect(ContinuousClock.now - (try #require(stopped)) < .seconds(10))
        }

        @Test func `a wrong password is told at once`() async throws {
            let (source, target) = try await servers()
            var job = Job(from: source, to: target)
            job[.targetPassword] = "another"
            job[.connectPatience] = "3600"
            let result = try await job.run { line, process in
                if line.contains(Self.absent) { kill(process, SIGTERM) }
            }
            #expect(result.end == .personMustAct && !result.output.contains(Self.absent), "\(result.output)")
        }
    }
}
