import DatabaseMigration
import PostgresClient
import Testing

@testable import MigrationReport

@Suite struct UnitsTests {
    @Test(arguments: [
        (0, "0 bytes"), (999, "999 bytes"), (1_500, "1.5 kB"), (82_000, "82 kB"), (752_000_000, "752 MB"),
        (1_250_000_000, "1.3 GB"), (7_300_000_000_000, "7.3 TB"),
    ])
    func `bytes`(count: Int, text: String) { #expect(Units.bytes(count) == text) }

    @Test(arguments: [(0.0004, "0 ms"), (0.25, "250 ms"), (0.999, "1.0 s"), (59.96, "60.0 s"), (125, "2 min 5 s")])
    func `seconds`(value: Double, text: String) { #expect(Units.seconds(value) == text) }

    @Test(arguments: [(0, "0"), (999, "999"), (1_000, "1,000"), (1_652_177, "1,652,177")])
    func `counts`(value: Int, text: String) { #expect(Units.count(value) == text) }
}

@Suite struct MigrationSummaryTests {
    private let app = DatabaseName("app")
    private let table = RelationName(schema: "public", name: "t")

    @Test func `what was copied, what was only checked again and what is verified stand apart`() {
        let summary = MigrationSummary()
        summary.record(.copied(database: app, table: table, rows: 1500, bytes: 30_000, seconds: 1, verifySeconds: 0.25))
        summary.record(.rechecked(database: app, table: table, rows: 500, seconds: 1))
        #expect(summary.table().contains("incomplete"))
        summary.record(.sealed(database: app, fingerprint: "f", seconds: 1))
        let line = summary.table().split(separator: "\n")[1]
        #expect(
            line.split(separator: " ", omittingEmptySubsequences: true) == [
                "app", "2", "2,000", "30", "kB", "1", "tables", "verified",
            ])
    }

    @Test func `a helper calls nothing incomplete that another pod verifies`() {
        let summary = MigrationSummary()
        summary.record(.helping)
        summary.record(.copied(database: app, table: table, rows: 1, bytes: 1, seconds: 1, verifySeconds: 0))
        #expect(!summary.table().contains("incomplete") && summary.table().contains("another pod's share"))
    }

    @Test func `a database that was begun again is counted once`() {
        let summary = MigrationSummary()
        summary.record(.copied(database: app, table: table, rows: 1500, bytes: 30_000, seconds: 1, verifySeconds: 0.25))
        summary.record(.rebuilding(database: app, reason: "it changed"))
        summary.record(.copied(database: app, table: table, rows: 1501, bytes: 30_020, seconds: 1, verifySeconds: 0.25))
        #expect(summary.table().contains("1 databases, 1,501 rows"))
    }

    @Test func `a run that found everything done has no table`() {
        #expect(MigrationSummary().table().isEmpty)
    }
}
