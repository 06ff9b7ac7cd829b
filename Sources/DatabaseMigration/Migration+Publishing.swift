import JobContract
import PostgresClient

/// What a publication consists of.
extension Migration {
    /// Databases that must exist although the source has none: CREATE DATABASE runs in no transaction, so they are
    /// made under temporary names and renamed with the others.
    func stageEmptyDatabases(_ run: Run) throws -> [SealedDatabase] {
        let present = Set(run.databases.map(\.name))
        let names = Set(settings.emptyDatabases.map { DatabaseName($0) }).subtracting(present).sorted()
        guard !names.isEmpty, let template = run.survey.target.database("template1") else { return [] }
        let maintenance = try run.sessions.openTarget(DatabaseName(settings.target.database))
        let contents = SealedContents(fingerprint: "", schema: "", tables: [], largeObjects: "")
        return try names.map { name in
            let staging = StagingDatabase(identity: run.identity, database: name)
            let state = try staging.state(maintenance: maintenance)
            if state != .sealed(contents) {
                try staging.drop(maintenance: maintenance)
                try staging.create(like: template, owner: run.sessions.owner, maintenance: maintenance)
                try maintenance.execute(
                    "GRANT CONNECT, TEMPORARY ON DATABASE \(staging.name) TO PUBLIC; \(staging.seal(contents))")
            }
            var facts = template
            facts.name = name
            facts.comment = nil
            return SealedDatabase(
                facts: facts, staging: staging, contents: contents, fingerprint: "", rowsFingerprint: "", rows: [:],
                changes: [DeliberateChange(kind: .createdEmpty, table: nil)], changedTables: [],
                publishedFingerprint: Fingerprint.of(tables: [:], sequences: [], largeObjects: ContentHash()),
                leftOut: [], schemas: nil)
        }
    }

    func publicationItems(_ run: Run, sealed: [SealedDatabase]) throws -> [Publication.Item] {
        let names = sealed.map(\.facts.name)
        let before = try run.control.fenceRecords()
        let record = journal.record(run.survey, settings: settings)
        return try sealed.map { database in
            let name = database.facts.name
            return Publication.Item(
                staging: database.staging.name, final: name, seal: try database.staging.sealedMark(database.contents),
                stamp: Stamp(
                    migration: run.identity, target: run.survey.target.systemIdentifier, plan: PlanHash.of(settings),
                    attempt: attempt, database: name, databases: names, publishedAt: "",
                    fingerprint: database.fingerprint,
                    rowsFingerprint: database.rowsFingerprint, published: database.publishedFingerprint,
                    changes: database.changes, sourceComment: SourceComment.original(of: database.facts),
                    fencedFrom: before[name]?.previous, fencedAt: before[name]?.raised,
                    sessions: before[name]?.sessions, leftOut: database.leftOut, schemas: database.schemas,
                    rows: database.rows.values.reduce(0, +),
                    entities: database.rows.first { $0.key.name == Stamp.catalogTable }?.value, run: record,
                    work: journal.work(of: name), tables: database.contents.tables,
                    changed: database.changedTables,
                    tablesFromBefore: journal.tablesFromBefore(of: name)))
        }
    }
}
