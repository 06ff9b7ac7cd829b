import DatabaseMigration
import JobContract

/// A preflight's report for people.
public enum PreflightText {
    public static func lines(_ report: PreflightReport) -> [String] {
        var lines = [
            "source: \(report.source)", "target: \(report.target)",
            "\(report.databases.count) databases, \(Units.count(report.tables)) tables, about \(Units.count(report.rows)) rows, \(Units.bytes(report.bytes)) on disk;"
                + " about \(Units.seconds(report.estimatedSeconds)) at the pace of a small server",
        ]
        lines += report.findings.map { finding in
            "\(finding.severity.rawValue): \(finding.message)" + (finding.advice.map { ". \($0)" } ?? "")
        }
        lines.append(report.findings.isEmpty ? "nothing stands in the way" : "what these mean: \(DocsPage.preflight)")
        return lines
    }
}
