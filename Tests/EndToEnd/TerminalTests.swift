import Foundation
import JobContract
import Subprocess
import SystemPackage
import TestSupport
import Testing

extension EndToEnd {
    /// The live view, in terminals: one that util-linux's `script` makes, of which all that is written is seen, and one
    /// that tmux makes, of which the screen is seen.
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

        /// The view as a screen shows it.
        private struct Sight {
            var lines: [String]

            init(_ window: Tmux, isWhole: Bool = false) async throws {
                lines = try await window.lines(isWhole: isWhole)
            }

            var headlines: [String] { lines.filter { $0.contains(#/^ [0-9]+:[0-9:.]+  /#) } }
            var bars: [String] { lines.filter { $0.contains(#/^   \S+ +[█░]{3,}/#) } }
            var fences: [String] { lines.filter { $0.contains("FENCE") } }

            /// Whether there is one view and no remains of another.
            var isOne: Bool { headlines.count == 1 && bars.count == 2 && fences.count <= 1 }
        }

        /// Waits until the view has been drawn twice more, and looks at it and at all that was ever on the screen.
        private func look(at window: Tmux) async throws -> (screen: Sight, whole: Sight) {
            var clocks: Set<String> = []
            _ = try await eventually {
                clocks.formUnion(try await Sight(window).headlines.map { String($0.prefix { $0 != "," }) })
                return clocks.count > 2
            }
            return (try await Sight(window), try await Sight(window, isWhole: true))
        }

        @Test(.enabled(if: Tmux.isInstalled, "tmux is not installed"), .timeLimit(.minutes(5)))
        func `a window that grows and shrinks shows one view and nothing of those before it`() async throws {
            let source = try await PostgresServer.start()
            let target = try await PostgresServer.start()
            for name in ["shop", "backstage_plugin_catalog_with_a_long_name"] {
                try await source.psql("CREATE DATABASE \(name)")
                try await source.psql("CREATE TABLE t AS SELECT g FROM generate_series(1, 1000) g", database: name)
            }
            var job = Job(from: source, to: target)
            job[.cutover] = CutoverPolicy.onCommand.rawValue
            // A window in which somebody has worked before: its lines reach the bottom. Where they do not, tmux moves the upper
            // part of what it wraps anew out of the screen, where no program can take it away.
            let window = try await Tmux.run(
                ["/bin/sh", "-c", #"/usr/bin/seq -f 'line %g' 100; exec "$0" migrate"#, Programs.rehomeJob.string],
                environment: job.environment.merging(["LC_ALL": "C.UTF-8"], uniquingKeysWith: { $1 }),
                width: 110, height: 30)
            do {
                try await watch(window, job: job, target: target)
            } catch {
                await window.close()
                throw error
            }
            await window.close()
        }

        private func watch(_ window: Tmux, job: Job, target: PostgresServer) async throws {
            let isWaiting = try await eventually(within: .seconds(60)) {
                try await Sight(window).headlines.contains { $0.contains("keeping up; the fence waits for") }
            }
            try #require(isWaiting)
            for (width, height) in [(46, 12), (24, 30), (150, 40), (80, 24)] {
                #expect(try await window.resize(width: width, height: height))
                let (screen, whole) = try await look(at: window)
                #expect(screen.isOne && whole.isOne, "\(width) x \(height): \(whole.lines)")
            }

            // The fence stands for as long as nobody lets the publication go on.
            let holder = try await holdPublication(at: target)
            var go = job
            go.arguments = ["go"]
            #expect(try await go.run().end == .success)
            let isFenced = try await eventually(within: .seconds(60)) { try await Sight(window).fences.count == 1 }
            try #require(isFenced)
            #expect(try await window.resize(width: 60, height: 16))
            let (fenced, whole) = try await look(at: window)
            #expect(fenced.isOne && whole.isOne && fenced.fences.count == 1, "\(whole.lines)")
            #expect(fenced.fences.first?.contains("FENCE  writes are refused for 0:") == true, "\(fenced.lines)")
            // White on red.
            let alarm = try await window.lines(hasColours: true).first { $0.contains("FENCE") }
            #expect(alarm?.contains(#/\u{1B}\[[0-9;]*41m/#) == true, "\(alarm ?? "")")
            try holder.run("ROLLBACK")

            let isOver = try await eventually(within: .seconds(60)) { try await window.exitCode() != nil }
            let (code, end) = (try await window.exitCode(), try await Sight(window, isWhole: true))
            #expect(isOver && code == 0, "\(end.lines)")
            #expect(end.headlines.isEmpty && end.bars.isEmpty && end.fences.isEmpty, "\(end.lines)")
            // What was there before is there still.
            #expect(end.lines.filter { $0.hasPrefix("line ") } == (1...100).map { "line \($0)" }, "\(end.lines)")
            #expect(end.lines.joined().contains("writes were refused for"), "\(end.lines)")
        }

        /// Where `make screenshots` wants what its pictures are made of; empty in every other run.
        private static let pictures = ProcessInfo.processInfo.environment["REHOME_PICTURES"] ?? ""

        @Test(
            .enabled(if: !pictures.isEmpty, "REHOME_PICTURES names no folder for pictures"), .timeLimit(.minutes(10)))
        func `a Backstage's move is seen on the screen while it is copied, and while writes are refused`() async throws
        {
            let source = try await PostgresServer.start()
            let target = try await PostgresServer.start()
            try await BackstageDatabases.create(on: source, scale: 0.3)
            var job = Job(from: source, to: target)
            job[.cutover] = CutoverPolicy.onCommand.rawValue
            let window = try await Tmux.run(
                [Programs.rehomeJob.string, "migrate"],
                environment: job.environment.merging(["LC_ALL": "C.UTF-8"], uniquingKeysWith: { $1 }),
                width: 100, height: 26)
            do {
                try await keep(window, as: "terminal-copying") { sight in
                    let shares = sight.lines.compactMap { $0.firstMatch(of: #/^ [█░]+ +([0-9]+) %/#)?.1 }
                    return shares.contains { (25...80).contains(Int($0) ?? 0) }
                }
                _ = try await eventually(within: .seconds(120)) {
                    try await Sight(window).headlines.contains { $0.contains("the fence waits for") }
                }
                let holder = try await holdPublication(at: target)
                var go = job
                go.arguments = ["go"]
                #expect(try await go.run().end == .success)
                try await keep(window, as: "terminal-fence") { $0.fences.contains { $0.contains("0:01.") } }
                try holder.run("ROLLBACK")
            } catch {
                await window.close()
                throw error
            }
            await window.close()
        }

        /// Waits for a sight and leaves it as the terminal shows it.
        private func keep(_ window: Tmux, as name: String, _ isWanted: (Sight) -> Bool) async throws {
            let isThere = try await eventually(within: .seconds(120)) { isWanted(try await Sight(window)) }
            try #require(isThere, "\(name)")
            let lines = try await window.lines(hasColours: true)
            let text = lines.joined(separator: "\n").replacing(#/\n+$/#, with: "") + "\n"
            try Checkout.folder.pushing(FilePath(Self.pictures)).appending("\(name).ansi").write(text)
        }

        /// Keeps a publication from going on until the session's transaction ends.
        private func holdPublication(at target: PostgresServer) async throws -> PlainSession {
            let control = try await target.value(
                of: #"SELECT datname FROM pg_database WHERE datname LIKE 'rehome\_%' ORDER BY length(datname) LIMIT 1"#)
            let holder = try PlainSession(to: target, database: control)
            try holder.run("BEGIN; LOCK TABLE rehome.attempt IN ROW EXCLUSIVE MODE")
            return holder
        }
    }
}
