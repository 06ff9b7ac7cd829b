import PostgresClient
import Testing

@testable import DatabaseMigration
@testable import MigrationReport

/// What a terminal shows of a run, without a terminal.
@Suite struct LiveViewTests {
    private static func progress(_ done: Int, of total: Int) -> MigrationEvent {
        .progress(
            CopyProgress(
                seconds: 4, bytesDone: done, bytesTotal: total, rowsDone: 1000, rowsTotal: 4000,
                bytesPerSecond: 50_000_000, fraction: Double(done) / Double(total),
                work: [
                    .init(
                        database: "shop", what: "copying public.t", seconds: 3, detail: "", rows: 1000, ofRows: 2000,
                        fraction: 0.5)
                ],
                databases: [
                    .init(database: "auth", bytesDone: 0, bytesTotal: total / 2, fraction: 0),
                    .init(
                        database: "shop", bytesDone: done, bytesTotal: total / 2,
                        fraction: 2 * Double(done) / Double(total)),
                ]))
    }

    private static func state(_ events: [(Double, MigrationEvent)]) -> RunState {
        var state = RunState()
        for (time, event) in events { state.note(event, at: time) }
        return state
    }

    private static let copying: [(Double, MigrationEvent)] = [
        (0, .planned(databases: 2, bytes: 1000)),
        (1, .opened(database: "shop", tables: 1, bytes: 500, adopted: .none, seconds: 1)),
        (5, progress(250_000_000, of: 1_000_000_000)),
    ]

    private func lines(
        _ state: RunState, at now: Double, width: Int = 80, height: Int = 24, colours: Bool = false, blocks: Bool = true
    ) -> [String] {
        LiveView(.init(width: width, height: height, hasColours: colours, hasBlocks: blocks)).lines(state, at: now)
    }

