import Testing

@testable import DatabaseMigration

@Suite struct FenceDeadlineTests {
    /// Otherwise a statement that is ended at the deadline looks as if a person had cancelled it.
    @Test func `a statement that is ended by its time limit ends after the deadline`() {
        for fraction in 1...50 {
            let deadline = FenceDeadline(seconds: 0.002 + Double(fraction) * 0.00001)
            let end = ContinuousClock.now + .milliseconds(deadline.milliseconds)
            while .now < end {}
            #expect(deadline.hasPassed)
        }
    }

    @Test func `no deadline is no time limit, and one that has passed is the shortest`() {
        #expect(FenceDeadline(seconds: nil).milliseconds == 0)
        #expect(FenceDeadline(seconds: -1).milliseconds == 1)
    }
}
