import Glibc
import JobContract
import SystemPackage
import TestSupport
import Testing

extension EndToEnd {
    /// Databases whose schema changes while others are copied.
    @Suite struct BeginAgainTests {
        @Test func `a database that is to be begun again while another one is being begun again is published with it`()
            async throws
        {
            let source = try await PostgresServer.start()
            let target = try await PostgresServer.start()
            for name in ["slow", "other"] { try await source.psql("CREATE DATABASE \(name)") }
            try await source.psql("CREATE TABLE t (a int); INSERT INTO t VALUES (7)", database: "other")
            // The index is being built for as long as there is a file in the target's folder.
            let gate = target.folder.appending("gate")
            try await source.psql(
                """
                CREATE FUNCTION gated(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN
                  WHILE (pg_catalog.pg_stat_file('\(gate)', true)).size IS NOT NULL LOOP PERFORM pg_catalog.pg_sleep(0.02); END LOOP;
                  RETURN $1;
                END $$;
                CREATE TABLE t (a int); INSERT INTO t VALUES (1); CREATE INDEX ON t (gated(a))
                """, database: "slow")
            var (changes, copies) = (0, 0)
            let result = try await Job(from: source, to: target).run { line, process in
                if line.contains("slow: everything is at the target") {
                    copies += 1
                    guard copies == 1 else { return }
                    kill(process, SIGSTOP)
                    _ = try FileDescriptor.open(gate, .writeOnly, options: .create, permissions: .ownerReadWrite)
                        .closeAfter {}
                    try await source.psql("ALTER TABLE t ADD COLUMN b int", database: "slow")
                    kill(process, SIGCONT)
                } else if line.contains("slow: 1 tables"), copies == 1 {
                    try await source.psql("ALTER TABLE t ADD COLUMN b int", database: "other")
                } else if line.contains("other: beginning again") {
                    changes += 1
                    unlink(gate.string)
                }
            }
            #expect(changes == 1 && result.end == .success, "\(result.output)")
            #expect(result.output.contains("published 2 databases"), "\(result.output)")
            for name in ["slow", "other"] { #expect(try await target.schema(of: name) == source.schema(of: name)) }
        }
    }
}
