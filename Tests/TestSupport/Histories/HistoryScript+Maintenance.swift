/// What administrators and their jobs do.
extension HistoryScript {
    private static let tables = [
        "keyed", "keyless", "paired", "parents", "children", "parted_low", "parted", "heirs", "scratch", "computed",
        "spans", "bare", "objects",
    ]

    mutating func maintain() -> HistoryTurn {
        let table = generator.pick(Self.tables)
        let rest = seconds(20...800)
        switch generator.number(0...15) {
        case 0, 1: return HistoryTurn("VACUUM \(table)", rest: rest)
        case 2, 3: return HistoryTurn("VACUUM (FREEZE) \(table)", rest: rest)
        case 4: return HistoryTurn("VACUUM (FREEZE, DISABLE_PAGE_SKIPPING)", rest: rest)
        case 5:
            return HistoryTurn(
                "VACUUM (FULL) \(generator.pick(["keyed", "keyless", "paired", "bare", "objects"]))", rest: rest)
        case 6:
            return HistoryTurn(
                "CLUSTER \(generator.pick(["keyed USING keyed_body", "keyless USING keyless_a"]))", rest: rest)
        case 7:
            return HistoryTurn(
                "REINDEX TABLE \(generator.chance(50) ? "CONCURRENTLY " : "")\(generator.pick(["keyed", "paired"]))",
                rest: rest)
        case 8: return HistoryTurn("ANALYZE", rest: rest)
        case 9:
            return HistoryTurn(
                "TRUNCATE \(generator.pick(["keyless", "spans", "bare", "scratch", "parted_low", "ancestors"]))",
                rest: rest)
        case 10:
            return HistoryTurn(
                "BEGIN",
                "TRUNCATE \(generator.pick(["children", "parents CASCADE", "computed RESTART IDENTITY", "parted"]))",
                "INSERT INTO computed (a) SELECT g FROM generate_series(1, 50) g",
                generator.chance(50) ? "COMMIT" : "ROLLBACK", rest: rest)
        case 11:
            let rows = (0..<generator.number(1...300)).map { "\($0 % 60)\tfrozen \($0 % 4)\n" }.joined()
            return HistoryTurn(
                [
                    .run("BEGIN"), .run("TRUNCATE keyless"),
                    .copy("COPY keyless (a, b) FROM STDIN WITH (FREEZE)", rows: rows), .run("COMMIT"),
                ], rest: rest)
        case 12:
            return HistoryTurn(
                "REFRESH MATERIALIZED VIEW \(generator.chance(50) ? "CONCURRENTLY " : "")totals", rest: rest)
        case 13:
            return HistoryTurn(
                "INSERT INTO parents SELECT g, 'again' FROM generate_series(1, 300) g ON CONFLICT DO NOTHING",
                rest: rest)
        case 14:
            return HistoryTurn(
                generator.chance(50)
                    ? "ALTER SEQUENCE numbers RESTART WITH \(generator.number(1...999))" : "CHECKPOINT", rest: rest)
        // Undone after everything was rewritten.
        default:
            return HistoryTurn(
                "BEGIN", "ALTER TABLE keyed ALTER seen TYPE text", "DELETE FROM keyed WHERE id % 3 = 0", "ROLLBACK",
                rest: rest)
        }
    }

    /// A change of the schema, of which each session makes only a few: every one makes the Job begin the database again.
    mutating func change() -> HistoryTurn {
        let name = "n\(number)_\(turns)"
        let changes = [
            ["ALTER TABLE keyed ADD COLUMN \(name) text DEFAULT 'default of \(name)'"],
            ["ALTER TABLE keyless ADD COLUMN \(name) timestamptz DEFAULT clock_timestamp()"],
            ["ALTER TABLE parents ALTER note TYPE varchar(\(generator.number(200...300)))"],
            [
                "ALTER TABLE keyed ADD COLUMN \(name) int", "UPDATE keyed SET \(name) = id WHERE id % 2 = 0",
                "ALTER TABLE keyed DROP COLUMN \(name)",
            ],
            ["CREATE TABLE \(name) AS SELECT id, body FROM keyed", "ALTER TABLE \(name) ADD PRIMARY KEY (id)"],
            [
                "CREATE TABLE \(name) (a int)", "INSERT INTO \(name) SELECT generate_series(1, 100)",
                "DROP TABLE \(name)",
            ],
            ["CREATE INDEX CONCURRENTLY \(name) ON keyed (seen)"],
            // These leave the dump of the schema as it was.
            [
                "BEGIN", "ALTER TABLE bare RENAME TO \(name)", "CREATE TABLE bare (LIKE \(name) INCLUDING ALL)",
                "DROP TABLE \(name)", "COMMIT",
            ],
            ["ALTER TABLE scratch SET LOGGED"],
            ["ALTER TABLE paired CLUSTER ON paired_pkey"],
            ["COMMENT ON TABLE keyed IS '\(name)'"],
            [
                "CREATE TABLE \(name) (LIKE parted)",
                "INSERT INTO \(name) SELECT g, 1000 FROM generate_series(1, 50) g",
                "ALTER TABLE parted ATTACH PARTITION \(name) FOR VALUES FROM (1000) TO (1001)",
            ],
            ["ALTER TABLE parted DETACH PARTITION parted_low"],
            ["CREATE SEQUENCE \(name) START 7", "SELECT nextval('\(name)')"],
            [
                "CREATE SCHEMA \(name) CREATE TABLE inside (a int PRIMARY KEY, b text)",
                "INSERT INTO \(name).inside SELECT g, 'x' FROM generate_series(1, 100) g",
            ],
            [
                "CREATE MATERIALIZED VIEW \(name) AS SELECT p.id, count(c.id) AS children FROM parents p LEFT JOIN children c ON c.parent = p.id GROUP BY p.id"
            ],
            ["CREATE VIEW \(name) AS SELECT p.id, c.note FROM parents p JOIN children c ON c.parent = p.id"],
        ]
        let statements = generator.pick(changes)
        let isWhole = generator.chance(50) && !statements.contains { $0.contains("CONCURRENTLY") }
        let steps = isWhole ? ["BEGIN"] + statements + ["COMMIT"] : statements
        return HistoryTurn([.pause(seconds(0...4000))] + steps.map { .run($0) }, rest: seconds(0...2000))
    }
}
