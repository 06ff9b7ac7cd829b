/// Whether two dumps by the same program describe the same schema.
struct SchemaComparison {
    /// The first differences, one line each; empty when there are none.
    let differences: [String]

    /// - Parameter source: pre-data and post-data of the archive that was restored.
    init(source: [SchemaScript], target: SchemaScript) {
        let wanted = Self.statements(source.flatMap(\.entries))
        let found = Self.statements(target.entries)
        guard wanted != found else {
            differences = []
            return
        }
        // Not compared line by line: where one object is missing, its neighbours are not news.
        let missing = Self.difference(wanted, found).map { "missing at the target: \($0)" }
        let surplus = Self.difference(found, wanted).map { "only at the target: \($0)" }
        differences = Array((missing + surplus).prefix(6))
    }

    private static func statements(_ entries: [SchemaScript.Entry]) -> [String] {
        // `SET default_…` between entries depends on what stands before, not on the object.
        entries.flatMap { entry in
            entry.statements.filter { !$0.hasPrefix("SET default_") }.map { "\(entry.title): \($0)" }
        }.sorted()
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