    @Test func `a copy shows a bar for all, one for each database, and what is being done`() {
        let lines = lines(Self.state(Self.copying), at: 5)
        #expect(lines[0] == " 0:05.0  copying, 250 MB of 1.0 GB, 1,000 rows, 50 MB/s, about 12.0 s left")
        #expect(lines[1].contains("25 %") && lines[1].contains("█") && lines[1].contains("░"))
        #expect(lines.contains { $0.contains("auth  ░") && $0.hasSuffix("waits") }, "\(lines)")
        #expect(lines.contains { $0.contains("shop  ██████████░") && $0.contains("50 %") }, "\(lines)")
        #expect(lines.contains { $0.contains("shop: copying public.t (3.0 s, 1,000 of about 2,000 rows, 50 %)") })
        let line = EventLine(Self.progress(250_000_000, of: 1_000_000_000)).text
        for words in [
            "250 MB of 1.0 GB on disk", "1,000 of about 4,000 rows", "50 MB/s", "25 % of the work", "about 12.0 s left",
            "copying public.t (3.0 s, 1,000 of about 2,000 rows, 50 %)",
        ] { #expect(line.contains(words), "\(line)") }
    }

    @Test func `rows at the end of the copy are those that were copied, and not those that were expected`() {
        let copied = Self.state(
            Self.copying + [
                (8, .copiedDatabase(database: "auth", rows: 10, seconds: 1)),
                (9, .copiedDatabase(database: "shop", rows: 20, seconds: 1)),
            ])
        #expect(copied.rowsDone == 30 && copied.rowsTotal == 30)
    }

    @Test func `the fence is a clock that stands out, in colours and without`() {
        let fenced = Self.state(
            Self.copying + [
                (8, .copiedDatabase(database: "auth", rows: 10, seconds: 1)), (9, .keepingUp(for: "'rehome-job go'")),
                (20, .fenced(databases: ["auth", "shop"], endedSessions: 1, leftOpen: false, seconds: 0.5)),
            ])
        #expect(lines(fenced, at: 22).contains(" !! FENCE  writes are refused for 0:02.5 "))
        #expect(lines(fenced, at: 22, colours: true).contains { $0.hasPrefix("\u{1B}[1;97;41m FENCE") })
        #expect(lines(fenced, at: 22).allSatisfy { !$0.contains("\u{1B}") })
        var lifted = fenced
        lifted.note(.fenceLifted(databases: ["auth", "shop"]), at: 23)
        #expect(lifted.fence(at: 30) == nil && lifted.secondsFenced(at: 30) == 3.5)
        #expect(!lines(lifted, at: 30).contains { $0.contains("FENCE") })
        var published = fenced
        published.note(.published(databases: ["auth", "shop"], setAside: [:], seconds: 0.1, fenced: 3), at: 22.5)
        #expect(published.phase == .published && published.secondsFenced(at: 99) == 3)
    }

    @Test(arguments: [20, 33, 80, 200], [4, 8, 24, 60])
    func `no line is wider than the terminal and there are no more than fit, whatever the names`(
        width: Int, height: Int
    ) {
        var events = Self.copying
        for number in 0..<40 {
            let name = DatabaseName("データ\u{1B}[31m_\(number)_" + String(repeating: "x", count: number * 3))
            events.append((2, .opened(database: name, tables: 1, bytes: 10, adopted: .none, seconds: 1)))
        }
        let lines = lines(Self.state(events), at: 100_000, width: width, height: height)
        #expect(lines.count <= height)
        for line in lines {
            #expect(LiveViewTests.columns(line) <= width - 1, "\(line)")
            #expect(!line.contains("\u{1B}"))
        }
    }

    private static func columns(_ text: String) -> Int {
        text.unicodeScalars.reduce(0) { $0 + ((0x3000...0x9FFF).contains($1.value) ? 2 : 1) }
    }

    @Test func `a terminal without UTF-8 gets ASCII`() {
        let lines = lines(Self.state(Self.copying), at: 5, blocks: false)
        #expect(lines.dropFirst().prefix(2).allSatisfy { $0.utf8.allSatisfy { $0 < 0x80 } } && lines[1].contains("###"))
    }

    @Test(arguments: [
        (drawn: [], width: 80, up: 0), (drawn: [10, 0, 79], width: 80, up: 3),
        // Twice as wide as the terminal is now, and a column more than that.
        (drawn: [80], width: 40, up: 2), (drawn: [81], width: 40, up: 3), (drawn: [79, 20, 41], width: 40, up: 5),
        // A terminal that has become wider shows each as one line again.
        (drawn: [79, 20], width: 200, up: 2),
    ])
    func `a view is cleared from its first line on, also where the terminal has wrapped it`(
        drawn: [Int], width: Int, up: Int
    ) {
        let all = up > 0 ? "\u{1B}[\(up)A\r\u{1B}[K\u{1B}[B\u{1B}[J\u{1B}[A" : "\r\u{1B}[K"
        #expect(LiveScreen.clear(drawn, width: width) == all)
    }

    @Test func `colours take no column`() {
        let line = lines(Self.state(Self.copying), at: 5, colours: true)[0]
        #expect(line.contains("\u{1B}["))
        #expect(LiveScreen.plain(line) == lines(Self.state(Self.copying), at: 5)[0])
    }

    @Test func `metrics follow the state, in Prometheus' format`() {
        var state = Self.state(Self.copying)
        let copying = Metrics.text(state, at: 5, exitCode: nil)
        #expect(copying.contains("\nrehome_phase{phase=\"copying\"} 1\n"))
        for line in ["rows_done 1000", "rows_total 4000", "copied_ratio 0.25"] {
            #expect(copying.contains("\nrehome_\(line)\n"), "\(copying)")
        }
        state.note(.fenced(databases: ["shop"], endedSessions: 0, leftOpen: false, seconds: 0), at: 6)
        let fenced = Metrics.text(state, at: 8.5, exitCode: nil)
        #expect(fenced.contains("\nrehome_fenced 1\n") && fenced.contains("\nrehome_fenced_seconds 2.5\n"))
        state.fail()
        let failed = Metrics.text(state, at: 10, exitCode: 75)
        #expect(failed.contains("\nrehome_exit_code 75\n") && failed.contains("\nrehome_success 0\n"))
        #expect(
            failed.contains("\nrehome_fenced 1\n") && failed.contains("\nrehome_fenced_seconds 4.0\n")
                && failed.contains("{phase=\"failed\"} 1"))
    }
}
