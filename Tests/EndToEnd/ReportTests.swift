import FoundationEssentials
import JobContract
import TestSupport
import Testing

extension EndToEnd {
    /// The report, from what a real target holds.
    @Suite struct ReportTests {
        private func source() async throws -> PostgresServer {
            let source = try await PostgresServer.start()
            for name in ["backstage_plugin_auth", "backstage_plugin_catalog", "<b>\"odd\" & 'name'"] {
                try await source.psql("CREATE DATABASE :\"name\"", variables: ["name": name])
            }
            try await source.psql(
                """
                CREATE ROLE reader; CREATE TABLE entities (id int PRIMARY KEY, body text);
                INSERT INTO entities SELECT g, md5(g::text) FROM generate_series(1, 5000) g;
                GRANT SELECT ON entities TO reader
                """, database: "backstage_plugin_catalog")
            try await source.psql(
                """
                CREATE TABLE knex_migrations_lock ("index" serial PRIMARY KEY, is_locked int);
                INSERT INTO knex_migrations_lock (is_locked) VALUES (1), (0), (1); CREATE TABLE "<script>alert(1)</script>" (a int)
                """, database: "backstage_plugin_auth")
            return source
        }

        private func run(_ job: Job, _ arguments: String...) async throws -> Job.Result {
            var job = job
            job.arguments = arguments
            return try await job.run()
        }

        private func report(_ job: Job) async throws -> JSONValue {
            let result = try await run(job, "report", "--output", "json")
            #expect(result.end == .success, "\(result.output)")
            #expect(try JSONSchemaCheck("docs/job-output.schema.json").problems(of: result.written, as: "report") == [])
            return try JSONValue(result.written)
        }

