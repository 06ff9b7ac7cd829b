import Glibc
import JobContract
import SystemPackage
import TestSupport
import Testing

/// The Job as `out/` has it, run as the kubelet would: its arguments, its environment from Secrets and literal values,
/// its mounted files, its restrictions.
@Suite(.enabled(if: Pod.isPossible, "making a container's namespaces takes root"))
struct RenderedJobTests {
    private static func cluster() async throws -> LocalCluster {
        try await LocalCluster.start(
            manifests: Checkout.folder.appending("out"),
            certificate: Checkout.folder.appending("examples/statefulset/throw-away"))
    }

    @Test func `the rendered Job moves the databases, and ends well again after the operator has deleted its Secret`()
        async throws
    {
        var cluster = try await Self.cluster()
        try await BackstageDatabases.create(on: cluster.source, scale: 0.01)
        let first = try await cluster.startJob(Programs.rehomeJob).end()
        #expect(first.exitCode == 0, "\(first.terminationMessage)")
        for database in BackstageDatabases.names where database != "backstage_plugin_healthcheck" {
            let (before, after) = (
                try await cluster.source.contents(of: database), try await cluster.target.contents(of: database)
            )
            let isCompared = { (name: String) in !name.contains("knex_migrations_lock") }
            #expect(before.filter { isCompared($0.key) } == after.filter { isCompared($0.key) }, "\(database)")
        }
        let receipt = try #require(try cluster.api.configMaps().first)
        #expect(receipt.value.metadata.labels?[Receipt.watchLabel.name] == Receipt.watchLabel.value)
        #expect(try cluster.api.calls().map(\.method).contains("PATCH"))

        cluster.namespace.secrets[cluster.sourceSecret] = nil
        await cluster.source.stop()
        try await cluster.api.delete(receipt.key)
        let second = try await cluster.startJob(Programs.rehomeJob).end()
        #expect(second.exitCode == 0, "\(second.terminationMessage)")
        #expect(try cluster.api.configMaps().keys.contains(receipt.key))
    }

    @Test func `with migration.report the Job leaves a report beside the receipt, by a Role that names the two`()
        async throws
    {
        try await withTemporaryFolder { folder in
            let tree = try await RenderedTree(
                of: Checkout.folder.appending("examples/statefulset"), named: "portal",
                changes: [#"exclude: ["scratch_*"]"#: "exclude: [\"scratch_*\"]\n    report: true"], in: folder)
            let role = try tree.stage("copy").appending("role-portal-db-copy.yaml").text()
            let cluster = try await LocalCluster.start(
                manifests: tree.folder, certificate: Checkout.folder.appending("examples/statefulset/throw-away"))
            try await cluster.source.psql("CREATE DATABASE backstage_plugin_app")
            try await cluster.source.psql("CREATE TABLE t (a int)", database: "backstage_plugin_app")
            // Once more for the second: the report is written again, and says the same.
            for _ in 1...2 {
                let end = try await cluster.startJob(Programs.rehomeJob).end()
                #expect(end.exitCode == 0, "\(end.terminationMessage)")
                let configMaps = try cluster.api.configMaps()
                #expect(configMaps.count == 2 && configMaps.keys.allSatisfy { role.contains("- \($0)\n") })
                let report = try #require(configMaps.first { $0.key.hasSuffix("-report") }?.value)
                #expect(report.data?["report.html"]?.hasPrefix("<!DOCTYPE html>") == true)
                #expect(
                    try JSONSchemaCheck("docs/job-output.schema.json").problems(
                        of: report.data?["report.json"] ?? "", as: "report") == [])
                #expect(report.metadata.labels == nil)
            }
        }
    }

    /// As when a plugin is given up after the cut-over, and an engine makes the finished Job again.
    @Test
    func
        `a database that was dropped since is no loss to a run that finds the receipt, and one to a run that does not`()
        async throws
    {
        let cluster = try await Self.cluster()
        for name in ["backstage_plugin_app", "backstage_plugin_given-up"] {
            try await cluster.source.psql("CREATE DATABASE :\"name\"", variables: ["name": name])
            try await cluster.source.psql("CREATE TABLE t (a int)", database: name)
        }
        let first = try await cluster.startJob(Programs.rehomeJob).end()
        #expect(first.exitCode == 0, "\(first.terminationMessage)")
        let receipt = try #require(try cluster.api.configMaps().first)
        try await cluster.target.psql("DROP DATABASE \"backstage_plugin_given-up\"")

        let second = try await cluster.startJob(Programs.rehomeJob).end()
        #expect(second.exitCode == 0, "\(second.terminationMessage)")
        #expect(second.terminationMessage.contains("dropped since: backstage_plugin_given-up"))
        #expect(try cluster.api.configMaps()[receipt.key]?.data == receipt.value.data)
        let asData = try await cluster.startJob(Programs.rehomeJob, arguments: ["migrate", "--output", "json"])
        var lines: [String] = []
        for await line in asData.lines { lines.append(line) }
        #expect(try await asData.end().exitCode == 0, "\(lines)")
        let (begin, end) = (
            try #require(lines.firstIndex(of: "{"), "\(lines)"), try #require(lines.firstIndex(of: "}"))
        )
        let document = lines[begin...end].joined(separator: "\n")
        #expect(
            try JSONSchemaCheck("docs/job-output.schema.json").problems(of: document, as: "published") == [],
            "\(document)")
        #expect(document.contains("backstage_plugin_given-up"))

        try await cluster.api.delete(receipt.key)
        let third = try await cluster.startJob(Programs.rehomeJob).end()
        #expect(third.exitCode == ExitStatus.personMustAct.rawValue, "\(third.terminationMessage)")
        #expect(third.terminationMessage.contains("backstage_plugin_given-up no longer bear that stamp"))
        #expect(try cluster.api.configMaps().isEmpty)

        // A name that another database has now may have been a replacement.
        try await cluster.target.psql("CREATE DATABASE \"backstage_plugin_given-up\"")
        let fourth = try await cluster.startJob(Programs.rehomeJob).end()
        #expect(fourth.exitCode == ExitStatus.personMustAct.rawValue, "\(fourth.terminationMessage)")
    }

