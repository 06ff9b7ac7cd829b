import Foundation
import TestSupport

/// What `rehome-job preflight --output json` says, as far as tests ask for it.
struct PreflightReport: Decodable {
    struct Finding: Decodable {
        var severity: String
        var message: String
        var advice: String?
    }

    var findings: [Finding]

    /// Runs the preflight of a job. A run that ends before it could look finds nothing.
    static func run(_ job: Job) async throws -> (findings: [Finding], result: Job.Result) {
        var job = job
        job.arguments = ["preflight", "--output", "json"]
        let result = try await job.run()
        let report = try? JSONDecoder().decode(Self.self, from: Data(result.written.utf8))
        return (report?.findings ?? [], result)
    }
}
