import FoundationEssentials
import Manifests
import MigrationSpec
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// Every command of every runbook, in the order of the text, with kubectl against a stand-in for a cluster: through the
/// whole life of a migration, each page a first and a second time.
struct RunbookLifeTests {
    @Test(arguments: RunbookWorld.all)
    func `every command works, first and again`(world: RunbookWorld) async throws {
        guard
            (try? await run(.name("kubectl"), arguments: ["version", "--client"], output: .discarded))?
                .terminationStatus.isSuccess == true
        else { try Test.cancel("kubectl is not installed") }
        try await withTemporaryFolder { folder in
            var player = try await RunbookPlayer(world, in: folder, server: try await server(of: world))
            for step in world.steps {
                let rendered = try player.render(step)
                let out = try player.write(rendered, for: step)
                if let failure = step.failure {
                    try await fail(failure, rendered, &player, out)
                    continue
                }
                try await player.change(rendered, at: step, out: out)
                for time in ["first", "again"] {
                    let result = try await player.play(rendered, in: out)
                    let context = "\(step.title), \(time)"
                    if let failure = result.failure { Issue.record("\(context): \(failure)") }
                    try await expectWorking(player, rendered.migration, out, context)
                }
            }
            if let server = player.server {
                #expect(
                    try await server.value(
                        of: "SELECT is_locked FROM knex_migrations_lock", database: "backstage_plugin_catalog")
                        == "0")
            }
        }
    }

    @Test func `a tool that cannot be started, or comes to its deadline, is waited for no longer`() async throws {
        guard
            (try? await run(.name("kubectl"), arguments: ["version", "--client"], output: .discarded))?
                .terminationStatus.isSuccess == true
        else { try Test.cancel("kubectl is not installed") }
        let world = try #require(RunbookWorld.all.first { !$0.target.hasPrefix("statefulSet") })
        let step = try #require(world.steps.first)
        try await withTemporaryFolder { folder in
            var player = try await RunbookPlayer(world, in: folder, server: nil)
            let rendered = try player.render(step)
            let out = try player.write(rendered, for: step)
            for words in ["1. The new database", "2. The copy"] {
                let result = try await player.play(rendered, in: out) { $0.hasPrefix(words) }
                #expect(result.failure == nil)
            }
            try await player.cluster.failNextJob(.toolDeadline)
            let late = try await player.play(rendered, in: out) { $0 == "Tools" }
            #expect(late.failure == nil)
            try FileManager.default.removeItem(atPath: out.appending("tools").string)
            let unmade = try await player.play(rendered, in: out) { $0 == "Tools" }
            #expect(unmade.failure?.contains("tools/") == true && unmade.output.isEmpty, "\(unmade)")
        }
    }

    /// What the StatefulSet's image would run, with a lock that a pod has left.
    private func server(of world: RunbookWorld) async throws -> PostgresServer? {
        guard world.target.hasPrefix("statefulSet") else { return nil }
        // The official image makes no other role than the one that its Secret names.
        let server = try await PostgresServer.start(
            superuser: world.target.contains("sclorg") ? "postgres" : "backstage")
        try await server.psql("CREATE DATABASE backstage_plugin_catalog")
        try await server.psql(
            "CREATE TABLE knex_migrations_lock (index serial, is_locked int); INSERT INTO knex_migrations_lock (is_locked) VALUES (1)",
            database: "backstage_plugin_catalog")
        return server
    }

    /// The Job fails for good: the wait ends, says so and why, and the page goes on where it says what to do then.
    private func fail(
        _ failure: KubectlCluster.Failure, _ rendered: RenderedMigration, _ player: inout RunbookPlayer, _ out: FilePath
    ) async throws {
        try await player.cluster.failNextJob(failure)
        let read = ["Before", "1. The new database", "2. The copy", "When nothing moves", "Try again"]
        let result = try await player.play(rendered, in: out, chapters: read.contains)
        #expect(result.failure == nil, "a Job that fails (\(failure.rawValue))")
        let words =
            switch failure {
            case .exit: ["PodFailurePolicy: Container rehome-job failed with exit code 78", ": a person must act"]
            case .deadline, .toolDeadline: ["DeadlineExceeded: Job was active longer than specified deadline"]
            }
        for word in ["\nFailed\n"] + words { #expect(result.output.contains(word), "\(result.output)") }
    }

    /// Whatever Backstage names is there, so that new pods start, and what is to stay has stayed.
    private func expectWorking(
        _ player: RunbookPlayer, _ migration: Migration, _ out: FilePath, _ context: String
    ) async throws {
        let names = try await player.cluster.names()
        #expect(names.contains("deployments/\(migration.deployment)"), "\(context)")
        if migration.phase == .done {
            #expect(
                !names.contains { $0.hasPrefix("configmaps/portal-db-receipt-") || $0.hasPrefix("jobs/") },
                "\(context): \(names)")
        }
        if let release = migration.helm, release.runsDatabase {
            for object in ["statefulsets/\(release.databaseName)", "serviceaccounts/\(release.databaseName)"] {
                #expect(names.contains(object) == (migration.phase != .done), "\(context): \(names)")
            }
        }
        guard migration.backstage != nil, let saved = migration.savedSecret else { return }
        #expect(names.contains("secrets/\(saved)") == (migration.phase != .done), "\(context)")
        // The copy for git is as good the second time, when the operator's own Secret may have gone.
        if [.prepare, .migrate].contains(migration.phase) {
            #expect(try out.appending("\(saved).sealed.yaml").text().contains("POSTGRES_PASSWORD: cHc="), "\(context)")
        }
    }
}
