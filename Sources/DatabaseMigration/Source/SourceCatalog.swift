import JobContract
import PostgresClient

/// A table that holds rows of its own, or a partitioned table whose rows are copied through the root.
struct TableContents: Sendable, Hashable, Codable {
    var name: RelationName
    /// Whether it is the root of partitions whose rows are read and written through the root, as `pg_dump` does with
    /// `--load-via-partition-root`. Partitions by the hash of an enum are: the hash is of the labels' object
    /// identifiers, so the target may choose another partition for a row.
    var isRoot: Bool
    /// Columns that COPY carries, ordered by name: the order of a table's columns is no part of its content.
    var columns: [Identifier]
    /// Columns that the server computes.
    var generatedColumns: [Identifier]
    /// Size on disk with TOAST, without indexes.
    var bytes: Int
    /// How many blocks hold the rows themselves.
    var blocks: Int
    /// About how many rows there are; `nil` where the server's statistics do not say.
    var rows: Int?
    /// Bytes of the widest row in COPY's text format, if they are known to be many; else 0.
    var widestRow = 0
    /// Whether it is unlogged. A crash of the server empties such a table, so what an earlier attempt proved of it is
    /// worth nothing.
    var isUnlogged: Bool
    /// Whether it is neither a partition nor a parent of other tables: ANALYZE reads a parent with its children.
    var standsAlone: Bool
    /// Whether it has the columns of knex's lock table and no others: `index` and `is_locked`, both whole numbers.
    var hasLockColumns = false
    /// The replica identity, if it identifies no row: `NOTHING`, an index that was dropped, or `DEFAULT` without a
    /// primary key that is checked at once. While such a table is published, its rows can be neither updated nor
    /// deleted (PostgreSQL manual, CREATE PUBLICATION).
    var poorIdentity: PoorIdentity?

    enum PoorIdentity: String, Codable { case byDefault = "d", nothing = "n" }

    /// Statements that change rows, in the form in which a publication does not forbid it; for a transaction of their
    /// own.
    func changing(_ changes: SQL) -> SQL {
        guard let poorIdentity else { return changes }
        let identity: SQL = poorIdentity == .nothing ? "NOTHING" : "DEFAULT"
        return
            "ALTER TABLE ONLY \(name) REPLICA IDENTITY FULL; \(changes); ALTER TABLE ONLY \(name) REPLICA IDENTITY \(identity)"
    }

    /// The statements that send the rows, or those of a range: base columns first, generated ones last.
    func copyOut(_ range: TableRange? = nil) -> SQL {
        if generatedColumns.isEmpty, range == nil, !isRoot { return "COPY \(target) TO STDOUT" }
        let condition: SQL = range.map { " WHERE \($0.condition)" } ?? ""
        return
            "\(ReadLock.statements(for: [name], withPartitions: isRoot))COPY (SELECT \(list: columns + generatedColumns) FROM \(scope)\(condition)) TO STDOUT"
    }

    /// What a query puts after FROM to see just these rows.
    var scope: SQL { isRoot ? "\(name)" : "ONLY \(name)" }

    /// The statement that takes what ``copyOut(_:)`` sends, without the generated columns.
    ///
    /// - Parameter isFrozen: writes rows frozen, which saves the first reader from setting hint bits and a later VACUUM
    ///   from freezing. It is allowed if the same transaction has truncated the table (PostgreSQL manual, COPY).
    func copyIn(isFrozen: Bool) -> SQL {
        "COPY \(target) FROM STDIN\(isFrozen && !isRoot ? " (FREEZE)" as SQL : "")"
    }

    private var target: SQL {
        guard !columns.isEmpty else { return "\(name)" }
        return "\(name) (\(list: columns))"
    }

    /// A table of knex that says whether a schema migration is running: `index` and `is_locked`, one row.
    var isKnexLock: Bool { isNamedAsKnexLock && hasLockColumns && standsAlone && !isRoot }

    /// Whether the table has the name of a lock table of knex, whatever it holds.
    var isNamedAsKnexLock: Bool { name.name.text.hasSuffix("knex_migrations_lock") }
}

/// A primary key or unique constraint that can be made from a finished index.
struct IndexConstraint: Sendable, Hashable {
    var table: RelationName
    var name: Identifier
    /// `CREATE UNIQUE INDEX …` as the server writes it (`pg_get_indexdef`).
    var indexDefinition: DumpedStatement
    var isPrimary: Bool
    var deferral: Deferral

