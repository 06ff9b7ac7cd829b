import Glibc
import JobContract
import TestSupport
import Testing

extension Faults {
    /// The Job is ended right before and right after each commit that it makes: a proxy holds the statement that
    /// commits, or its answer.
    @Suite struct CommitTests {
        /// What a run commits, by a piece of the statement.
        enum Commit: String, CaseIterable {
            case fence = "SET default_transaction_read_only = on"
            case newDatabase = "CREATE DATABASE \"rehome_"
            case mark = "COMMENT ON DATABASE \"rehome_"
            case epoch = "INSERT INTO public.attempt"
            case fenceRecord = "INSERT INTO public.fence"
            case schema = "CREATE SCHEMA _rehome"
            case table = "step VALUES ('table'"
            case largeObjects = "step VALUES ('large objects'"
            case index = "step VALUES ('index'"
            case finishing = "'finishing'"
            case seal = "DROP SCHEMA _rehome"
            /// The whole message: what publishes is a COMMIT alone (PostgreSQL manual, 55.7, Query: length 11).
            case publication = "\u{b}COMMIT"
            case removal = "DROP DATABASE IF EXISTS \"rehome_"

            var isAtSource: Bool { self == .fence }
        }

        @Test(.whenWhole, arguments: Commit.allCases)
        func `kill -9 and SIGTERM around each commit leave all or nothing, and the next run finishes`(commit: Commit) async throws {
            let scene = try await Scene.make()
            for (instant, signal) in [(TCPProxy.Instant.before, SIGKILL), (.after, SIGKILL), (.before, SIGTERM), (.after, SIGTERM)] {
                try await scene.reset()
                try await end(at: commit, instant, by: signal, scene)
            }
        }

        /// One of each kind, for `make test`.
        @Test(arguments: zip([TCPProxy.Instant.before, .after], [SIGTERM, SIGKILL]))
        func `around the publication's COMMIT it is all or nothing`(instant: TCPProxy.Instant, signal: Int32) async throws {
            try await end(at: .publication, instant, by: signal, Scene.make())
        }

        private func end(at commit: Commit, _ instant: TCPProxy.Instant, by signal: Int32, _ scene: Scene) async throws {
            let proxy = try await TCPProxy.start(to: commit.isAtSource ? scene.source.port : scene.target.port)
            var job = scene.job()
            job[commit.isAtSource ? .sourcePort : .targetPort] = "\(proxy.port)"
            try await proxy.hold(instant, commit.rawValue)
            var asked: ContinuousClock.Instant?
            let result = try await job.run(
                meanwhile: { process in
                    while try await !proxy.isHeld() { try await Task.sleep(for: .milliseconds(10)) }
                    kill(process, signal)
                }
            ) { line, _ in if asked == nil, line.contains("stopping on SIGTERM") { asked = .now } }
            let what = "\(signal == SIGKILL ? "SIGKILL" : "SIGTERM") \(instant.rawValue) \(commit)"
            if let asked { #expect(asked.duration(to: .now) < .seconds(10), "\(what)\n\(result.output)") }
            #expect(try await proxy.isHeld(), "\(what)\n\(result.output)")
            // Around the publication nobody may be there to tell what became of it; the fence stays then.
            let isKnown = signal == SIGTERM && commit != .publication
            try await scene.check(result, ends: [.retry, .success], fence: isKnown ? .lifted : .unknown)
            await proxy.stop()
            try await scene.checkRecovery()
        }
    }
}
