import PostgresClient

/// A schema as SQL, cut into its objects' entries.
struct SchemaScript: Sendable, Equatable {
    /// What one object needs: its definition, and whatever belongs to it, such as a comment or `CLUSTER ON`.
    struct Entry: Sendable, Equatable {
        /// The entry's header line, `-- Name: …; Type: …; Schema: …; Owner: …`; for messages and as a name in the state.
        var header: String
        /// Statements without their semicolons, in order.
        var statements: [String]

        /// The header without its frame, such as `Name: users_pkey; Type: CONSTRAINT; Schema: public`.
        var title: String {
            let line = header.hasPrefix("-- ") ? String(header.dropFirst(3)) : header
            guard let owner = line.firstRange(of: "; Owner: ") else { return line }
            return String(line[..<owner.lowerBound])
        }

        /// The kind of object, such as `TABLE` or `FK CONSTRAINT`.
        var type: String {
            guard let type = title.firstRange(of: "; Type: ") else { return "" }
            return String(title[type.upperBound...].prefix { $0 != ";" })
        }

        /// The object's own name, for people; not always unique.
        var label: String {
            let name = title.hasPrefix("Name: ") ? String(title.dropFirst(6)) : title
            guard let type = name.firstRange(of: "; Type: ") else { return name }
            return String(name[..<type.lowerBound])
        }
    }

    var entries: [Entry]

    private init(entries: [Entry]) { self.entries = entries }

    /// Cuts what `pg_dump --format=plain` wrote.
    ///
    /// An entry begins with a header comment outside of every statement, so a header inside a function's body is none.
    /// The preamble before the first header and the psql commands around the script are left out: they set the session
    /// that a restore by psql would need, and older servers do not know all of it.
    init(parsing text: [UInt8]) throws {
        var lexer = SQLLexer(text)
        var entries: [Entry] = []
        while let piece = try lexer.next() {
            switch piece {
            case .comment(let range):
                let line = String(decoding: text[range], as: UTF8.self)
                if line.hasPrefix("-- Name: ") { entries.append(Entry(header: line, statements: [])) }
            case .statement(let range):
                guard !entries.isEmpty else { continue }
                let statement = String(decoding: text[range], as: UTF8.self)
                guard let own = Self.withoutColumnVersions(statement) else { continue }
                entries[entries.count - 1].statements.append(own)
            case .metaCommand: continue
            }
        }
        self.entries = entries
    }

    /// Servers of the minor releases from November 2026 on keep a number of their own, `pg_attver`, among a column's
    /// options. A `pg_dump` of before takes it for the user's, and other servers refuse it.
    ///
    /// - Returns: `nil` when nothing else was to be set.
    static func withoutColumnVersions(_ statement: String) -> String? {
        guard statement.hasPrefix("ALTER "), statement.hasSuffix(")"), statement.contains("pg_attver="),
            let list = statement.ranges(of: " SET (").last
        else { return statement }
        let options = statement[list.upperBound...].dropLast().split(separator: ", ").filter { !$0.hasPrefix("pg_attver=") }
        return options.isEmpty ? nil : statement[..<list.upperBound] + options.joined(separator: ", ") + ")"
    }

    /// What `pg_dump` only ever puts into its section post-data. Other types may stand there too, such as a function that
    /// needs a primary key; they come after what they need, so the first of these begins the section.
    private static let postDataTypes: Set = [
        "INDEX", "INDEX ATTACH", "CONSTRAINT", "CHECK CONSTRAINT", "FK CONSTRAINT", "STATISTICS", "TRIGGER", "EVENT TRIGGER", "RULE",
        "POLICY", "ROW SECURITY", "PUBLICATION", "PUBLICATION TABLE", "PUBLICATION TABLES IN SCHEMA",
    ]

    /// What must be there before the rows, and what comes after them.
    func sections() -> (preData: SchemaScript, postData: SchemaScript) {
        let border = entries.firstIndex { Self.postDataTypes.contains($0.type) } ?? entries.endIndex
        return (SchemaScript(entries: Array(entries[..<border])), SchemaScript(entries: Array(entries[border...])))
    }

