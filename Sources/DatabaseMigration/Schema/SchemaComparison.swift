import JobContract
import PostgresClient

/// Whether two dumps by the same program describe the same schema.
struct SchemaComparison {
    /// One line each; empty when there are none.
    let differences: [String]

    /// How many are shown.
    static let mostShown = 6
    /// What a line begins with about something that is not there.
    static let missing = "missing at the target: "

    /// - Parameters:
    ///   - source: pre-data and post-data as they were restored.
    ///   - isSameVersion: whether both servers are of one major version. Otherwise they write the same expression
    ///     differently: version 16 leaves out a view's table names where they are not needed, others set other
    ///     parentheses, and from 18 on (17 for domains) NOT NULL is a constraint with a name. The names of columns,
    ///     types and functions are compared all the same.
    init(source: [SchemaScript], target: SchemaScript, isSameVersion: Bool) {
        let wanted = Self.definitions(source.flatMap(\.entries), isExact: isSameVersion)
        let found = Self.definitions(target.entries, isExact: isSameVersion)
        // Not compared line by line: where one object is missing, its neighbours are not news.
        let missing = Self.difference(wanted, found).map { "\(Self.missing)\($0)" }
        let surplus = Self.difference(found, wanted).map { "only at the target: \($0)" }
        differences = missing + surplus
    }

    /// One statement of a schema.
    private struct Definition {
        /// What is compared.
        var key: [Lexeme]
        /// What a message says of it.
        var shown: String
    }

    private static func definitions(_ entries: [SchemaScript.Entry], isExact: Bool) -> [Definition] {
        entries.flatMap { entry in
            let statements = entry.statements.compactMap { statement -> Definition? in
                let lexemes = statement.lexemes()
                // Who has granted a privilege is not brought over.
                if lexemes.first == .word("SET") || lexemes.first == .word("RESET") { return nil }
                return Definition(
                    key: isExact ? lexemes : skeleton(lexemes),
                    shown: entry.kind.mayHoldSecrets ? entry.title : "\(entry.title): \(statement.sql)")
            }
            guard let method = entry.accessMethod, let first = entry.statements.first else { return statements }
            // CREATE UNLOGGED TABLE schema.name, CREATE MATERIALIZED VIEW schema.name
            let key = method.lexemes() + first.lexemes(first: 6)
            return statements + [Definition(key: key, shown: "\(entry.title): \(method.sql)")]
        }
    }

    /// Without parentheses, without the names that qualify others, and without those of NOT NULL constraints.
    private static func skeleton(_ lexemes: [Lexeme]) -> [Lexeme] {
        var kept: [Lexeme] = []
        for lexeme in lexemes {
            switch lexeme {
            case .opening, .closing: continue
            case .dot: _ = kept.popLast()
            default: kept.append(lexeme)
            }
            // CONSTRAINT name NOT NULL
            let end = kept.suffix(4)
            if end.count == 4, end.first == .word("CONSTRAINT"), end.suffix(2).begins(with: "NOT", "NULL") {
                kept.removeLast(4)
                kept += [.word("NOT"), .word("NULL")]
            }
        }
        return kept
    }

    /// What is in `a` and not in `b`, counting duplicates, for a message.
    private static func difference(_ a: [Definition], _ b: [Definition]) -> [String] {
        var counts: [[Lexeme]: Int] = [:]
        for definition in b { counts[definition.key, default: 0] += 1 }
        return a.filter { definition in
            if let count = counts[definition.key], count > 0 {
                counts[definition.key] = count - 1
                return false
            }
            return true
        }.map(\.shown)
    }
}
