/// Whether two dumps by the same program describe the same schema.
struct SchemaComparison {
    /// The first differences, one line each; empty when there are none.
    let differences: [String]

    /// - Parameters:
    ///   - source: pre-data and post-data of the archive that was restored.
    ///   - isSameVersion: whether both servers are of one major version. Otherwise they write the same expression
    ///     differently: version 16 leaves out a view's table names where they are not needed, others set other
    ///     parentheses. Names of columns, types and functions are compared even then.
    init(source: [SchemaScript], target: SchemaScript, isSameVersion: Bool) {
        var wanted = Self.statements(source.flatMap(\.entries))
        var found = Self.statements(target.entries)
        if !isSameVersion {
            wanted = wanted.map(Self.skeleton)
            found = found.map(Self.skeleton)
        }
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

    private static func statements(_ entries: [SchemaScript.Entry]) -> [String] {
        // `SET default_…` between entries depends on what stands before, not on the object.
        entries.flatMap { entry in
            entry.statements.filter { !$0.hasPrefix("SET default_") }.map { "\(entry.title): \($0)" }
        }
    }

    /// What is in `a` and not in `b`, counted, shortened for a message.
    private static func difference(_ a: [String], _ b: [String]) -> [String] {
        var counts: [String: Int] = [:]
        for text in b { counts[text, default: 0] += 1 }
        return a.filter { text in
            if let count = counts[text], count > 0 {
                counts[text] = count - 1
                return false
            }
            return true
        }.map { $0.count > 400 ? String($0.prefix(400)) + " …" : $0 }
    }
}
