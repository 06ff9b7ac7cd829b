import SystemPackage

/// Where the time goes: what rehome-job says of itself, and the floor beneath it. In seconds.
struct TimeBreakdown {
    /// Sums over all workers, by kind of work.
    var spent: [String: Double] = [:]
    static let kinds = ["schema", "copy and verify", "index", "finish", "publish"]

    /// Reads the log of `rehome-job migrate --verbose`.
    init(log: String) {
        for line in log.split(separator: "\n") {
            for (kind, phrase) in [
                ("schema", "schema brought over in "), ("copy and verify", "copied and verified in "),
                ("finish", ", finished in "), ("publish", "in one transaction, "),
            ] {
                if let end = line.firstRange(of: phrase)?.upperBound { add(line[end...], to: kind) }
            }
            if line.contains(": built "), let end = line.ranges(of: " in ").last?.upperBound { add(line[end...], to: "index") }
        }
    }

    /// Such as `12 ms`, `3.4 s` or `2 min 5 s`.
    private mutating func add(_ text: Substring, to kind: String) {
        let words = text.split { " );".contains($0) }
        guard words.count > 1, let number = Double(words[0]) else { return }
        switch words[1] {
        case "ms": spent[kind, default: 0] += number / 1000
        case "min": spent[kind, default: 0] += number * 60 + (words.count > 2 ? Double(words[2]) ?? 0 : 0)
        default: spent[kind, default: 0] += number
        }
    }

    /// The same tables without indexes through one bare COPY after another, then the same indexes, one after another.
    static func floor(_ arena: Arena) async throws -> (copy: Double, index: Double) {
        try await arena.reset()
        let environment = arena.environment(distant: false)
        func seconds(_ script: String) throws -> Double {
            try MeasuredProcess.run(
                "for database in $DATABASES; do \(script)\ndone", environment: environment, log: arena.log
            ).wall
        }
        _ = try seconds(
            #"""
            createdb --port "$TARGET_PORT" "$database"
            pg_dump --port "$SOURCE_PORT" --section pre-data "$database" |
                psql -X -q --set ON_ERROR_STOP=1 --port "$TARGET_PORT" --dbname "$database" --output /dev/null
            pg_dump --port "$SOURCE_PORT" --section post-data --file "$WORK/$database.indexes" "$database"
            psql -X -q -A -t --port "$SOURCE_PORT" --dbname "$database" --output "$WORK/$database.copy" <<'SQL'
            SELECT format($$SELECT 'COPY %1$s (%2$s) FROM stdin;';
            COPY %1$s (%2$s) TO STDOUT; SELECT '\.';$$, c.oid::regclass, string_agg(quote_ident(attname), ', ' ORDER BY attnum))
            FROM pg_class c JOIN pg_attribute a ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
            WHERE relkind = 'r' AND relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
            GROUP BY c.oid;
            SQL
            """#)
        let copy = try seconds(
            #"""
            psql -X -q -A -t --set ON_ERROR_STOP=1 --port "$SOURCE_PORT" --dbname "$database" --file "$WORK/$database.copy" |
                psql -X -q --set ON_ERROR_STOP=1 --port "$TARGET_PORT" --dbname "$database"
            """#)
        let index = try seconds(
            #"psql -X -q --set ON_ERROR_STOP=1 --port "$TARGET_PORT" --dbname "$database" --file "$WORK/$database.indexes""#)
        return (copy, index)
    }
}
