/// What nobody can go below: the same bytes through bare COPY, the same indexes built by hand, one after another. In
/// seconds.
struct Floor {
    /// Every table, without indexes, in COPY's text format.
    let copy: Double
    let index: Double
    /// The tables above 1 MB once more, emptied between the two: their rows as text, and in COPY's binary format.
    let largeAsText: Double
    let largeAsBinary: Double

    init(_ arena: Arena) async throws {
        try await arena.reset()
        let environment = arena.environment(.local)
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
            psql -X -q -A -t --port "$SOURCE_PORT" --dbname "$database" --output "$WORK/$database.large" <<'SQL'
            SELECT format('%s (%s)', c.oid::regclass, string_agg(quote_ident(attname), ', ' ORDER BY attnum))
            FROM pg_class c JOIN pg_attribute a ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
            WHERE relkind = 'r' AND relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
              AND pg_table_size(c.oid) > 1000000
            GROUP BY c.oid;
            SQL
            """#)
        copy = try seconds(
            #"""
            psql -X -q -A -t --set ON_ERROR_STOP=1 --port "$SOURCE_PORT" --dbname "$database" --file "$WORK/$database.copy" |
                psql -X -q --set ON_ERROR_STOP=1 --port "$TARGET_PORT" --dbname "$database"
            """#)
        func copyLarge(_ format: String) throws -> Double {
            _ = try seconds(
                #"""
                while read -r table _; do
                    psql -X -q --port "$TARGET_PORT" --dbname "$database" --command "TRUNCATE $table"
                done <"$WORK/$database.large"
                """#)
            return try seconds(
                #"""
                while read -r table; do
                    psql -X -q --port "$SOURCE_PORT" --dbname "$database" --command "COPY $table TO STDOUT (FORMAT \#(format))" |
                        psql -X -q --port "$TARGET_PORT" --dbname "$database" --command "COPY $table FROM STDIN (FORMAT \#(format))"
                done <"$WORK/$database.large"
                """#)
        }
        largeAsBinary = try copyLarge("binary")
        largeAsText = try copyLarge("text")
        index = try seconds(
            #"psql -X -q --set ON_ERROR_STOP=1 --port "$TARGET_PORT" --dbname "$database" --file "$WORK/$database.indexes""#
        )
    }
}
