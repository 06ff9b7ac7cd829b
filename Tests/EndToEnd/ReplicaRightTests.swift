import Glibc
import JobContract
import TestSupport
import Testing

extension EndToEnd {
    /// The owner's right to work as a replica does is for the time of the move.
    @Suite struct ReplicaRightTests {
        private static let hasRight = "SELECT has_parameter_privilege('backstage', 'session_replication_role', 'SET')"

        /// How an attempt ends that was given the right.
        enum End: CaseIterable {
            case published, rehearsed
            /// Before anything is published, with a fence and without one.
            case stopped, stoppedWithoutFence
            /// After its COMMIT, so that another run finds everything done.
            case killedAfterCommit
        }

        @Test(arguments: End.allCases)
        func `the right is taken back however an attempt ends`(end: End) async throws {
            let source = try await PostgresServer.start()
            let target = try await PostgresServer.start()
            try await source.psql("CREATE DATABASE app")
            try await source.psql(
                "CREATE TABLE t (a int PRIMARY KEY); CREATE TABLE u (a int REFERENCES t)", database: "app")
            let proxy = try await TCPProxy.start(to: target.port)
            var job = Job(from: source, to: target)
            job[.targetPort] = "\(proxy.port)"
            job[.targetOwner] = "backstage"
            job[.targetOwnerPassword] = "throw-away"
            if end == .rehearsed { job.arguments = ["rehearse"] }
            if end == .stoppedWithoutFence { job[.fence] = "off" }
            // Only the publishing transaction sends a COMMIT of its own.
            if end == .killedAfterCommit { try await proxy.hold(.after, "\u{b}COMMIT") }
            var wasGiven = false
            let result = try await job.run(
                meanwhile: { process in
                    guard end == .killedAfterCommit else { return }
                    try await proxy.untilHeld()
                    kill(process, SIGKILL)
                },
                onLine: { line, process in
                    guard line.contains("app: everything is at the target") else { return }
                    wasGiven = try await target.value(of: Self.hasRight) == "t"
                    if end == .stopped || end == .stoppedWithoutFence { kill(process, SIGTERM) }
                })
            #expect(wasGiven, "\(result.output)")
            if end == .killedAfterCommit {
                #expect(result.status == 128 + SIGKILL)
                job[.targetPort] = "\(target.port)"
                let next = try await job.run()
                #expect(next.end == .success && next.output.contains("nothing to copy"), "\(next.output)")
            }
            #expect(try await target.value(of: Self.hasRight) == "f", "\(result.output)")
        }
    }
}
