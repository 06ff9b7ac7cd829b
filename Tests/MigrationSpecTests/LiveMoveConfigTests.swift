import JobContract
import MigrationSpec
import Testing

/// What a config says of the fence: when it falls, how long it may stand.
struct LiveMoveConfigTests {
    private func fixture(_ lines: String) -> Fixture {
        Fixture().replacing(
            "image: registry.example.com/rehome-job:1", with: "image: registry.example.com/rehome-job:1\n" + lines)
    }

    @Test func `everything is copied before the fence, unless the config says otherwise`() throws {
        let copy = try Fixture().load().migration.copy
        #expect(copy.precopy && copy.cutover == .auto && copy.maxFenceSeconds == nil)
        #expect(copy.pace == .gentle && copy.sourceFunctions == .auto)
        let other = try fixture(
            "    cutover: onCommand\n    maxFence: 1m30s\n    pace: full\n    sourceFunctions: never\n"
        ).load().migration.copy
        #expect(
            other.cutover == .onCommand && other.maxFenceSeconds == 90 && other.pace == .full
                && other.sourceFunctions == .never)
        #expect(try fixture("    maxFence: 0s\n").load().migration.copy.maxFenceSeconds == 0)
    }

    @Test(arguments: [
        (
            "    precopy: false\n    cutover: onCommand\n", "21:14",
            "spec.migration.cutover is onCommand, and precopy is false"
        ),
        ("    precopy: false\n    maxFence: 30s\n", "21:15", "spec.migration.maxFence is 30s, and precopy is false"),
        ("    fence: false\n    maxFence: 30s\n", "21:15", "spec.migration.maxFence is 30s, and fence is false"),
        ("    maxFence: 25h\n", "20:15", "spec.migration.maxFence is 25h"),
    ])
    func `what the Job would not heed is refused at its place`(lines: String, place: String, message: String) {
        let errors = fixture(lines).errors
        #expect(errors.count == 1)
        #expect(errors.first?.hasPrefix("rehome.yaml:\(place): error: \(message)\n") == true, "\(errors)")
    }

    @Test func `without a fence a person may give the word all the same: the writers are stopped by then`() {
        #expect(fixture("    fence: false\n    cutover: onCommand\n").errors == [])
    }

    @Test(arguments: ["soon", "0", "-1s", "0m"]) func `a limit is a length of time`(text: String) {
        #expect(fixture("    maxFence: '\(text)'\n").errors.count == 1)
    }
}
