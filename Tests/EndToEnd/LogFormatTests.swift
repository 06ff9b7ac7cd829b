import Foundation
import JobContract
import TestSupport
import Testing

extension EndToEnd {
    /// A log that a program reads has nothing but objects.
    @Suite struct LogFormatTests {
        private struct Line: Decodable {
            var time: String
            var level: String
            var event: String
            var message: String
        }

        private func events(_ output: String) throws -> [String] {
            try output.split(separator: "\n").map { line in
                try JSONDecoder().decode(Line.self, from: Data(line.utf8)).event
            }
        }

        @Test func `every line of every run is one object, whatever becomes of the run`() async throws {
            let source = try await PostgresServer.start()
            let target = try await PostgresServer.start()
            try await source.psql("CREATE DATABASE app")
            try await source.psql("CREATE TABLE t AS SELECT 1 AS a", database: "app")
            var job = Job(from: source, to: target)
            job[.logFormat] = "json"
            job.arguments = ["rehearse"]
            #expect(try await events(job.run().output).contains("copiedDatabase"))
            job.arguments = ["migrate", "--verbose"]
            let found = try await events(job.run().output)
            for event in ["connected", "planned", "opened", "round", "fenced", "sealed", "proved", "published"] {
                #expect(found.contains(event), "\(event)")
            }
            #expect(try await events(job.run().output).contains("alreadyPublished"))
            job[.targetPassword] = "wrong"
            job[.workers] = "none"
            #expect(try await events(job.run().output) == ["message"])
        }
    }
}