    /// A name for this very text.
    var hash: String { shortHash(entries.flatMap(\.statements).joined(separator: ";\n")) }
}

extension SchemaScript.Entry {
    /// An index that may be built on its own as soon as its table is filled.
    enum IndexKind: Sendable, Equatable {
        /// `CREATE [UNIQUE] INDEX`.
        case index
        /// `ALTER TABLE … ADD CONSTRAINT … PRIMARY KEY`, `UNIQUE` or `EXCLUDE`; the constraint's name.
        case constraint(String)
    }

    /// The table that this entry defines extended statistics of, if that is what it does.
    func describedTable() -> RelationName? {
        guard type == "STATISTICS", let first = statements.first else { return nil }
        let tokens = SQLToken.first(.max, of: first)
        // Expressions come before the table, and a FROM may stand in them too.
        return tokens.lastIndex(of: .word("FROM")).flatMap { SQLToken.relation(tokens.dropFirst($0 + 1)) }
    }

    /// The table that this entry indexes, if that is all it does.
    func indexedTable() -> (table: RelationName, kind: IndexKind)? {
        guard let first = statements.first else { return nil }
        let tokens = SQLToken.first(24, of: first)
        if tokens.starts(with: [.word("CREATE"), .word("INDEX")]) || tokens.starts(with: [.word("CREATE"), .word("UNIQUE"), .word("INDEX")]) {
            guard let on = tokens.firstIndex(of: .word("ON")), tokens.dropFirst(on + 1).first != .word("ONLY"),
                let table = SQLToken.relation(tokens.dropFirst(on + 1))
            else { return nil }
            return (table, .index)
        }
        guard tokens.starts(with: [.word("ALTER"), .word("TABLE"), .word("ONLY")]),
            let table = SQLToken.relation(tokens.dropFirst(3)),
            tokens.dropFirst(6).starts(with: [.word("ADD"), .word("CONSTRAINT")]), tokens.count > 9
        else { return nil }
        let definition = tokens[9]
        guard definition == .word("PRIMARY") || definition == .word("UNIQUE") || definition == .word("EXCLUDE") else { return nil }
        return (table, .constraint(tokens[8].name))
    }
}

/// The first few tokens of a statement, enough to see what it is about.
enum SQLToken: Equatable {
    /// An unquoted word, in capitals as far as it is ASCII; `name` keeps what a server would fold it to.
    case word(String)
    case quoted(String)
    case symbol(UInt8)

    /// The identifier that the token stands for.
    var name: String {
        switch self {
        case .word(let text): text.lowercased()
        case .quoted(let text): text
        case .symbol: ""
        }
    }

    static func first(_ count: Int, of statement: String) -> [SQLToken] {
        let bytes = Array(statement.utf8)
        var tokens: [SQLToken] = []
        var i = 0
        while i < bytes.count, tokens.count < count {
            let byte = bytes[i]
            if SQLLexer.isBlank(byte) {
                i += 1
            } else if byte == UInt8(ascii: "\"") {
                var text: [UInt8] = []
                i += 1
                while i < bytes.count {
                    if bytes[i] == byte {
                        guard i + 1 < bytes.count, bytes[i + 1] == byte else { break }
                        i += 1
                    }
                    text.append(bytes[i])
                    i += 1
                }
                i += 1
                tokens.append(.quoted(String(decoding: text, as: UTF8.self)))
            } else if SQLLexer.isWordStart(byte) {
                let start = i
                while i < bytes.count, SQLLexer.isWord(bytes[i]) { i += 1 }
                tokens.append(.word(String(decoding: bytes[start..<i], as: UTF8.self).uppercased()))
            } else {
                tokens.append(.symbol(byte))
                i += 1
            }
        }
        return tokens
    }

    /// Reads `schema.name` from the front.
    static func relation(_ tokens: ArraySlice<SQLToken>) -> RelationName? {
        let parts = Array(tokens.prefix(3))
        guard parts.count == 3, parts[1] == .symbol(UInt8(ascii: ".")), !parts[0].name.isEmpty, !parts[2].name.isEmpty else { return nil }
        return RelationName(schema: parts[0].name, name: parts[2].name)
    }
}
