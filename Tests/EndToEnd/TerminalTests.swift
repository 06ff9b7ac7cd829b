import Foundation
import Subprocess
import SystemPackage
import TestSupport
import Testing

extension EndToEnd {
    /// The live view, in a terminal that util-linux's `script` makes.
    @Suite struct TerminalTests {
        private func run(_ arguments: String, of job: Job, with extra: [String: String] = [:]) async throws -> String {
            var variables: [Environment.Key: String] = [:]
            let terminal = ["TERM": "xterm-256color", "LC_ALL": "C.UTF-8"]
            for (name, value) in job.environment.merging(terminal, uniquingKeysWith: { $1 }).merging(
                extra, uniquingKeysWith: { $1 })
            {
                variables[Environment.Key(stringLiteral: name)] = value
            }
            variables["JOB"] = Programs.rehomeJob.string
            let result = try await Subprocess.run(
                .path("/usr/bin/script"), arguments: ["-q", "-e", "-c", "exec \"$JOB\" \(arguments)", "/dev/null"],
                environment: .custom(variables), output: .string(limit: 1 << 22), error: .discarded)
            let text = result.standardOutput
            #expect(result.terminationStatus.isSuccess, "\(text)")
            return text
        }

        @Test func `a terminal is shown bars and the fence's clock, in black and white if it wants, or a log`()
            async throws
        {
            let source = try await PostgresServer.start()
            let target = try await PostgresServer.start()
            try await source.psql("CREATE DATABASE shop")
            try await source.psql("CREATE TABLE t AS SELECT g FROM generate_series(1, 100000) g", database: "shop")
            let job = Job(from: source, to: target)

            let plain = try await run("rehearse --no-progress", of: job)
            #expect(!plain.contains("\u{1B}") && plain.contains("shop: 1 tables"))
            let dumb = try await run("rehearse", of: job, with: ["TERM": "dumb"])
            #expect(!dumb.contains("\u{1B}"))
            let grey = try await run("rehearse", of: job, with: ["NO_COLOR": "1"])
            #expect(
                grey.contains("\u{1B}[J") && grey.contains("  copying"))
            #expect(!grey.contains(#/\u{1B}\[[0-9;]*m/#))

            let live = try await run("migrate", of: job)
            #expect(live.contains("\u{1B}[1;97;41m FENCE  writes are refused for 0:0"), "\(live)")
            #expect(live.contains("█") && live.contains("shop"))
            // The view is gone at the end, and what stays is the log's.
            let end = try #require(live.range(of: "\u{1B}[J", options: .backwards)).upperBound
            #expect(
                live[end...].contains("writes were refused for") && !live[end...].contains("FENCE"), "\(live[end...])")
        }
    }
}
