import PostgresClient
import Testing

@testable import DatabaseMigration

/// What a fence that stood too long is put down to.
@Suite struct CutOverDelayTests {
    @Test(
        arguments: [
            // Nearly all of the fence, though the seal was completed.
            (["a": 50.0, "b": 2], 60, "database a: making what"),
            // Something else took the time.
            (["a": 5], 60, "the last round did not end"),
            ([:], 60, "the last round did not end"),
            (["a": 500], nil, "the last round did not end"),
        ] as [([DatabaseName: Double], Double?, String)])
    func `a seal is blamed only where it took most of the time`(
        seals: [DatabaseName: Double], maxFence: Double?, text: String
    ) {
        let delay = CutOverDelay.tooLong(doing: "the last round did not end").blaming(seals, maxFence: maxFence)
        #expect(delay.text.hasPrefix(text), "\(delay.text)")
    }

    @Test func `what is no matter of time stays what it is`() {
        let delay = CutOverDelay.appeared(["x"]).blaming(["a": 59], maxFence: 60)
        #expect(delay.text.hasPrefix("databases have appeared"), "\(delay.text)")
    }
}
