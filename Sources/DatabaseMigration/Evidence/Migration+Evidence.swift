import FoundationEssentials
import JobContract
import PostgresClient

/// What a run leaves at the target for a report.
extension Migration {
    /// Adds to the stamps what is known only at the end: for how long writes were refused.
    ///
    /// Nothing depends on it, so errors are ignored.
    func completeRecord(_ stamps: [Stamp], run: Run) {
        let record = journal.record(run.survey, settings: settings)
        let comments = stamps.compactMap { stamp -> SQL? in
            var stamp = stamp
            stamp.run = record
            guard let comment = try? DatabaseMark.published(stamp).comment() else { return nil }
            return "COMMENT ON DATABASE \(stamp.database) IS \(literal: comment)"
        }
        // Another session that comments on one of the databases must not hold up the receipt.
        _ = try? run.control.connection.execute(
            "SET lock_timeout = '1s'; \(comments.joined(separator: "; ")); RESET lock_timeout")
    }

    /// Keeps a rehearsal's report in the control database, where it stays until the real run has published.
    func keepRehearsal(_ run: Run) async throws {
        var databases: [MigrationEvidence.Database] = []
        for follower in followers.values.sorted(by: { $0.name < $1.name }) {
            var database = await follower.evidence
            database.tablesFromBefore = journal.tablesFromBefore(of: follower.name)
            database.work = journal.work(of: follower.name)
            databases.append(database)
        }
        let copySeconds = milliseconds(
            (databases.flatMap(\.work).map(\.end).max() ?? 0) - (databases.flatMap(\.work).map(\.begin).min() ?? 0))
        let lines = databases.map { ByteText("\($0.name) \($0.sourceHash)") }
        let evidence = MigrationEvidence(
            kind: .rehearsal, namespace: settings.namespace, instance: settings.instance,
            generation: settings.generation, direction: settings.direction.rawValue, attempt: attempt,
            finishedAt: "", fingerprint: shortHash(lines.joined(separator: "\n")),
            run: journal.record(run.survey, settings: settings), fence: nil,
            totals: .init(databases), databases: databases, missing: [], isLeft: false,
            forecast: .init(
                fenceSeconds: milliseconds(
                    (settings.precopy ? journal.lastRound : copySeconds) + MigrationEvidence.publishingSeconds),
                copySeconds: copySeconds, precopy: settings.precopy),
            next: "Set spec.phase to migrate, or run 'rehome-job migrate': it takes up what this rehearsal has copied.")
        try run.control.keepRehearsal(ByteText(bytes: JSONEncoder().encode(evidence)))
    }
}

extension DatabaseFollower {
    /// What is known of a database that is copied and not sealed.
    var evidence: MigrationEvidence.Database {
        let hashes = Dictionary(tables.map { ($0.name, $0.hash) }, uniquingKeysWith: { first, _ in first })
        let fingerprint = Fingerprint.of(tables: hashes, sequences: sequences, largeObjects: largeObjects)
        return MigrationEvidence.Database(
            name: name.description, rows: hashes.values.reduce(0) { $0 + $1.base.rows },
            bytes: hashes.values.reduce(0) { $0 + $1.base.bytes },
            tables: tables.sorted { $0.name < $1.name }.map {
                .init(
                    $0.name, $0.hash,
                    isUnproved: changes.acceptsGeneratedColumns && !$0.contents.generatedColumns.isEmpty)
            },
            tableCount: hashes.count, tablesFromBefore: 0, sourceHash: fingerprint, targetHash: fingerprint,
            schema: schemas.map { .init($0) }, changes: [], leftOut: leftOut, sessions: nil, work: [])
    }
}

extension MigrationEvidence.Schema {
    init(_ hashes: SchemaHashes) {
        self.init(program: hashes.program, sourceHash: hashes.source, targetHash: hashes.target)
    }
}

extension ControlDatabase {
    /// Keeps a rehearsal's report; an older one goes.
    func keepRehearsal(_ evidence: ByteText) throws(PostgresError) {
        try connection.execute(
            """
            CREATE TABLE IF NOT EXISTS rehome.evidence (content text NOT NULL, ended timestamptz NOT NULL DEFAULT now());
            DELETE FROM rehome.evidence; INSERT INTO rehome.evidence (content) VALUES (\(literal: evidence))
            """)
    }

    /// - Parameter control: a connection to a control database.
    /// - Returns: the last rehearsal's report, and when it ended.
    static func rehearsal(at control: Connection) throws(PostgresError) -> (content: ByteText, ended: String)? {
        guard try control.query("SELECT pg_catalog.to_regclass('rehome.evidence') IS NOT NULL").isTrue else {
            return nil
        }
        return try control.query("SELECT content, \(SQL.timestamp("ended")) FROM rehome.evidence").rows.first.map {
            ($0[0] ?? "", $0.text(1))
        }
    }
}
