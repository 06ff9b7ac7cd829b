import JobContract
import PostgresClient
import TestSupport
import Testing

/// A name as nasty as the server takes it: any bytes but zero, at most 63 of them.
struct RandomName {
    private static let favourites: [Unicode.Scalar] = [
        "\"", "'", "\\", "$", ";", "-", "/", "*", "`", ",", ".", "(", ")", "{", "}", "%", " ", "\n", "\r", "\t",
        "\u{1b}", "\u{7f}", "\u{85}",
        "\u{300}", "\u{301}", "\u{308}", "\u{34f}", "\u{600}", "\u{6dd}", "\u{70f}", "\u{110bd}", "\u{200b}",
        "\u{200d}", "\u{202a}", "\u{202e}",
        "\u{2028}", "\u{2029}", "\u{2066}", "\u{2069}", "\u{feff}", "\u{fe0f}", "\u{1f1e6}", "\u{1f3fd}", "\u{e0001}",
        "\u{fffd}", "\u{ffff}",
        "\u{10ffff}", "e", "\u{e9}", "a", "K", "\u{212a}", "\u{1100}", "\u{1161}", "\u{ac00}",
    ]

    /// - Parameter isText: whether the bytes are UTF-8; else they may be cut in the middle of a character.
    static func make(using random: inout some RandomNumberGenerator, isText: Bool = true) -> ByteText {
        var bytes: [UInt8] = []
        let length = Int.random(in: 1...63, using: &random)
        while bytes.count < length {
            let scalar =
                Bool.random(using: &random)
                ? favourites[Int.random(in: favourites.indices, using: &random)]
                : Unicode.Scalar(UInt32.random(in: 1...0x10FFFF, using: &random)) ?? "x"
            bytes += Array(String(scalar).utf8)
        }
        let name = ByteText(bytes: bytes)
        guard isText else { return ByteText(bytes: bytes.prefix(63)) }
        let cut = name.cut(to: 63)
        return cut.isEmpty ? "x" : cut
    }
}

extension Hostile {
    @Suite struct RandomNamesTests {
        private static let seed = UInt64.random(in: 0...UInt64.max)

        @Test(arguments: [("UTF8", true), ("SQL_ASCII", false)])
        func `10,000 names and constants come through quoting as they are`(encoding: String, isText: Bool) async throws
        {
            let server = try await PostgresServer.start()
            try await server.psql(
                "CREATE DATABASE quoting ENCODING '\(encoding)' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
            let settings = try JobSettings(environment: Job(from: server, to: server).environment)
            let connection = try Connection.open(
                ConnectionParameters(
                    server: settings.source, database: "quoting", applicationName: "test", authority: .reader),
                interrupt: Interrupt())
            var random = SeededGenerator(seed: Self.seed)
            for _ in 0..<50 {
                var names: [Identifier] = []
                var seen: Set<Identifier> = []
                while names.count < 200 {
                    let name = Identifier(RandomName.make(using: &random, isText: isText))
                    if seen.insert(name).inserted { names.append(name) }
                }
                let columns = names.map { "\($0) text" as SQL }
                let values = names.map { "\(literal: $0.text)" as SQL }
                try connection.execute(
                    "CREATE TEMPORARY TABLE names (\(list: columns)); INSERT INTO names VALUES (\(list: values))")
                let found: [Identifier] = try connection.query(
                    "SELECT attname FROM pg_attribute WHERE attrelid = 'pg_temp.names'::regclass AND attnum > 0 ORDER BY attnum"
                ).names()
                #expect(found == names, "seed \(Self.seed)")
                let row = try #require(try connection.query("SELECT \(list: names) FROM pg_temp.names").rows.first)
                #expect((0..<row.count).map { row[$0] } == names.map(\.text), "seed \(Self.seed)")
                let array = try connection.query("SELECT unnest(\(array: names.map(\.text)))").column
                #expect(array == names.map(\.text), "seed \(Self.seed)")
                #expect(
                    try connection.query("SELECT $1 = \(literal: names[0].text)", [names[0].text]).isTrue,
                    "seed \(Self.seed)")
                try connection.execute("DROP TABLE pg_temp.names")
            }
        }

        @Test func `a zero byte reaches no server`() async throws {
            let server = try await PostgresServer.start()
            let settings = try JobSettings(environment: Job(from: server, to: server).environment)
            let parameters = ConnectionParameters(
                server: settings.source, database: "postgres", applicationName: "test", authority: .reader)
            let connection = try Connection.open(parameters, interrupt: Interrupt())
            let name = Identifier(ByteText(bytes: [0x61, 0, 0x62]))
            for sql in ["SELECT 1 AS \(name)", "SELECT \(literal: name.text)"] as [SQL] {
                #expect(throws: PostgresError.self) { try connection.execute(sql) }
                #expect(throws: PostgresError.self) { try connection.query(sql) }
            }
            #expect(throws: PostgresError.self) { try connection.query("SELECT $1", [name.text]) }
            var other = parameters
            other.database = DatabaseName(name.text)
            #expect(throws: PostgresError.self) { try Connection.open(other, interrupt: Interrupt()) }
        }

