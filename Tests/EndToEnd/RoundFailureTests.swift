import Glibc
import JobContract
import TestSupport
import Testing

extension EndToEnd {
    /// What comes of a round that fails half-way.
    @Suite struct RoundFailureTests {
        /// The target has committed the round's rows, while the snapshot from before them still counts. A next round would
        /// bring the same rows over a second time.
        @Test func `a last round that fails after the target has taken its rows is not done again on top of them`()
            async throws
        {
            let (source, target) = (try await PostgresServer.start(), try await PostgresServer.start())
            // No superuser, so large objects are read in the last round, after the rows.
            let owner = (role: "backstage", password: "throw-away")
            try await source.psql(
                "CREATE ROLE backstage LOGIN PASSWORD 'throw-away'; CREATE DATABASE app OWNER backstage")
            // Nothing but the rows' number shows that they have come twice.
            try await source.psql(
                """
                CREATE TABLE notes (text text); INSERT INTO notes VALUES ('early');
                SELECT lo_from_bytea(4711, convert_to(repeat('late', 115 << 20), 'UTF8'))
                """, database: "app", as: owner)
            var job = Job(from: source, to: target)
            (job[.sourceUser], job[.sourcePassword]) = (owner.role, owner.password)
            job[.maxFence] = "1"
            try await withThrowingTaskGroup(of: Void.self) { group in
                let isCancelled = Flag()
                group.addTask { _ = try? await source.psql(Self.keepWriting, database: "app", as: owner) }
                group.addTask {
                    if (try? await source.psql(Self.cancelReading)) != nil { isCancelled.raise() }
                }
                let failed = try await job.run { line, process in
                    // Going on would be the mistake. A fence that stood too long before is none.
                    guard line.contains(Self.lifted) else { return }
                    let cancels = try await source.value(of: Self.cancels)
                    if isCancelled.isRaised || cancels != "0" { kill(process, SIGTERM) }
                }
                #expect(isCancelled.isRaised && failed.end == .retry, "\(failed.output)")
                #expect(failed.output.contains("ERROR") && failed.output.contains("lo_get"), "\(failed.output)")
                try await source.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'app'")
                group.cancelAll()
            }
            job[.maxFence] = nil
            let result = try await job.run()
            #expect(result.end == .success, "\(result.output)")
            #expect(try await target.contents(of: "app") == source.contents(of: "app"))
        }

        private static let lifted = "the fence was lifted and nothing is published"

        private static let keepWriting =
            "DO $$ BEGIN LOOP INSERT INTO notes VALUES ('late'); COMMIT; PERFORM pg_sleep(0.0005); END LOOP; END $$"

        private static let cancels = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'cancels'"

        /// Cancels the statements that read pieces of the large object under the fence, when the fence has stood for
        /// longer than it may. It goes on until the fence is lifted, since a statement may end before it is cancelled.
        private static let cancelReading = """
            SET statement_timeout = '120s';
            DO $$ DECLARE since timestamptz; BEGIN
                LOOP
                    PERFORM pg_stat_clear_snapshot();
                    IF NOT EXISTS (SELECT FROM pg_db_role_setting WHERE setconfig::text LIKE '%read_only%') THEN
                        EXIT WHEN current_setting('application_name') = 'cancels';
                        since := NULL;
                    ELSE
                        since := coalesce(since, clock_timestamp());
                        IF clock_timestamp() > since + interval '1.05 s' AND EXISTS (
                            SELECT FROM pg_stat_activity WHERE application_name LIKE 'rehome/%' AND state = 'active'
                              AND query LIKE '%lo\\_get%' AND pg_cancel_backend(pid))
                        THEN
                            SET application_name = 'cancels';
                        END IF;
                    END IF;
                    PERFORM pg_sleep(0.0002);
                END LOOP;
            END $$
            """
    }
}
