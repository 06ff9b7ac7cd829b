import JobContract
import PostgresClient

/// A schema as SQL, cut into its objects' entries.
struct SchemaScript: Sendable, Equatable {
    /// What one object needs: its definition, and whatever belongs to it, such as `CLUSTER ON` or a comment.
    struct Entry: Sendable, Equatable {
        /// The entry's header line, `-- Name: …; Type: …; Schema: …; Owner: …`. It holds names without quotes, so
        /// nothing is decided by it; it is only shown to people.
        var header: ByteText
        /// In order.
        var statements: [DumpedStatement]
        /// `SET default_table_access_method = …`, if the entry makes a table or materialized view. `pg_dump` writes it
        /// only before the first entry that needs it.
        var accessMethod: DumpedStatement?
        /// Whether it takes privileges away on something that an extension brings, which is not the owner's.
        var closesExtension = false

        /// The header without its frame, such as `Name: users_pkey; Type: CONSTRAINT; Schema: public`.
        var title: String {
            let line =
                header.description.hasPrefix("-- ") ? String(header.description.dropFirst(3)) : header.description
            guard let owner = line.ranges(of: "; Owner: ").last else { return line }
            return String(line[..<owner.lowerBound])
        }

        /// Everything that is run to make the object.
        var allStatements: [DumpedStatement] { (accessMethod.map { [$0] } ?? []) + statements }

        /// The kind of object, by the leading words of its definition.
        var kind: SchemaObjectKind { statements.first.map { SchemaObjectKind($0) } ?? .other }

        /// Names the entry in the migration's state: two objects never have the same definition.
        var key: String { shortHash(statements.map { ByteText(bytes: $0.bytes) }.joined(separator: ";")) }
    }

    var entries: [Entry]

    init(entries: [Entry]) { self.entries = entries }

    /// Cuts what `pg_dump --format=plain` wrote.
    ///
    /// An entry begins with a header comment outside of every statement, so a header inside a function's body is none.
    /// A name within a header cannot break its line: `pg_dump` writes a blank for a line break there.
    /// The preamble before the first header and the psql commands around the script are left out: they set the session
    /// that a restore by psql would need, and older servers do not know all of it.
    init(parsing text: [UInt8]) throws {
        var splitter = SQLSplitter(text)
        var entries: [Entry] = []
        var accessMethod: DumpedStatement?
        while let piece = try splitter.next() {
            switch piece {
            case .comment(let range):
                let line = ByteText(bytes: text[range])
                if line.hasPrefix("-- Name: ") { entries.append(Entry(header: line, statements: [])) }
            case .statement(let range):
                guard let own = DumpedStatement(text[range]).withoutColumnVersions else { continue }
                if own.lexemes(first: 2).begins(with: "SET", "DEFAULT_TABLE_ACCESS_METHOD") {
                    accessMethod = own
                } else if let last = entries.indices.last {
                    if entries[last].statements.isEmpty, own.hasAccessMethod {
                        entries[last].accessMethod = accessMethod
                    }
                    entries[last].statements.append(own)
                }
            case .metaCommand: continue
            }
        }
        self.entries = Self.joiningComments(entries.filter { !$0.statements.isEmpty })
    }

    /// The sections pre-data and post-data: what must be there before the rows, and what comes after them. `pg_dump`
    /// writes its sections in order, and some kinds stand in post-data only. The first entry of such a kind begins that
    /// section. Other kinds may follow in it too, such as a function that needs a primary key.
    func sections() -> (preData: SchemaScript, postData: SchemaScript) {
        let border = entries.firstIndex { $0.kind.isPostData } ?? entries.endIndex
        return (SchemaScript(entries: Array(entries[..<border])), SchemaScript(entries: Array(entries[border...])))
    }

    /// A hash of the whole text.
    var hash: String {
        shortHash(entries.flatMap(\.allStatements).map { ByteText(bytes: $0.bytes) }.joined(separator: ";\n"))
    }
}

extension DumpedStatement {
    /// Whether it makes something that holds rows by an access method. A partitioned table holds none.
    fileprivate var hasAccessMethod: Bool {
        let start = lexemes(first: 3)
        if start.begins(with: "CREATE", "MATERIALIZED", "VIEW") { return true }
        guard start.begins(with: "CREATE", "TABLE") || start.begins(with: "CREATE", "UNLOGGED", "TABLE") else {
            return false
        }
        let lexemes = lexemes()
        return !zip(lexemes, lexemes.dropFirst()).contains { $0 == .word("PARTITION") && $1 == .word("BY") }
    }

