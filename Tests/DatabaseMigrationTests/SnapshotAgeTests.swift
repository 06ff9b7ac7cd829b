import Testing

@testable import DatabaseMigration

@Suite struct SnapshotAgeTests {
    private func age(
        _ seconds: Double, rowsPerSecond: Double? = nil, lastTry: (ago: Double, seconds: Double, work: Double)? = nil
    )
        -> SnapshotAge
    {
        let now = ContinuousClock.now
        var age = SnapshotAge(taken: now - .seconds(seconds))
        age.rowsPerSecond = rowsPerSecond
        age.lastTry = lastTry.map { .init(end: now - .seconds($0.ago), seconds: $0.seconds, work: $0.work) }
        return age
    }

    @Test func `a snapshot is old after some seconds in which much was changed, or after many`() {
        #expect(!age(1).isOld && !age(1, rowsPerSecond: 10_000).isOld)
        #expect(!age(3, rowsPerSecond: 100).isOld && age(6, rowsPerSecond: 100).isOld)
        #expect(!age(14, rowsPerSecond: 0).isOld && age(16, rowsPerSecond: 0).isOld)
    }

    @Test func `as long as nobody knows how much is changed, it is taken for much`() {
        #expect(age(3).isOld)
    }

    @Test func `a try that took long, or came to nothing, is not made again at once`() {
        #expect(!age(60, lastTry: (ago: 4, seconds: 5, work: 0.1)).isOld)
        #expect(age(60, lastTry: (ago: 6, seconds: 5, work: 0.1)).isOld)
        #expect(!age(60, lastTry: (ago: 6, seconds: 5, work: 2)).isOld)
        #expect(age(60, lastTry: (ago: 11, seconds: 5, work: 2)).isOld)
    }
}
