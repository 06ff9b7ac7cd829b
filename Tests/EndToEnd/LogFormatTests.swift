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
            #expect(found.last == "finished" || found.suffix(2).first == "finished", "\(found.suffix(3))")
            let again = try await events(job.run().output)
            #expect(again.contains("alreadyPublished") && again.contains("finished"))
            // Commands for a person's hand, as tools/*.yaml start them.
            for command in [["status"], ["preflight"], ["report"], ["clean"], ["verify"], ["after"], ["go"]] {
                job.arguments = command
                let result = try await job.run()
                let found = try events(result.output)
                #expect(!found.isEmpty, "\(command): \(result.output)")
                let page =
                    switch command {
                    case ["after"]: "docs/troubleshooting.md#after-the-cut-over"
                    case ["go"]: "docs/how-to/choose-the-moment.md#on-your-word"
                    default: ""
                    }
                guard !page.isEmpty else {
                    #expect(result.end == .success, "\(command): \(result.output)")
                    continue
                }
                #expect(found.last == "failed" && result.output.contains("\"page\":\"\(page)\""), "\(result.output)")
            }
            job.arguments = ["verify"]
            #expect(try await events(job.run().output).last == "finished")
            try await target.psql("INSERT INTO t VALUES (2)", database: "app")
            let written = try await job.run()
            #expect(written.end == .personMustAct && written.output.contains("docs/engine.md#verify-later"))
            #expect(try events(written.output).last == "failed", "\(written.output)")
            job.arguments = ["release", "--even-if-published"]
            #expect(try await !events(job.run().output).isEmpty)
            job.arguments = ["migrate"]
            job[.targetPassword] = "wrong"
            job[.workers] = "none"
            #expect(try await events(job.run().output) == ["failed"])
        }

        @Test func `a stop and a failure are events, with what a program needs to know`() async throws {
            let source = try await PostgresServer.start()
            let target = try await PostgresServer.start()
            try await source.psql("CREATE DATABASE app")
            var job = Job(from: source, to: target)
            job[.logFormat] = "json"
            job[.cutover] = "onCommand"
            job.arguments = ["migrate"]
            let result = try await job.run { line, process in
                if line.contains("\"event\":\"keepingUp\"") { kill(process, SIGTERM) }
            }
            #expect(result.end == .retry, "\(result.output)")
            let lines = result.output.split(separator: "\n")
            #expect(lines.contains { $0.contains("\"event\":\"stopping\"") && $0.contains("\"signal\":\"SIGTERM\"") })
            let last = try #require(lines.last)
            for part in [
                #""event":"failed""#, #""exitCode":75"#, #""canRetry":true"#,
                #""page":"docs/troubleshooting.md#the-job-fails""#,
            ] { #expect(last.contains(part), "\(last)") }
        }
    }
}
