import FoundationEssentials
import ReceiptClient
import TestSupport
import Testing

@testable import DatabaseMigration
@testable import MigrationReport

/// The page of a report, whatever names are in it.
@Suite struct EvidencePageTests {
    private static let hostile = "\"><script>alert(1)</script><img src=x onerror='x'>&amp;\u{202E}\n</style>"

    /// A report in which every text of foreign origin is hostile.
    static func evidence(_ name: String = hostile, tables: Int = 2) -> MigrationEvidence {
        let server = RunRecord.Server(place: name, version: "15.18", systemIdentifier: "7", role: name)
        let database = MigrationEvidence.Database(
            name: name, rows: 1_234_567, bytes: 5_000_000,
            tables: (0..<tables).map { .init(name: "\(name)\($0)", rows: $0, bytes: $0 * 1000, hash: "\($0).f00") },
            tableCount: tables, tablesFromBefore: 1, sourceHash: "abc", targetHash: "abd",
            schema: .init(program: 17, sourceHash: "s", targetHash: "t"), changes: [name],
            leftOut: [LeftOut(.privileges, name)], sessions: 3,
            work: [
                .init(kind: .schema, begin: 0, end: 1), .init(kind: .copy, begin: 1, end: 20),
                .init(kind: .seal, begin: 27.5, end: 28),
            ])
        let run = RunRecord(
            program: "rehome-job", pod: name, source: server, target: server, settings: ["REHOME_INCLUDE": name],
            seconds: 28.5,
            fences: [.init(begin: 22, end: 23, putOff: name), .init(begin: 27, end: 28.4)], roundCount: 2,
            roundRows: 12, rounds: [.init(number: 1, begin: 20, end: 20.5, rows: 12, bytes: 100)], endedSessions: 4,
            findings: [.warning(name, name)], refusedSeconds: 1.4)
        return MigrationEvidence(
            kind: .migration, namespace: name, instance: name, generation: 1, direction: "forward", attempt: "a1",
            finishedAt: "2026-11-27T02:00:00Z", fingerprint: "0123", run: run,
            fence: .init(raisedAt: "2026-11-27T01:59:58Z", refusedSeconds: 1.4), totals: .init([database]),
            databases: [database], missing: [name], isLeft: false, forecast: nil, next: name)
    }

    @Test func `nothing that a name holds becomes a part of the page`() {
        let page = EvidencePage(Self.evidence()).text
        #expect(!page.contains("<script") && !page.contains("<img") && !page.contains("onerror='"))
        #expect(page.components(separatedBy: "</style>").count == 2)
        #expect(!page.unicodeScalars.contains("\u{202E}"))
        #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && page.contains("&amp;amp;"))
        // Each quote that ends an attribute is ours: what stands between two of them is never a tag.
        for match in page.matches(of: #/="([^"]*)"/#) { #expect(!match.1.contains("<"), "\(match.1)") }
    }

    @Test func `the picture says the same of how long writes were refused as the page does`() {
        var evidence = Self.evidence("shop")
        // Two rounded instants, a millisecond further apart than what was measured.
        evidence.run?.fences = [.init(begin: 27.001, end: 27.697)]
        evidence.run?.refusedSeconds = 0.695
        evidence.fence?.refusedSeconds = 0.695
        let page = EvidencePage(evidence).text
        #expect(page.contains("writes refused, 695 ms") && !page.contains("696 ms"))
    }

    @Test func `the page loads nothing and runs nothing`() {
        let page = EvidencePage(Self.evidence("shop")).text
        #expect(
            !page.contains("http:") && !page.contains("https:") && !page.contains("url(") && !page.contains("@import"))
        #expect(page.contains("default-src 'none'"))
        for landmark in ["<header>", "<main>", "<footer>", "lang=\"en\"", "role=\"img\""] {
            #expect(page.contains(landmark))
        }
        // Every header cell says what it heads.
        #expect(page.matches(of: #/<th[ >]/#).count == page.matches(of: #/<th scope="(col|row)"/#).count)
    }