        /// The picture has a lane for each database, its work within it, and the fence across all of them at its time.
        private func checkTimeline(of page: String, against report: JSONValue) throws {
            let picture = try #require(page.firstMatch(of: #/(?s)<svg class="timeline".*?<\/svg>/#)).output
            let databases = try #require(report["databases"]?.list)
            func number(_ name: String, of element: Substring) throws -> Double {
                let attribute = try #require(
                    element.matches(of: #/ ([a-z]+)="([0-9.]+)"/#).first { $0.1 == name }, "\(name) of \(element)")
                return try #require(Double(attribute.2))
            }
            let lanes = picture.matches(of: #/<rect class="lane"[^>]*>/#).map(\.output)
            #expect(lanes.count == databases.count, "\(picture)")
            for (lane, database) in zip(lanes, databases) {
                let top = try number("y", of: lane), height = try number("height", of: lane)
                let drawn = try picture.matches(of: #/<rect class="(schema|copy|verify|index|finish|seal)"[^>]*>/#)
                    .filter { (top...top + height).contains(try number("y", of: $0.output.0)) }
                let work = database["work"]?.list ?? []
                #expect(
                    drawn.map { String($0.output.1) } == work.compactMap { $0["kind"]?.text },
                    "\(database["name"] ?? .null)")
            }
            let bands = picture.matches(of: #/<rect class="band"[^>]*>/#).map(\.output)
            let run = try #require(report["run"]), fence = try #require(run["fences"]?.list?.first)
            try #require(bands.count == 1 && run["fences"]?.list?.count == 1)
            let bandTop = try number("y", of: bands[0]), band = try number("height", of: bands[0])
            for lane in lanes {
                let top = try number("y", of: lane), height = try number("height", of: lane)
                #expect(bandTop <= top && top + height <= bandTop + band, "\(picture)")
            }
            // As far from the beginning of its lane as the fence from that of the run.
            let left = try number("x", of: lanes[0]), width = try number("width", of: lanes[0])
            let place = try number("x", of: bands[0])
            let begin = try #require(fence["begin"]?.number), end = try #require(fence["end"]?.number)
            #expect(begin < end && place > left && place < left + width)
            let ends = databases.flatMap { $0["work"]?.list ?? [] }.compactMap { $0["end"]?.number }
            let seconds = max(run["seconds"]?.number ?? 0, ends.max() ?? 0, end)
            #expect(abs((place - left) / width - begin / seconds) < 0.02, "\(place), \(begin) of \(seconds)")
        }

        @Test func `after a move the report says what moved, what was left out, and for how long writes were refused`()
            async throws
        {
            let source = try await source()
            let target = try await PostgresServer.start()
            var job = Job(from: source, to: target)
            job[.emptyDatabases] = "backstage_plugin_new"
            let early = try await run(job, "report")
            #expect(early.end == .retry && early.output.contains("nothing of rhdh/developer-hub is published"))

            let begin = try await target.value(of: "SELECT date_trunc('second', now())")
            let move = try await run(job, "migrate")
            #expect(move.end == .success, "\(move.output)")
            let sourceVersion = try await source.value(of: "SHOW server_version")
            await source.stop()
            job[.sourceHost] = ""
            let report = try await report(job)

            #expect(report["kind"]?.text == "migration" && report["totals"]?["databases"]?.number == 4)
            #expect(report["totals"]?["rows"]?.number == 5001)
            // The seconds that the log said, not others.
            let said = try #require(move.output.firstMatch(of: #/writes were refused for ([0-9.]+) (ms|s) until/#))
            let refused = try #require(report["fence"]?["refusedSeconds"]?.number)
            let told = (Double(said.1) ?? 0) / (said.2 == "ms" ? 1000 : 1)
            #expect(abs(refused - told) < 0.06, "\(said.0), \(refused)")
            let run = try #require(report["run"])
            #expect(run["fences"]?.list?.count == 1 && run["fences"]?.list?.first?["end"] != nil)
            #expect(sourceVersion.hasPrefix(run["source"]?["version"]?.text ?? "none"))
            // Who fenced, and when, by the target's clock.
            #expect(
                run["source"]?["role"]?.text == source.superuser && run["target"]?["role"]?.text == target.superuser)
            let raised = try #require(report["fence"]?["raisedAt"]?.text)
            let stood = try await target.psql(
                "SELECT :'raised'::timestamptz BETWEEN :'begin'::timestamptz AND :'end'::timestamptz",
                variables: ["raised": raised, "begin": begin, "end": try #require(report["finishedAt"]?.text)])
            #expect(stood == "t\n", "\(begin), \(raised), \(report["finishedAt"] ?? .null)")
            #expect(report["next"]?.text?.contains("rehome-job after") == true, "\(report["next"] ?? .null)")
            #expect(run["settings"]?["REHOME_EMPTY_DATABASES"]?.text == "backstage_plugin_new")
            #expect(!"\(report)".contains(job[.targetPassword] ?? ""))

            let databases = try #require(report["databases"]?.list)
            let catalog = try #require(databases.first { $0["name"]?.text == "backstage_plugin_catalog" })
            #expect(catalog["tables"]?.list?.first?["rows"]?.number == 5000)
            #expect(catalog["sourceHash"] == catalog["targetHash"])
            #expect("\(catalog["leftOut"] ?? .null)".contains("reader"), "\(catalog)")
            let schema = try #require(catalog["schema"])
            #expect(schema["sourceHash"]?.text?.isEmpty == false && schema["sourceHash"] == schema["targetHash"])
            #expect((schema["program"]?.number ?? 0) >= 15, "\(schema)")
            let kinds = Set((catalog["work"]?.list ?? []).compactMap { $0["kind"]?.text })
            #expect(kinds.isSuperset(of: ["schema", "copy", "seal"]), "\(kinds)")
            let auth = try #require(databases.first { $0["name"]?.text == "backstage_plugin_auth" })
            #expect("\(auth["changes"] ?? .null)".contains("one unlocked row"))
            #expect(auth["rows"]?.number == 1 && auth["sourceHash"] != auth["targetHash"])
            let lock = try #require(
                auth["tables"]?.list?.first { $0["name"]?.text?.contains("knex_migrations_lock") == true })
            #expect(lock["rows"]?.number == 1 && lock["source"]?["rows"]?.number == 3, "\(lock)")
            #expect(lock["hash"] != lock["source"]?["hash"] && lock["change"]?.text == "one unlocked row", "\(lock)")
            #expect(catalog["tables"]?.list?.first?["source"] == nil)
            // Every round that there was has a number and is told.
            let rounds = (run["rounds"]?.list ?? []).compactMap { $0["number"]?.number }
            #expect(rounds == (1...max(1, rounds.count)).map(Double.init) && run["roundCount"]?.number == rounds.last)
            let logged = move.output.matches(of: #/\bround ([0-9]+): /#).compactMap { Double($0.1) }
            #expect(logged == rounds, "\(move.output)")
            let new = try #require(databases.first { $0["name"]?.text == "backstage_plugin_new" })
            #expect(new["sourceHash"]?.text == "")

            let page = try await self.run(job, "report", "--output", "html")
            // A pod's log is both streams in one.
            #expect(page.output == page.written, "\(page.output)")
            #expect(page.written.hasPrefix("<!DOCTYPE html>") && !page.written.contains("<script"))
            #expect(page.written.contains("equal to the source's, but for what was changed on purpose"))
            #expect(page.written.contains("&lt;b&gt;&quot;odd&quot; &amp; &#39;name&#39;"))
            try checkTimeline(of: page.written, against: report)
            #expect(try await self.run(job, "report").output.contains("5,001"))
            let nowhere = try await self.run(job, "report", "--file", "/nowhere/report.html")
            #expect(nowhere.end == .personMustAct && nowhere.output.contains("/nowhere/report.html cannot be written"))

            for arguments in [["report"], ["report", "--output", "json"], ["status"], ["after"]] {
                var cut = job
                cut.launcher = ["/bin/sh", "-c", #"exec "$0" "$@" > /dev/full"#]
                cut.arguments = arguments
                let result = try await cut.run()
                #expect(
                    result.end == .personMustAct
                        && result.output.contains("cannot be written: No space left on device"),
                    "\(arguments): \(result.output)")
            }

            // A database that is gone since is named, and the rest is told.
            try await target.psql("DROP DATABASE backstage_plugin_catalog")
            let later = try await self.report(job)
            #expect(later["missing"]?.list == [.text("backstage_plugin_catalog")])
        }

        @Test
        func `what is kept for the report is in no database, and a second run and a way back do not stumble over it`()
            async throws
        {
            let source = try await source()
            let target = try await PostgresServer.start()
            let job = Job(from: source, to: target)
            #expect(try await run(job, "migrate").end == .success)
            for name in ["backstage_plugin_auth", "backstage_plugin_catalog"] {
                #expect(
                    try await target.schema(of: name, dumpedBy: source.installation)
                        == source.schema(of: name, dumpedBy: source.installation))
            }
            #expect(try await target.value(of: "SELECT count(*) FROM pg_database WHERE datname LIKE 'rehome%'") == "0")
            #expect(try await run(job, "migrate").end == .success)
            var back = Job(from: target, to: source)
            back[.direction] = Direction.rollback.rawValue
            let result = try await run(back, "migrate")
            #expect(result.end == .success, "\(result.output)")
            #expect(try await report(back)["direction"]?.text == "rollback")
            #expect(try await report(job)["isLeft"] == .flag(true))
        }

        @Test func `a rehearsal leaves the same report with its forecast, until the real run has published`()
            async throws
        {
            let source = try await source()
            let target = try await PostgresServer.start()
            let job = Job(from: source, to: target)
            #expect(try await run(job, "rehearse").end == .success)
            let rehearsal = try await report(job)
            #expect(rehearsal["kind"]?.text == "rehearsal" && rehearsal["totals"]?["rows"]?.number == 5003)
            #expect((rehearsal["forecast"]?["fenceSeconds"]?.number ?? 0) > 0.4)
            #expect(try await run(job, "report", "--output", "html").written.contains("Fence, expected"))
            #expect(try await run(job, "migrate").end == .success)
            let move = try await report(job)
            #expect(move["kind"]?.text == "migration" && move["forecast"] == nil)
            #expect((move["databases"]?.list ?? []).contains { ($0["tablesFromBefore"]?.number ?? 0) > 0 })
        }

        @Test func `the Job leaves the report as a ConfigMap, and what is published stays so where it cannot`()
            async throws
        {
            let source = try await source()
            let target = try await PostgresServer.start()
            let api = try await KubernetesAPIStandIn.start(namespace: "rhdh")
            var job = Job(from: source, to: target)
            job[.report] = "on"
            job[.receiptName] = "portal-receipt-0123456789"
            job.environment["KUBERNETES_SERVICE_HOST"] = "127.0.0.1"
            job.environment["KUBERNETES_SERVICE_PORT"] = "\(api.port)"
            // The token is in no place that is mounted here.
            let result = try await run(job, "migrate")
            #expect(result.end == .success, "\(result.output)")
            #expect(result.output.contains("the report could not be left, and nothing depends on it"))
        }
    }
}