    enum Deferral: Sendable { case none, deferrable, deferred }

    /// Turns the index into the constraint (PostgreSQL manual, ALTER TABLE, `ADD table_constraint_using_index`).
    var adoption: SQL {
        let kind: SQL = isPrimary ? "PRIMARY KEY" : "UNIQUE"
        let end: SQL =
            switch deferral {
            case .none: ""
            case .deferrable: " DEFERRABLE"
            case .deferred: " DEFERRABLE INITIALLY DEFERRED"
            }
        return "ALTER TABLE ONLY \(table) ADD CONSTRAINT \(name) \(kind) USING INDEX \(name)\(end)"
    }
}

/// What one database of the source holds, as one snapshot sees it.
struct SourceCatalog: Sendable {
    var tables: [TableContents]
    var sequences: [RelationName]
    /// Materialized views that are filled at the target, each after those that it reads.
    var materializedViews: [RelationName]
    /// Materialized views that hold rows, and read one that was never filled. They cannot be filled at the target, and
    /// `pg_dump` leaves them empty.
    var unfillableViews: [RelationName]
    /// Those of ``materializedViews`` that read tables whose rows are hidden from their owner (FORCE ROW LEVEL
    /// SECURITY).
    var forcedSecurityViews: [RelationName]
    /// Object identifiers of the large objects.
    var largeObjects: [UInt32]
    var constraints: [IndexConstraint]
    var owners: ObjectOwners

    var bytes: Int { tables.reduce(0) { $0 + $1.bytes } }

    /// Schemas of the system and of other sessions' temporary tables.
    private static let userSchema: SQL =
        "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'"
    /// Members of an extension come with the extension.
    private static let noMember = DatabaseContents.isNoMember("pg_class", "c.oid")

    /// Roots of partition trees in which some table is partitioned by the hash of an enum (as `pg_dump` finds them).
    private static let hashedByEnum: SQL = """
        SELECT DISTINCT pg_catalog.pg_partition_root(p.partrelid) AS root FROM pg_catalog.pg_partitioned_table p
        WHERE (SELECT o.oid FROM pg_catalog.pg_opclass o JOIN pg_catalog.pg_am m ON m.oid = o.opcmethod
               WHERE o.opcname = 'enum_ops' AND o.opcnamespace = 'pg_catalog'::regnamespace AND m.amname = 'hash') = ANY (p.partclass::oid[])
        """

    init(reading connection: Connection) throws(PostgresError) {
        tables = try Self.tables(connection)
        sequences = try connection.query(
            """
            SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'S' AND \(Self.userSchema) AND \(Self.noMember) ORDER BY 1, 2
            """
        ).rows.map { $0.relation(0) }
        (materializedViews, unfillableViews, forcedSecurityViews) = try Self.materializedViews(connection)
        largeObjects = try LargeObjects.identifiers(at: connection)
        owners = try ObjectOwners(reading: connection)
        constraints = try connection.query(
            """
            SELECT n.nspname, c.relname, k.conname, pg_catalog.pg_get_indexdef(k.conindid), k.contype = 'p',
                   k.condeferred, k.condeferrable
            FROM pg_catalog.pg_constraint k
            JOIN pg_catalog.pg_class c ON c.oid = k.conrelid AND c.relkind = 'r'
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_catalog.pg_index i ON i.indexrelid = k.conindid AND NOT i.indisexclusion AND i.indisvalid
            JOIN pg_catalog.pg_class x ON x.oid = k.conindid
            JOIN pg_catalog.pg_am a ON a.oid = x.relam AND a.amname = 'btree'
            WHERE k.contype IN ('p', 'u') AND \(Self.userSchema)
            """
        ).rows.map { row in
            IndexConstraint(
                table: row.relation(0), name: row.name(2), indexDefinition: DumpedStatement(row[3]?.bytes ?? []),
                isPrimary: row.isTrue(4),
                deferral: row.isTrue(5) ? .deferred : row.isTrue(6) ? .deferrable : .none)
        }
    }

    /// The number of rows as the planner estimates it: the table is taken to be as dense as when the statistics were
    /// made. It is bounded, since the owner of a table can write any number into them (`pg_restore_relation_stats`,
    /// since version 18).
    private static func rowEstimate(_ table: SQL) -> SQL {
        """
        CASE WHEN \(table).relpages > 0 AND \(table).reltuples > 0 THEN least(1e12, \(table).reltuples::float8 / \(table).relpages
             * (pg_catalog.pg_relation_size(\(table).oid) / pg_catalog.current_setting('block_size')::int))::bigint END
        """
    }