        @Test func `what the source's schema says is sent by the owner's sessions only`() async throws {
            let server = try await PostgresServer.start()
            let settings = try JobSettings(environment: Job(from: server, to: server).environment)
            let dumped = DumpedStatement("SELECT 1".utf8)
            for (authority, isAllowed) in [
                (ConnectionParameters.Authority.reader, false), (.administrator, false), (.owner, true),
            ] {
                let connection = try Connection.open(
                    ConnectionParameters(
                        server: settings.source, database: "postgres", applicationName: "test", authority: authority),
                    interrupt: Interrupt())
                for sql in [dumped.sql, "SELECT 2; \(dumped)", ["SELECT 3", dumped.sql].joined(separator: "; ")]
                    as [SQL]
                {
                    if isAllowed {
                        try connection.execute(sql)
                    } else {
                        let error = #expect(throws: PostgresError.self) { try connection.execute(sql) }
                        #expect(error?.kind == .unsendable)
                    }
                }
            }
        }

        @Test(arguments: ["UTF8", "SQL_ASCII"])
        func `objects of random names move as they are`(encoding: String) async throws {
            let (source, target) = (try await PostgresServer.start(), try await PostgresServer.start())
            var random = SeededGenerator(seed: Self.seed)
            let isText = encoding == "UTF8"
            try await source.psql(
                "CREATE DATABASE moved ENCODING '\(encoding)' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
            let settings = try JobSettings(environment: Job(from: source, to: target).environment)
            func open(_ server: JobSettings.Server) throws -> Connection {
                try Connection.open(
                    ConnectionParameters(
                        server: server, database: "moved", applicationName: "test", authority: .reader),
                    interrupt: Interrupt())
            }
            let connection = try open(settings.source)
            func name() -> Identifier { Identifier(RandomName.make(using: &random, isText: isText)) }
            for _ in 0..<20 {
                let (schema, table, column, other, index, type, label, sequence, function, check) = (
                    name(), name(), name(), name(), name(), name(), name(), name(), name(), name()
                )
                let relation = RelationName(schema: schema, name: table)
                try connection.execute(
                    """
                    CREATE SCHEMA \(schema);
                    CREATE TYPE \(schema).\(type) AS ENUM (\(literal: label.text));
                    CREATE TABLE \(relation) (\(column) int PRIMARY KEY, \(other) \(schema).\(type) DEFAULT \(literal: label.text),
                                              t text DEFAULT \(literal: check.text), CONSTRAINT \(check) CHECK (t <> \(literal: index.text)));
                    INSERT INTO \(relation) VALUES (1, DEFAULT, \(literal: function.text));
                    CREATE INDEX \(index) ON \(relation) (\(other));
                    CREATE SEQUENCE \(schema).\(sequence) START 7;
                    CREATE FUNCTION \(schema).\(function)() RETURNS text LANGUAGE sql AS \(literal: ByteText(bytes: ("SELECT \(literal: label.text)" as SQL).bytes));
                    COMMENT ON TABLE \(relation) IS \(literal: other.text)
                    """)
            }
            let result = try await Job(from: source, to: target).run()
            #expect(result.end == .success, "seed \(Self.seed)\n\(result.output)")
            // The fence has ended the session that made them.
            let (left, moved) = (try open(settings.source), try open(settings.target))
            for query in Self.questions {
                let (found, wanted) = (try moved.query(query).column, try left.query(query).column)
                #expect(found == wanted, "seed \(Self.seed)\n\(query)")
            }
            #expect(
                result.output.unicodeScalars.allSatisfy {
                    $0 == "\n" || !["\u{202e}", "\u{2028}", "\u{1b}", "\r"].contains($0)
                })
        }

        private static let questions: [SQL] = [
            "SELECT nspname FROM pg_namespace WHERE oid >= 16384 AND nspname !~ '^pg_' ORDER BY 1",
            "SELECT concat_ws('|', relkind, relname) FROM pg_class WHERE relnamespace >= 16384 AND relkind IN ('r', 'i', 'S') ORDER BY 1",
            "SELECT attname FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid WHERE c.oid >= 16384 AND relkind = 'r' AND attnum > 0 ORDER BY 1",
            "SELECT concat_ws('|', proname, prosrc) FROM pg_proc WHERE oid >= 16384 ORDER BY 1",
            "SELECT enumlabel FROM pg_enum ORDER BY 1",
            "SELECT conname FROM pg_constraint WHERE contype = 'c' AND connamespace >= 16384 ORDER BY 1",
            "SELECT description FROM pg_description WHERE objoid >= 16384 ORDER BY 1",
        ]
    }
}
