import MigrationSpec
import Testing

/// What a config may not say about a migration's life.
struct PhaseConfigTests {
    private func fixture(operator version: String?, _ lines: String) -> Fixture {
        var fixture = Fixture()
        fixture.config += lines
        return version.map {
            fixture.replacing("file: backstage.yaml", with: "file: backstage.yaml\n    operatorVersion: '\($0)'")
        } ?? fixture
    }

    @Test(arguments: [
        ("1.9", "  cutover: {localDatabase: retire}\n", "21:28", "localDatabase is retire"),
        ("1.8.3", "  phase: done\n", "21:10", "phase is done"),
        ("1.9", "  phase: rollback\n", "21:10", "phase is rollback"),
    ])
    func `an operator that deletes its Secret needs a copy of it in the config`(
        version: String, lines: String, place: String, cause: String
    ) {
        let errors = fixture(operator: version, lines).errors
        #expect(errors.count == 1)
        #expect(
            errors.first?.hasPrefix(
                "rehome.yaml:\(place): error: \(cause) with operator \(version), and spec.cutover.savedSecret is missing\n"
                    + "  Such an operator deletes the Secret 'backstage-psql-secret-portal'") == true, "\(errors)")
        let saved = lines.contains("cutover") ? "retire, savedSecret: saved}" : ""
        let mended =
            saved.isEmpty
            ? fixture(operator: version, lines + "  cutover: {savedSecret: saved}\n")
            : fixture(operator: version, lines.replacing("retire}", with: saved))
        #expect(mended.errors == [])
    }

    @Test func `a preparation, a database that is kept, a newer operator and a Secret of the user's need no copy`() {
        #expect(fixture(operator: "1.9", "  phase: prepare\n  cutover: {localDatabase: retire}\n").errors == [])
        #expect(fixture(operator: "1.9", "").errors == [])
        #expect(fixture(operator: "1.10", "  phase: done\n").errors == [])
        let own = fixture(operator: "1.9", "  phase: rollback\n")
            .replacing(inBackstage: "spec:\n", with: "spec:\n  database: {authSecretName: mine}\n")
        #expect(own.errors == [])
    }

    @Test func `with an unknown operator going on is warned of, and going back is refused`() {
        let done = fixture(operator: nil, "  phase: done\n")
        #expect(done.errors == [])
        #expect(
            done.warnings.contains {
                $0.hasPrefix(
                    "rehome.yaml:20:10: warning: phase is done without spec.cutover.savedSecret, which an operator up to 1.9 needs"
                )
            })
        #expect(
            fixture(operator: nil, "  phase: rollback\n").errors.first?.hasPrefix(
                "rehome.yaml:20:10: error: phase is rollback with an operator up to 1.9 or an unknown one") == true)
    }

    @Test func `the saved copy is neither the operator's Secret nor the new database's`() {
        let generated = fixture(operator: "1.9", "  cutover: {savedSecret: backstage-psql-secret-portal}\n").errors
        #expect(
            generated.first?.hasPrefix(
                "rehome.yaml:21:26: error: spec.cutover.savedSecret is 'backstage-psql-secret-portal'")
                == true)
        let credentials = fixture(operator: "1.9", "  cutover: {savedSecret: portal-credentials}\n").errors
        #expect(
            credentials == [
                "rehome.yaml:21:26: error: spec.cutover.savedSecret is 'portal-credentials', the new database's Secret\n"
                    + "  It must be a copy of 'backstage-psql-secret-portal', the old one's."
            ])
    }

    @Test func `there is no way back without a gate`() {
        let errors = fixture(operator: "1.10", "  phase: rollback\n  cutover: {gate: none}\n").errors
        #expect(
            errors.first?.hasPrefix("rehome.yaml:22:19: error: spec.cutover.gate is none and phase is rollback\n")
                == true)
    }

    @Test(arguments: [
        "2026-02-30T22:00:00Z", "2026-11-28T22:00:00", "2026-11-28 22:00:00Z", "28.11.2026", "2026-11-28T25:00:00Z",
        "tomorrow",
    ])
    func `a window without its offset, or at a time that there is not, is refused where it stands`(text: String) {
        let fixture = Fixture().replacing(
            "image: registry.example.com/rehome-job:1",
            with: "image: registry.example.com/rehome-job:1\n    notBefore: '\(text)'")
        #expect(
            fixture.errors == [
                "rehome.yaml:20:16: error: spec.migration.notBefore: found '\(text)', "
                    + "expected an instant with its offset, such as 2026-11-21T22:00:00+01:00"
            ])
    }

    @Test(arguments: ["2026-11-28T22:00:00+01:00", "2028-02-29T00:00:00Z", "2026-11-28T22:00:00.5-03:30"])
    func `a window may be written without quotes`(text: String) throws {
        let fixture = Fixture().replacing(
            "image: registry.example.com/rehome-job:1",
            with: "image: registry.example.com/rehome-job:1\n    notBefore: \(text)")
        #expect(fixture.errors == [])
        #expect(try fixture.load().migration.copy.notBefore == text)
    }

    @Test func `an attempt is a number that fits a Job's name`() {
        let fixture = Fixture().replacing(
            "image: registry.example.com/rehome-job:1",
            with: "image: registry.example.com/rehome-job:1\n    attempt: 1000")
        #expect(
            fixture.errors == [
                "rehome.yaml:20:14: error: spec.migration.attempt: found '1000', expected a whole number from 1 to 999"
            ])
    }
}