    private static func tables(_ connection: Connection) throws(PostgresError) -> [TableContents] {
        let columns = try connection.query(
            """
            SELECT a.attrelid, a.attname, a.attgenerated <> ''
            FROM pg_catalog.pg_attribute a
            JOIN pg_catalog.pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE a.attnum > 0 AND NOT a.attisdropped AND \(userSchema)
            """)
        var plain: [ByteText: [Identifier]] = [:]
        var generated: [ByteText: [Identifier]] = [:]
        for row in columns.rows {
            guard let table = row[0] else { continue }
            if row.isTrue(2) {
                generated[table, default: []].append(row.name(1))
            } else {
                plain[table, default: []].append(row.name(1))
            }
        }
        return try connection.query(
            """
            WITH roots AS (\(hashedByEnum))
            SELECT c.oid, n.nspname, c.relname, pg_catalog.pg_table_size(c.oid), c.relpersistence = 'u',
                   pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::int,
                   NOT c.relispartition AND NOT c.relhassubclass, false,
                   (SELECT count(*) = 2 AND pg_catalog.bool_and(a.attname IN ('index', 'is_locked') AND a.attgenerated = ''
                        AND a.atttypid IN ('pg_catalog.int2'::regtype, 'pg_catalog.int4'::regtype, 'pg_catalog.int8'::regtype))
                    FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
                   \(rowEstimate("c")),
                   CASE WHEN c.relreplident = 'n' THEN 'n' WHEN c.relreplident IN ('d', 'i') AND NOT EXISTS (
                        SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid AND i.indisvalid AND i.indimmediate
                        AND CASE c.relreplident WHEN 'd' THEN i.indisprimary ELSE i.indisreplident END) THEN 'd' END
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND \(userSchema) AND \(noMember)
              AND NOT (c.relispartition AND pg_catalog.pg_partition_root(c.oid) IN (SELECT root FROM roots))
            UNION ALL
            SELECT c.oid, n.nspname, c.relname, (SELECT sum(pg_catalog.pg_table_size(relid)) FROM pg_catalog.pg_partition_tree(c.oid)),
                   EXISTS (SELECT FROM pg_catalog.pg_partition_tree(c.oid) t JOIN pg_catalog.pg_class p ON p.oid = t.relid WHERE p.relpersistence = 'u'),
                   0, false, true, false, (SELECT sum(\(rowEstimate("p"))) FROM pg_catalog.pg_partition_tree(c.oid) t JOIN pg_catalog.pg_class p ON p.oid = t.relid AND t.isleaf)::bigint, NULL
            FROM roots JOIN pg_catalog.pg_class c ON c.oid = roots.root JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE \(userSchema) AND \(noMember)
            ORDER BY 4 DESC, 2, 3
            """
        ).rows.map { row in
            let identifier = row[0] ?? ""
            return TableContents(
                name: row.relation(1), isRoot: row.isTrue(7), columns: (plain[identifier] ?? []).sorted(),
                generatedColumns: (generated[identifier] ?? []).sorted(),
                bytes: row.integer(3) ?? 0, blocks: row.integer(5) ?? 0, rows: row.integer(9),
                isUnlogged: row.isTrue(4), standsAlone: row.isTrue(6), hasLockColumns: row.isTrue(8),
                poorIdentity: row[10].flatMap { TableContents.PoorIdentity(rawValue: $0.description) })
        }
    }

