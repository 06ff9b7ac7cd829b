import Glibc
import JobContract
import SystemPackage
import TestSupport
import Testing

extension Faults {
    /// The Job itself is ended.
    @Suite struct KillTests {
        /// One line of each kind that a run logs, in their order.
        static let lines = [
            "connected to the target", "connected to the source", "moving 6 databases", "schema brought over",
            "copied and verified", "built index", "everything is at the target", "round 1", "content and schema equal",
            "fenced 6 databases", "the source has not changed", "published 6 databases",
        ]

        @Test(.whenWhole, arguments: lines, [true, false])
        func `a kill -9 at any step leaves all or nothing, and the next run finishes`(line: String, precopy: Bool)
            async throws
        {
            // Where the fence stands around everything there is only the last round.
            guard precopy || line != "round 1" else { return }
            let scene = try await Scene.make()
            let moment = Moment(line)
            let result = try await scene.job(precopy: precopy).run { text, process in
                await moment.at(text) { _ = kill(process, SIGKILL) }
            }
            #expect(moment.hasCome, "\(result.output)")
            try await scene.check(result, ends: [.success], fence: .unknown)
            try await scene.checkRecovery()
        }

        @Test(.whenWhole, arguments: [SIGKILL, SIGTERM])
        func `an end in the middle of an index build leaves nothing, and the next run finishes`(signal: Int32)
            async throws
        {
            // Building the index takes for as long as there is a file in the target's folder.
            var gate = FilePath("/")
            let scene = try await Scene.make { source, target in
                gate = target.folder.appending("gate")
                try await source.psql(
                    """
                    CREATE FUNCTION gated(text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN
                      WHILE (pg_catalog.pg_stat_file('\(gate)', true)).size IS NOT NULL LOOP PERFORM pg_catalog.pg_sleep(0.02); END LOOP;
                      RETURN $1;
                    END $$;
                    CREATE INDEX entities_gated ON entities (gated(body)) WHERE id = 1
                    """, database: "backstage_plugin_catalog")
            }
            _ = try FileDescriptor.open(gate, .writeOnly, options: .create, permissions: .ownerReadWrite).closeAfter {}
            let target = scene.target
            let isBuilding =
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query LIKE '%CREATE INDEX entities_gated%'"
            var asked: ContinuousClock.Instant?
            let result = try await scene.job().run(
                meanwhile: { process in
                    let hasCome = try await eventually(within: .seconds(120)) {
                        try await target.value(of: isBuilding) != "0"
                    }
                    #expect(hasCome)
                    kill(process, signal)
                }
            ) { line, _ in if asked == nil, line.contains("stopping on SIGTERM") { asked = .now } }
            if let asked { #expect(asked.duration(to: .now) < .seconds(10), "\(result.output)") }
            #expect((asked != nil) == (signal == SIGTERM), "\(result.output)")
            // The server was told to stop, if anybody could tell it.
            if signal == SIGTERM { #expect(try await eventually { try await target.value(of: isBuilding) == "0" }) }
            try await scene.check(result, ends: [.retry], fence: .lifted)
            unlink(gate.string)
            try await scene.checkRecovery()
        }

        @Test func `at random instants kill -9 and SIGTERM leave all or nothing, and the next run finishes`()
            async throws
        {
            print("REHOME_FAULT_SEED=\(Faults.seed) REHOME_FAULT_ROUNDS=\(Faults.rounds)")
            var random = SeededGenerator(seed: Faults.seed)
            let scene = try await Scene.make()
            let clock = ContinuousClock()
            let length = try await clock.measure {
                let end = try await scene.job().run().end
                #expect(end == .success)
            }
            for round in 1...Faults.rounds {
                try await scene.reset()
                let instant = length * (Double(random.number(0...1050)) / 1000)
                let signal = random.chance(50) ? SIGKILL : SIGTERM
                var asked: ContinuousClock.Instant?
                var job = scene.job()
                // Large tables in parts, half of the time.
                if random.chance(50) { job[.splitTablesAtMiB] = "8" }
                let result = try await job.run(
                    meanwhile: { process in
                        try await Task.sleep(for: instant)
                        kill(process, signal)
                    }
                ) { text, _ in if asked == nil, text.contains("stopping on SIGTERM") { asked = .now } }
                if let asked { #expect(asked.duration(to: .now) < .seconds(10), "\(result.output)") }
                let name = signal == SIGKILL ? "SIGKILL" : "SIGTERM"
                print("round \(round): \(name) after \(instant) of \(length), status \(result.status)")
                // A SIGTERM before the program has taken it over ends it like any other.
                let isEarly = result.status == 128 + SIGTERM && result.output.isEmpty
                if !isEarly {
                    try await scene.check(
                        result, ends: [.retry, .success], fence: signal == SIGKILL ? .unknown : .lifted)
                }
                try await scene.checkRecovery()
            }
        }
    }
}
