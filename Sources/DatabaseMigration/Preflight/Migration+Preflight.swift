import JobContract
import PostgresClient

/// What a look at both servers has shown. Nothing was changed.
public struct PreflightReport: Sendable, Codable {
    public var source: String
    public var target: String
    public var databases: [String]
    public var tables: Int
    /// The number of rows by the source's statistics.
    public var rows: Int
    /// The size on disk, indexes included.
    public var bytes: Int
    /// About how long the copy will take, in seconds.
    public var estimatedSeconds: Double
    public var findings: [Finding]

    public var hasErrors: Bool { findings.contains { $0.severity == .error } }
}

extension Migration {
    /// Looks at everything that could stand in the way and changes nothing.
    ///
    /// - Throws: ``MigrationFailure`` when a server cannot be reached or nothing is selected.
    public func preflight() async throws(MigrationFailure) -> PreflightReport {
        let telling = tellActivity()
        defer { activity.end(telling) }
        do {
            let target = try openTarget()
            try requireSource()
            let source = try openSource()
            activity.begin("looking for what stands in the way")
            let facts = try ServerFacts(reading: target)
            let survey = try await survey(source: source, target: target, targetFacts: facts)
            var preflight = Preflight(settings: settings, survey: survey)
            if case .complete(let stamp) = try PublishedState(target: facts, settings: settings) {
                preflight.publishedBy = stamp.attempt
            }
            let result = try await preflight.run(
                sourceConnection: source, targetConnection: target)
            let bytes = survey.databases.reduce(0) { $0 + $1.bytes }
            return PreflightReport(
                source: "\(survey.source.place), PostgreSQL \(survey.source.versionText)",
                target: "\(survey.target.place), PostgreSQL \(survey.target.versionText)",
                databases: survey.databases.map(\.name.description), tables: result.tables, rows: result.rows,
                bytes: bytes,
                estimatedSeconds: Double(survey.databases.count) * Self.secondsPerDatabase + Double(bytes)
                    / Self.bytesPerSecond,
                findings: result.findings)
        } catch {
            throw MigrationFailure(error, hadContact: false)
        }
    }

    /// Two cores moved databases at some 60 MB of disk per second; the operator's database has a quarter of one.
    private static let bytesPerSecond = 15_000_000.0
    private static let secondsPerDatabase = 0.5
}