    private static func materializedViews(_ connection: Connection) throws(PostgresError) -> (
        filled: [RelationName], unfillable: [RelationName], forcedSecurity: [RelationName]
    ) {
        let views = try connection.query(
            """
            SELECT c.oid, n.nspname, c.relname, c.relispopulated FROM pg_catalog.pg_class c
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'm' AND \(userSchema) AND \(noMember) ORDER BY c.oid
            """)
        guard !views.rows.isEmpty else { return ([], [], []) }
        // A view's query is its rewrite rule, and the rule depends on what the query reads.
        let edges = try connection.query(
            """
            SELECT DISTINCT r.ev_class, d.refobjid, c.relrowsecurity AND c.relforcerowsecurity FROM pg_catalog.pg_rewrite r
            JOIN pg_catalog.pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
            JOIN pg_catalog.pg_class c ON c.oid = d.refobjid AND c.relkind IN ('m', 'v', 'r', 'p')
            WHERE d.refobjid <> r.ev_class
            """)
        var reads: [ByteText: [ByteText]] = [:]
        var hidden: Set<ByteText> = []
        for row in edges.rows {
            guard let from = row[0], let to = row[1] else { continue }
            reads[from, default: []].append(to)
            if row.isTrue(2) { hidden.insert(to) }
        }
        var populated: [ByteText: RelationName] = [:]
        var empty: Set<ByteText> = []
        for row in views.rows {
            guard let oid = row[0] else { continue }
            if row.isTrue(3) { populated[oid] = row.relation(1) } else { empty.insert(oid) }
        }
        var filled: [RelationName] = []
        var unfillable: [RelationName] = []
        var forcedSecurity: [RelationName] = []
        var seen: Set<ByteText> = []
        // Depth first, without recursion: somebody may have stacked any number of views.
        for oid in views.column {
            var stack = [(view: oid, isRead: false)]
            while let (view, isRead) = stack.popLast() {
                if !isRead {
                    guard seen.insert(view).inserted else { continue }
                    stack.append((view, true))
                    for read in (reads[view] ?? []).sorted().reversed() { stack.append((read, false)) }
                    continue
                }
                if (reads[view] ?? []).contains(where: empty.contains) { empty.insert(view) }
                if (reads[view] ?? []).contains(where: hidden.contains) { hidden.insert(view) }
                guard let name = populated[view] else { continue }
                if empty.contains(view) { unfillable.append(name) } else { filled.append(name) }
                if hidden.contains(view), !empty.contains(view) { forcedSecurity.append(name) }
            }
        }
        return (filled, unfillable, forcedSecurity)
    }
}

/// The value of a sequence.
struct SequenceValue: Sendable, Hashable {
    var name: RelationName
    var lastValue: Int
    var isCalled: Bool
    /// The amount of the increment, without its sign.
    var increment = 1

    /// The increment belongs to the sequence's definition, not to its value.
    static func == (a: SequenceValue, b: SequenceValue) -> Bool {
        a.name == b.name && a.lastValue == b.lastValue && a.isCalled == b.isCalled
    }

    func hash(into hasher: inout Hasher) { hasher.combine(name) }

    /// The statement that sets the sequence. The name is in a literal, as an identifier within a string.
    var statement: SQL {
        let name: SQL = "\(name)"
        return
            "SELECT pg_catalog.setval(\(literal: ByteText(bytes: name.bytes))::pg_catalog.regclass, \(lastValue), \(isCalled))"
    }

    /// How many are set or read in one message: each takes a lock until the transaction ends, and a server has some
    /// 6,400.
    static let atOnce = 200

    /// Sets sequences. It needs no transaction, since no rollback takes a `setval` back (PostgreSQL manual, "Sequence
    /// Manipulation Functions").
    static func set(_ sequences: [SequenceValue], at connection: Connection) throws {
        for start in stride(from: 0, to: sequences.count, by: atOnce) {
            var batch = SQLBatch()
            for sequence in sequences[start..<min(start + atOnce, sequences.count)] {
                batch.append("sequence \(sequence.name)", sequence.statement)
            }
            try batch.run(on: connection)
        }
    }

    /// Reads sequences, many at a time to save round trips. A snapshot does not hold their values still.
    static func read(_ names: [RelationName], from connection: Connection) throws(PostgresError) -> [SequenceValue] {
        var values: [SequenceValue] = []
        for start in stride(from: 0, to: names.count, by: atOnce) {
            let batch = names[start..<min(start + atOnce, names.count)]
            let sql = batch.enumerated().map { place, name in
                let literal = StagingDatabase.Step.name(of: name)
                return
                    "SELECT \(place) AS i, last_value, is_called, (SELECT abs(seqincrement) FROM pg_catalog.pg_sequence WHERE seqrelid = \(literal: literal)::regclass) FROM \(name)"
                    as SQL
            }
            let results = try connection.execute(
                "\(ReadLock.statements(for: Array(batch)))\(sql.joined(separator: " UNION ALL ")) ORDER BY i")
            guard let result = results.last else { continue }
            for (name, row) in zip(batch, result.rows) {
                values.append(
                    SequenceValue(
                        name: name, lastValue: row.integer(1) ?? 1, isCalled: row.isTrue(2),
                        increment: row.integer(3) ?? 1))
            }
        }
        return values
    }
}