    /// A drop makes the server write out all that it holds in memory, and until there is a receipt Backstage cannot write.
    @Test func `the receipt is left before the control database is dropped`() async throws {
        let cluster = try await Self.cluster()
        try await cluster.source.psql("CREATE DATABASE backstage_plugin_app")
        try await cluster.source.psql("CREATE TABLE t (a int)", database: "backstage_plugin_app")
        let control = #"SELECT count(*) FROM pg_database WHERE datname LIKE 'rehome\_%'"#
        try await cluster.api.fail(status: 500)
        let first = try await cluster.startJob(Programs.rehomeJob).end()
        #expect(first.exitCode == ExitStatus.retry.rawValue, "\(first.terminationMessage)")
        #expect(first.terminationMessage.contains("everything is published, but the receipt is missing"))
        #expect(try await cluster.target.value(of: control) == "1")
        let second = try await cluster.startJob(Programs.rehomeJob).end()
        #expect(second.exitCode == 0, "\(second.terminationMessage)")
        #expect(try await cluster.target.value(of: control) == "0" && !cluster.api.configMaps().isEmpty)
    }

    @Test func `without the operator's Secret and with nothing published a person must act, who is told its name`()
        async throws
    {
        var cluster = try await Self.cluster()
        cluster.namespace.secrets[cluster.sourceSecret] = nil
        let end = try await cluster.startJob(Programs.rehomeJob).end()
        #expect(end.exitCode == ExitStatus.personMustAct.rawValue)
        #expect(end.terminationMessage.contains(cluster.sourceSecret))
        #expect(try cluster.api.configMaps().isEmpty)
    }

    @Test func `SIGTERM, which process 1 only hears when it listens, ends the Job in time and lifts the fence`()
        async throws
    {
        let cluster = try await Self.cluster()
        try await BackstageDatabases.create(on: cluster.source, scale: 0.01)
        let pod = try await cluster.startJob(Programs.rehomeJob)
        var lines = pod.lines.makeAsyncIterator()
        while let line = await lines.next(), !line.contains("moving ") {}
        try pod.signal(SIGSTOP)
        let holder = "pg_sleep(600)"
        let end = try await withThrowingTaskGroup { group in
            let target = cluster.target
            let control = try await target.value(
                of: #"SELECT datname FROM pg_catalog.pg_database WHERE datname ~ '^rehome_[^_]+$'"#)
            // The publication waits for this lock, so that the fence stands until SIGTERM comes.
            group.addTask {
                _ = try? await target.psql(
                    "BEGIN; LOCK TABLE rehome.attempt IN ROW EXCLUSIVE MODE; SELECT \(holder)", database: control)
            }
            let isHeld = try await eventually {
                try await target.value(of: "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT \(holder)'")
                    == "1"
            }
            #expect(isHeld)
            try pod.signal(SIGCONT)
            while let line = await lines.next(), !line.contains("fenced ") {}
            try pod.signal(SIGTERM)
            let end = try await pod.end()
            try await target.psql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%\(holder)'")
            return end
        }
        #expect(end.exitCode == ExitStatus.retry.rawValue, "\(end.terminationMessage)")
        let fenced =
            "SELECT count(*) FROM pg_db_role_setting WHERE setconfig::text LIKE '%default_transaction_read_only%'"
        #expect(try await cluster.source.value(of: fenced) == "0")
    }
}
