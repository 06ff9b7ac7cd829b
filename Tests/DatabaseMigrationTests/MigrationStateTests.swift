import DatabaseMigration
import Testing

@Suite struct MigrationStateTests {
    @Test(arguments: [
        (0, "0 s"), (59, "59 s"), (302, "5 min 2 s"), (12_000, "3 h 20 min"), (90_000, "1 d 1 h"), (86_400, "1 d 0 h"),
    ])
    func `how long a fence stands is told in its two largest units`(seconds: Int, text: String) {
        let fence = FenceState.standing(since: "2026-01-01T00:00:00Z", seconds: seconds)
        #expect(fence.text == "the source is fenced since 2026-01-01T00:00:00Z, for \(text)")
    }
}
