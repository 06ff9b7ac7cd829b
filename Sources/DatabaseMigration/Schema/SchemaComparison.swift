/// Whether two dumps by the same program describe the same schema.
struct SchemaComparison {
    /// The first differences, one line each; empty when there are none.
    let differences: [String]

    /// - Parameters:
    ///   - source: pre-data and post-data as they were restored.
    ///   - isSameVersion: whether both servers are of one major version. Otherwise they write the same expression
    ///     differently: version 16 leaves out a view's table names where they are not needed, others set other
    ///     parentheses. Names of columns, types and functions are compared even then.
    init(source: [SchemaScript], target: SchemaScript, isSameVersion: Bool) {
        let wanted = Self.definitions(source.flatMap(\.entries), isExact: isSameVersion)
        let found = Self.definitions(target.entries, isExact: isSameVersion)
        // Not compared line by line: where one object is missing, its neighbours are not news.
        let missing = Self.difference(wanted, found).map { "missing at the target: \($0)" }
        let surplus = Self.difference(found, wanted).map { "only at the target: \($0)" }
        differences = Array((missing + surplus).prefix(6))
    }

    private static func skeleton(_ statement: String) -> String {
        var words: [String] = []
        for token in SQLToken.first(.max, of: statement) {
            switch token {
            case .symbol(UInt8(ascii: "(")), .symbol(UInt8(ascii: ")")): continue
            case .symbol(UInt8(ascii: ".")): _ = words.popLast()
            case .symbol(let byte): words.append(String(UnicodeScalar(byte)))
            case .word(let text), .quoted(let text): words.append(text)
            }
        }
        return words.joined(separator: " ")
    }

    /// One statement of a schema.
    private struct Definition {
        /// What is compared.
        var key: String
        /// What a message says of it.
        var shown: String
    }

    private static func definitions(_ entries: [SchemaScript.Entry], isExact: Bool) -> [Definition] {
        // `SET default_…` between entries depends on what stands before, not on the object.
        entries.flatMap { entry in
            entry.statements.filter { !$0.hasPrefix("SET default_") }.map { statement in
                let text = "\(entry.title): \(statement)"
                return Definition(
                    key: isExact ? text : skeleton(text), shown: entry.mayHoldSecrets ? entry.title : text)
            }
        }
    }

    /// What is in `a` and not in `b`, counted, shortened for a message.
    private static func difference(_ a: [Definition], _ b: [Definition]) -> [String] {
        var counts: [String: Int] = [:]
        for definition in b { counts[definition.key, default: 0] += 1 }
        return a.filter { definition in
            if let count = counts[definition.key], count > 0 {
                counts[definition.key] = count - 1
                return false
            }
            return true
        }.map { $0.shown.count > 400 ? String($0.shown.prefix(400)) + " …" : $0.shown }
    }
}

extension SchemaScript.Entry {
    /// Whether the definition holds what must not be shown, such as the password of a user mapping.
    var mayHoldSecrets: Bool {
        ["; Type: USER MAPPING;", "; Type: SERVER;", "; Type: FOREIGN DATA WRAPPER;", "; Type: SUBSCRIPTION;"].contains(where: header.contains)
    }
}
