import JobContract
import SystemPackage
import TestSupport
import Testing

import enum JobContract.ExitStatus

/// Two servers before a migration, with a neighbour at the target, and what must be true of them after any fault.
final class Scene {
    let source: PostgresServer
    let target: PostgresServer
    /// The databases that are to move.
    let names: [String]
    /// Databases that are to appear besides, with nothing in them.
    var emptyNames: [String] = []
    /// What was at the target before: names, with what they hold.
    private let neighbours: Databases
    /// What the source holds.
    private var contents: Databases
    private let readOnlySettings: String

    typealias Databases = [String: [String: PostgresServer.Content]]

    /// What the source's fence must be after a run.
    enum Fence {
        /// As the databases were before.
        case lifted
        case raised
        /// The run was killed at an instant that is not known, or could not reach the source any more.
        case unknown
    }

    /// - Parameters:
    ///   - withEveryKind: whether there is a database with every kind of object at the source.
    ///   - prepare: makes more at either server before anything is looked at.
    static func make(
        targetSettings: [String: String] = [:], targetFolder: FilePath? = nil, withEveryKind: Bool = true,
        prepare: (_ source: PostgresServer, _ target: PostgresServer) async throws -> Void = { _, _ in }
    ) async throws -> Scene {
        async let target = PostgresServer.start(settings: targetSettings, parent: targetFolder)
        let source = try await PostgresServer.start()
        if withEveryKind { try await EveryKindOfObject.create("backstage_plugin_every-kind", on: source) }
        for (name, sql) in databases {
            try await source.psql("CREATE DATABASE \(name)")
            try await source.psql(sql, database: name)
        }
        // The fence must give back what was there, not merely go.
        try await source.psql("ALTER DATABASE backstage_plugin_auth SET default_transaction_read_only = off")
        // A name like those of Rehome's own, but not Rehome's.
        for neighbour in ["somebody_elses", "rehome_notes", "rehome_0123456789ab_0123456789ab"] {
            try await target.psql("CREATE DATABASE \(neighbour)")
            try await target.psql(
                "CREATE TABLE precious (a int); INSERT INTO precious SELECT generate_series(1, 100)",
                database: neighbour)
        }
        try await prepare(source, target)
        return try await Scene(source: source, target: target)
    }

    private init(source: PostgresServer, target: PostgresServer) async throws {
        self.source = source
        self.target = target
        names = try await Self.databases(at: source)
        contents = try await Self.contents(of: names, at: source)
        readOnlySettings = try await Self.readOnlySettings(at: source)
        let neighbours = try await Self.databases(at: target)
        self.neighbours = try await Self.contents(of: neighbours, at: target)
    }

    private static let databases = [
        "backstage_plugin_catalog": """
        CREATE TABLE entities (id int PRIMARY KEY, body text);
        INSERT INTO entities SELECT g, repeat(md5(g::text), 8) FROM generate_series(1, 100000) g;
        CREATE INDEX entities_body ON entities (md5(body));
        CREATE STATISTICS entities_both ON id, body FROM entities;
        CREATE TABLE refs (entity int REFERENCES entities, note text);
        INSERT INTO refs SELECT g, 'n' FROM generate_series(1, 5000) g;
        CREATE TABLE knex_migrations_lock (index serial PRIMARY KEY, is_locked int);
        INSERT INTO knex_migrations_lock (is_locked) VALUES (1)
        """,
        "backstage_plugin_auth": "CREATE TABLE sessions (sid text); INSERT INTO sessions VALUES ('a genuine session')",
        "backstage_plugin_search": """
        CREATE TABLE documents (id serial PRIMARY KEY, body text, vector tsvector GENERATED ALWAYS AS (to_tsvector('english', body)) STORED);
        INSERT INTO documents (body) SELECT 'words of document ' || g FROM generate_series(1, 3000) g;
        CREATE INDEX ON documents USING gin (vector)
        """,
        "backstage_plugin_scaffolder":
            "CREATE TABLE tasks (id uuid PRIMARY KEY, spec jsonb); SELECT lo_from_bytea(0, 'a large object')",
        "backstage_plugin_proxy": "SELECT 1",
    ]

    /// A Job between the two.
    ///
    /// - Parameter precopy: whether everything is copied before the fence; else it stands around everything.
    func job(precopy: Bool = true) -> Job {
        var job = Job(from: source, to: target)
        if !precopy { job[.precopy] = "off" }
        return job
    }

    /// Takes what the source holds now as what it is to hold, after a test has written to it.
    func acceptSource() async throws { contents = try await Self.contents(of: names, at: source) }

    // MARK: After a fault

    /// What must be true after every end of a run, whatever became of it.
    ///
    /// - Parameters:
    ///   - ends: the exit codes that are right for the fault.
    ///   - fence: what the fence must be if nothing was published; after a publication it must be raised.
    func check(
        _ result: Job.Result, ends: [ExitStatus], fence: Fence = .lifted,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let isKilled = result.status == 128 + 9
        if !isKilled {
            #expect(result.end.map(ends.contains) == true, "\(result.output)", sourceLocation: sourceLocation)
        }
        #expect(
            !result.output.contains(source.password) && !result.output.contains(target.password),
            sourceLocation: sourceLocation)