    /// The statement without a column option that only some servers know. From the minor releases of November 2026 on,
    /// servers keep a number of their own, `pg_attver`, among a column's options. An older `pg_dump` takes it for the
    /// user's, and other servers refuse it.
    ///
    /// `nil` if the statement sets nothing else.
    var withoutColumnVersions: DumpedStatement? {
        guard ByteText(bytes: bytes).after("pg_attver=") != nil else { return self }
        var tokens: [SQLScanner.Token] = []
        var scanner = SQLScanner(bytes)
        while let token = try? scanner.next() { if token.kind != .comment { tokens.append(token) } }
        let texts = tokens.map { bytes[$0.range] }
        func isAt(_ place: Int, _ text: String) -> Bool {
            texts.indices.contains(place) && texts[place].elementsEqual(text.utf8)
        }
        // ALTER TABLE … ALTER COLUMN name SET ( option=value, … )
        guard isAt(0, "ALTER"), let opening = texts.lastIndex(where: { $0.elementsEqual("(".utf8) }),
            isAt(opening - 1, "SET"),
            isAt(opening - 3, "COLUMN"), isAt(texts.count - 1, ")")
        else { return self }
        let options = texts[(opening + 1)..<(texts.count - 1)].split { $0.elementsEqual(",".utf8) }
        let kept = options.filter { !($0.first?.elementsEqual("pg_attver".utf8) ?? false) }
        guard kept.count < options.count else { return self }
        guard !kept.isEmpty else { return nil }
        let list = kept.map { $0.joined() }.joined(separator: ", ".utf8)
        return DumpedStatement(bytes[..<tokens[opening].range.upperBound] + Array(list) + Array(")".utf8))
    }
}

extension SchemaScript.Entry {
    /// An index that may be built on its own as soon as its table is filled.
    enum IndexKind: Sendable, Equatable {
        /// `CREATE [UNIQUE] INDEX`.
        case index
        /// `ALTER TABLE … ADD CONSTRAINT … PRIMARY KEY`, `UNIQUE` or `EXCLUDE`; the constraint's name.
        case constraint(Identifier)
    }

    /// The table that this entry defines extended statistics of, if that is what it does.
    func describedTable() -> RelationName? {
        guard kind == .statistics, let first = statements.first else { return nil }
        let lexemes = first.lexemes()
        // The expressions before the table may contain a FROM too, so the last one counts.
        return lexemes.lastIndex(of: .word("FROM")).flatMap { lexemes.dropFirst($0 + 1).relation }
    }

    /// The table that this entry indexes, if that is all it does.
    func indexedTable() -> (table: RelationName, kind: IndexKind)? {
        guard let first = statements.first else { return nil }
        let lexemes = first.lexemes(first: 24)
        if lexemes.begins(with: "CREATE", "INDEX") || lexemes.begins(with: "CREATE", "UNIQUE", "INDEX") {
            guard let on = lexemes.firstIndex(of: .word("ON")), lexemes.dropFirst(on + 1).first != .word("ONLY"),
                let table = lexemes.dropFirst(on + 1).relation
            else { return nil }
            return (table, .index)
        }
        guard lexemes.begins(with: "ALTER", "TABLE", "ONLY"), let table = lexemes.dropFirst(3).relation,
            lexemes.dropFirst(6).begins(with: "ADD", "CONSTRAINT"), lexemes.count > 9, let name = lexemes[8].name
        else { return nil }
        let definition = lexemes[9]
        guard definition == .word("PRIMARY") || definition == .word("UNIQUE") || definition == .word("EXCLUDE") else {
            return nil
        }
        return (table, .constraint(name))
    }

    /// The name of what `CREATE INDEX name`, `CREATE EXTENSION name` and their like make; for people.
    var label: String {
        if let (_, kind) = indexedTable(), case .constraint(let name) = kind { return name.description }
        let lexemes = statements.first?.lexemes(first: 8) ?? []
        let skipped = ["CREATE", "UNIQUE", "INDEX", "EXTENSION", "IF", "NOT", "EXISTS"].map { Lexeme.word($0) }
        return lexemes.first { !skipped.contains($0) }?.name?.description ?? title
    }
}