    @Test func `it says what a change board asks`() {
        let page = EvidencePage(Self.evidence("shop")).text
        for words in [
            "1,234,567", "5.0 MB", "1.4 s", "equal but for what was changed on purpose",
            "Writes were refused for 1.4 s",
            "ended 4 sessions", "Not there any more: shop", "settings that are not the defaults", "same statements",
        ] { #expect(page.contains(words), "\(words)") }
    }

    @Test func `a table that was changed on purpose is told with both sides, and the verdict says so`() {
        var evidence = Self.evidence("shop")
        evidence.databases[0].tables[1].source = .init(rows: 3, bytes: 3000, hash: "5.5ee")
        evidence.databases[0].tables[1].change = "one unlocked row"
        evidence.databases[0].leftOut = []
        let page = EvidencePage(evidence).text
        for words in [
            "equal to the source's, but for what was changed on purpose, as named below", "5.5ee", "3 rows", "1.f00",
            "one unlocked row",
        ] { #expect(page.contains(words), "\(words)") }
        evidence.databases[0].leftOut = [LeftOut(.privileges, "GRANT")]
        #expect(EvidencePage(evidence).text.contains("changed on purpose and what was left out, as named"))
        evidence.databases[0].targetHash = evidence.databases[0].sourceHash
        evidence.databases[0].tables[1].source = nil
        evidence.databases[0].tables[1].change = nil
        evidence.databases[0].leftOut = []
        #expect(EvidencePage(evidence).text.contains("equal to the source's.</p>"))
    }

    @Test func `numbers that nobody measured make an odd page, and no end of the program`() {
        var odd = Self.evidence()
        odd.run?.seconds = 1e300
        odd.run?.refusedSeconds = -1e300
        odd.run?.fences = [.init(begin: -1e300, end: 1e300), .init(begin: 1e300, end: -1e300)]
        odd.run?.rounds = [.init(number: .max, begin: 1e300, end: -5, rows: .min, bytes: .max)]
        odd.databases[0].work = [.init(kind: .copy, begin: 1e300, end: -1e300)]
        odd.databases[0].rows = .max
        odd.totals = .init(odd.databases + odd.databases)
        odd.forecast = .init(fenceSeconds: 1e300, copySeconds: -1e300, precopy: true)
        #expect(EvidencePage(odd).text.hasSuffix("</html>\n"))
    }

    @Test func `a report is read back as it was written, and without tables says so`() throws {
        let evidence = Self.evidence()
        let data = try JSONEncoder().encode(evidence)
        let again = try JSONDecoder().decode(MigrationEvidence.self, from: data)
        #expect(EvidencePage(again).text == EvidencePage(evidence).text)
        #expect(
            try JSONSchemaCheck("docs/job-output.schema.json").problems(
                of: String(decoding: data, as: UTF8.self), as: "report") == [])
        #expect(EvidencePage(evidence.withoutTables).text.contains("not in this copy of the report"))
    }
}

/// Stretches of work, as few as a picture can show.
@Suite struct StretchesTests {
    @Test func `those that touch are one, those that do not stay apart, and there are never many`() {
        var stretches = Stretches()
        stretches.add(0, 1)
        stretches.add(3, 4)
        stretches.add(0.5, 2)
        #expect(stretches.all.map(\.begin) == [0, 3] && stretches.all.map(\.end) == [2, 4])
        for second in 0..<1000 { stretches.add(Double(second) * 2, Double(second) * 2 + 0.5) }
        #expect(stretches.all.count <= 24)
        #expect(stretches.all.first?.begin == 0 && stretches.all.last?.end == 1998.5)
        #expect(zip(stretches.all, stretches.all.dropFirst()).allSatisfy { $0.end < $1.begin })
    }
}

extension EvidencePageTests {
    @Test(arguments: [0, 2000, 200_000]) func `it fits into a ConfigMap, however many tables there are`(tables: Int)
        throws
    {
        var evidence = Self.evidence("shop", tables: tables)
        var generator = SystemRandomNumberGenerator()
        for place in evidence.databases[0].tables.indices {
            // Hashes are what no compressor makes smaller.
            evidence.databases[0].tables[place].hash = "\(generator.next()).\(generator.next())"
        }
        evidence.databases = (0..<30).map { number in
            var database = evidence.databases[0]
            database.name += "\(number)"
            if number > 0 { database.tables = Array(database.tables.prefix(100)) }
            return database
        }
        func files(_ evidence: MigrationEvidence) throws -> ReportContent.Files {
            let data = try JSONEncoder().encode(evidence)
            return ["report.html": EvidencePage(evidence).text, "report.json": String(decoding: data, as: UTF8.self)]
        }
        let content = try ReportContent(files(evidence)) { try files(evidence.withoutTables) }
        let plain = content.data.values.map(\.utf8.count).reduce(0, +)
        let bytes = content.binaryData.values.map(\.count).reduce(plain, +)
        #expect(bytes > 0 && bytes < 1 << 20, "\(bytes)")
    }
}