        let published = try await publishedDatabases()
        let wanted = (names + emptyNames).sorted()
        #expect(
            published.isEmpty || published == wanted, "some are published, but not all\n\(result.output)",
            sourceLocation: sourceLocation)
        if result.end == .success { #expect(published == wanted, sourceLocation: sourceLocation) }
        try await checkNeighbours(
            isPublished: !published.isEmpty, output: result.output, sourceLocation: sourceLocation)
        #expect(
            try await Self.contents(of: names, at: source) == contents, "the source has changed",
            sourceLocation: sourceLocation)

        let fenced = try await fencedDatabases()
        if !published.isEmpty || fence == .raised {
            #expect(fenced == names, "the fence is down\n\(result.output)", sourceLocation: sourceLocation)
        } else if fence == .lifted {
            try await checkIsOpen(result.output, sourceLocation: sourceLocation)
        }
    }

    /// The next run, with nothing in its way, ends in a target that equals the source.
    func checkRecovery(_ job: Job? = nil, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let result = try await (job ?? self.job()).run()
        try await check(result, ends: [.success], fence: .raised, sourceLocation: sourceLocation)
        try await checkPublished(sourceLocation: sourceLocation)
    }

    /// Source and target hold the same, by the servers' own hashes and by `pg_dump`.
    func checkPublished(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        for name in names {
            // Lock tables are unlocked on purpose.
            let found = try await target.contents(of: name).filter { !$0.key.contains("knex_migrations_lock") }
            let wanted = contents[name]?.filter { !$0.key.contains("knex_migrations_lock") }
            #expect(found == wanted, "\(name)", sourceLocation: sourceLocation)
            #expect(
                try await target.schema(of: name) == source.schema(of: name), "\(name)", sourceLocation: sourceLocation)
        }
        let writable =
            "SELECT count(*) FROM pg_db_role_setting WHERE setrole = 0 AND 'default_transaction_read_only=on' = ANY (setconfig)"
        #expect(
            try await target.value(of: writable) == "0", "the fence was carried over", sourceLocation: sourceLocation)
        #expect(try await leftovers().isEmpty, sourceLocation: sourceLocation)
    }

    /// No database of the source is fenced, and those that had a setting of their own have it again.
    func checkIsOpen(_ output: String = "", sourceLocation: SourceLocation = #_sourceLocation) async throws {
        #expect(
            try await Self.readOnlySettings(at: source) == readOnlySettings, "the fence stayed\n\(output)",
            sourceLocation: sourceLocation)
    }

    /// Makes the target as it was before any run, and the source open again.
    func reset() async throws {
        for name in try await publishedDatabases() + leftovers() {
            try await target.psql("DROP DATABASE :\"name\" WITH (FORCE)", variables: ["name": name])
        }
        for name in names {
            try await source.psql(
                "ALTER DATABASE :\"name\" RESET default_transaction_read_only", variables: ["name": name])
        }
        try await source.psql("ALTER DATABASE backstage_plugin_auth SET default_transaction_read_only = off")
    }

    // MARK: Looking

    private func checkNeighbours(isPublished: Bool, output: String, sourceLocation: SourceLocation) async throws {
        let before = neighbours
        // What stood in the way of a published database has another name now; that is for its own test to look at.
        let expected = before.filter { !isPublished || !names.contains($0.key) }
        // What a killed run has asked the server for may be done while this looks.
        var ours = try await Set(leftovers() + publishedDatabases())
        let present = try await Self.databases(at: target)
        try await ours.formUnion(leftovers() + publishedDatabases())
        #expect(
            expected.keys.allSatisfy(present.contains), "a neighbour is gone\n\(output)", sourceLocation: sourceLocation
        )
        let found = try await Self.contents(of: expected.keys.sorted(), at: target)
        #expect(found == expected, "a neighbour has changed\n\(output)", sourceLocation: sourceLocation)
        let others = present.filter { !ours.contains($0) && !$0.contains("_before_") }
        #expect(others == expected.keys.sorted(), "a database has appeared\n\(output)", sourceLocation: sourceLocation)
    }

    /// Those that bear a stamp.
    private func publishedDatabases() async throws -> [String] {
        try await Self.lines(
            target,
            "SELECT datname FROM pg_database WHERE shobj_description(oid, 'pg_database') LIKE '%\"rehome\":\"published\"%' ORDER BY datname"
        )
    }

    /// Those that Rehome has made and that bear no final name.
    private func leftovers() async throws -> [String] {
        let before = neighbours.keys
        return try await Self.lines(
            target,
            "SELECT datname FROM pg_database WHERE datname ~ '^rehome_[0-9a-f]{12}(_[0-9a-f]{12})?$' ORDER BY datname"
        )
        .filter { !before.contains($0) }
    }

    private func fencedDatabases() async throws -> [String] {
        try await Self.lines(
            source,
            """
            SELECT datname FROM pg_database d JOIN pg_db_role_setting s ON s.setdatabase = d.oid AND s.setrole = 0
            WHERE 'default_transaction_read_only=on' = ANY (s.setconfig) ORDER BY datname
            """)
    }

    private static func readOnlySettings(at server: PostgresServer) async throws -> String {
        try await server.psql(
            """
            SELECT datname, setting FROM pg_database d JOIN pg_db_role_setting s ON s.setdatabase = d.oid AND s.setrole = 0,
            unnest(s.setconfig) setting WHERE setting LIKE 'default_transaction_read_only=%'
            UNION ALL SELECT sourcefile, setting FROM pg_file_settings WHERE name = 'default_transaction_read_only'
            UNION ALL SELECT 'the server', reset_val FROM pg_settings WHERE name = 'default_transaction_read_only' ORDER BY 1, 2
            """)
    }

    private static func databases(at server: PostgresServer) async throws -> [String] {
        try await lines(
            server, "SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres' ORDER BY datname"
        )
    }

    private static func lines(_ server: PostgresServer, _ query: String) async throws -> [String] {
        try await server.psql(query).split(separator: "\n").map(String.init)
    }

    private static func contents(of names: [String], at server: PostgresServer) async throws -> Databases {
        var contents: Databases = [:]
        for name in names { contents[name] = try await server.contents(of: name) }
        return contents
    }
}
