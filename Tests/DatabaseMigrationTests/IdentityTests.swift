import JobContract
import PostgresClient
import Testing

@testable import DatabaseMigration

@Suite struct IdentityTests {
    static let identity = MigrationIdentity(
        namespace: "rhdh", instance: "hub", generation: 1, direction: .forward, source: "7000000000000000001")

    static func settings(_ changes: [String: String] = [:]) throws -> JobSettings {
        try JobSettings(
            environment: [
                "REHOME_NAMESPACE": "rhdh", "REHOME_INSTANCE": "hub", "REHOME_TARGET_HOST": "db",
                "REHOME_TARGET_USER": "u",
                "REHOME_TARGET_PASSWORD": "throw-away", "REHOME_GATE": "none",
            ].merging(changes) { $1 })
    }

    @Test func `a mark survives its comment`() throws {
        let name = DatabaseName(#"odd "name" with \ and é"#)
        let contents = SealedContents(
            fingerprint: "f00", schema: "5c4", tables: [.init(name: #""public"."odd \ and é""#, hash: "1 2 3")],
            largeObjects: "0")
        let sealed = try DatabaseMark.sealed(Self.identity, database: name, contents).comment()
        guard case .sealed(Self.identity, database: name, contents)? = DatabaseMark(comment: sealed) else {
            Issue.record("lost in \(sealed)")
            return
        }
        let loading = try DatabaseMark.loading(Self.identity, database: name).comment()
        guard case .loading(Self.identity, database: name)? = DatabaseMark(comment: loading) else {
            Issue.record("lost in \(loading)")
            return
        }
    }

    @Test(arguments: [
        "", "default administrative connection database", "{}", "{", #"{"rehome":"sealed"}"#, #"{"rehome":"stamped"}"#,
    ])
    func `a comment of somebody else is no mark`(comment: ByteText) { #expect(DatabaseMark(comment: comment) == nil) }

    @Test func `a staging name fits and tells databases and migrations apart`() {
        let long = DatabaseName(String(repeating: "é", count: 31))
        let other = MigrationIdentity(
            namespace: "rhdh", instance: "hub", generation: 2, direction: .forward, source: "7000000000000000001")
        let names = [
            StagingDatabase(identity: Self.identity, database: long),
            StagingDatabase(identity: Self.identity, database: DatabaseName("a")),
            StagingDatabase(identity: other, database: long),
        ].map(\.name)
        #expect(names.allSatisfy { $0.text.bytes.count <= Identifier.maximumLength })
        #expect(Set(names).count == 3)
    }

    @Test func `another generation is another migration, another worker count is not another plan`() throws {
        #expect(Self.identity.matches(try Self.settings()))
        #expect(!Self.identity.matches(try Self.settings(["REHOME_GENERATION": "2"])))
        let plan = PlanHash.of(try Self.settings())
        #expect(PlanHash.of(try Self.settings(["REHOME_WORKERS": "9", "REHOME_SOURCE_HOST": "gone"])) == plan)
        #expect(PlanHash.of(try Self.settings(["REHOME_EXCLUDE": "x"])) != plan)
    }

    @Test(
        arguments: [
            ("{}", []), ("{a,b}", ["a", "b"]),
            (#"{"search_path=\"$user\", public",x=1}"#, [#"search_path="$user", public"#, "x=1"]),
            (#"{"",a}"#, ["", "a"]), ("{\"x=\u{600}\\\"\u{301}\",b}", ["x=\u{600}\"\u{301}", "b"]),
        ] as [(ByteText, [ByteText])])
    func `a text array is read as the server writes it`(text: ByteText, items: [ByteText]) {
        #expect(TextArray.decode(text) == items)
    }
}

@Suite struct DatabaseSelectionTests {
    @Test(
        arguments: [
            ("backstage_plugin_catalog", "backstage_plugin_*", true), ("rhdh-ls", "rhdh-??", true),
            ("rhdh-ls", "rhdh-?", false),
            ("abcabc", "*abc", true), ("abcab", "*abc", false), ("", "*", true), ("a", "", false), ("a*b", "a*b", true),
            ("caf\u{e9}", "cafe\u{301}", false), ("caf\u{e9}", "caf?", true), ("cafe\u{301}", "caf?", false),
            ("x\u{301}y", "x*", true),
        ] as [(ByteText, ByteText, Bool)])
    func `patterns match as in a shell`(name: ByteText, pattern: ByteText, matches: Bool) {
        #expect(DatabaseSelection.matches(name, pattern) == matches)
    }

    @Test func `system databases are taken only by their own name, and exclusion wins`() {
        let all = DatabaseSelection(include: ["*"], exclude: ["scratch_*"])
        #expect(all.selects(DatabaseName("app")))
        #expect(!all.selects(DatabaseName("scratch_1")))
        for name in DatabaseSelection.system { #expect(!all.selects(name)) }
        #expect(DatabaseSelection(include: ["postgres"], exclude: []).selects(DatabaseName("postgres")))
        #expect(!DatabaseSelection(include: ["postgres"], exclude: ["postgres"]).selects(DatabaseName("postgres")))
    }
}

@Suite struct ContentHashTests {
    private func hash(_ rows: [String]) -> ContentHash {
        var hash = ContentHash()
        for row in rows { Array(row.utf8).withUnsafeBytes { hash.add($0) } }
        return hash
    }

    @Test func `the order of rows does not matter, their number and content do`() {
        #expect(hash(["a\n", "b\n", "c\n"]) == hash(["c\n", "a\n", "b\n"]))
        #expect(hash(["a\n", "a\n"]) != hash([]))
        #expect(hash(["a\n", "b\n"]) != hash(["a\n", "a\n"]))
        // Values that changed places between two rows.
        #expect(hash(["1\tx\n", "2\ty\n"]) != hash(["1\ty\n", "2\tx\n"]))
    }

    @Test func `a hash survives its text`() {
        let hash = hash(["a\n", "bb\n", ""])
        #expect(ContentHash(hash.description) == hash)
        #expect(ContentHash("1:2") == nil)
        #expect(ContentHash("x:2:0.0") == nil)
    }
}
