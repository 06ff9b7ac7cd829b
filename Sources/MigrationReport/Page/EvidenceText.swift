import DatabaseMigration
import JobContract
import Presentation

/// A report in short, for a terminal.
public enum EvidenceText {
    public static func lines(_ evidence: MigrationEvidence) -> [String] {
        let isRehearsal = evidence.kind == .rehearsal
        var table = [["database", "tables", "rows", "data", "compared"]]
        for database in evidence.databases {
            table.append([
                database.name, Units.count(database.tableCount), Units.count(database.rows),
                Units.bytes(database.bytes),
                database.isEqual ? "equal" : changes(of: database),
            ])
        }
        let totals = evidence.totals
        table.append([
            "in all", Units.count(totals.tables), Units.count(totals.rows), Units.bytes(totals.bytes), "",
        ])
        var lines = [
            "\(isRehearsal ? "rehearsed" : "published") at \(evidence.finishedAt), run \(evidence.attempt), fingerprint \(evidence.fingerprint)",
            TextTable.text(table, textColumns: [0, 4]),
        ]
        if let fence = evidence.fence {
            let length = fence.refusedSeconds.map { " for \(Units.seconds($0))" } ?? ""
            lines.append("writes were refused\(length), from \(fence.raisedAt) until everything was published")
        }
        if let forecast = evidence.forecast {
            lines.append(
                "the fence is expected to stand for about \(Units.seconds(forecast.fenceSeconds)) in the real run")
        }
        let leftOut = evidence.databases.reduce(0) { $0 + $1.leftOut.count }
        if leftOut > 0 { lines.append("\(leftOut) objects were left out; '--output html' or json names them") }
        if !evidence.missing.isEmpty { lines.append("not there any more: \(evidence.missing.joined(separator: ", "))") }
        lines.append("next: \(evidence.next)")
        // Stamps are comments, which a database's owner can change.
        return lines.map { line in
            line.split(separator: "\n", omittingEmptySubsequences: false).map { VisibleText.of($0) }
                .joined(separator: "\n")
        }
    }

    private static func changes(of database: MigrationEvidence.Database) -> String {
        let accepted = database.tables.compactMap { table in table.change.map { "\(table.name): \($0)" } }
        return (database.changes.isEmpty ? accepted : database.changes).joined(separator: ", ")
    }
}
