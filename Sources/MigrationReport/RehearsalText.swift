import Presentation

/// A rehearsal's report for people.
public enum RehearsalText {
    public static func lines(_ report: RehearsalReport) -> [String] {
        func cells(_ parts: RehearsalReport.Parts) -> [String] {
            [parts.schema, parts.copy, parts.index, parts.verify, parts.finish].map(Units.seconds)
        }
        var table = [["database", "rows", "data", "schema", "copy", "index", "verify", "finish", "in all"]]
        for database in report.databases {
            table.append(
                [database.name, Units.count(database.rows), Units.bytes(database.bytes)] + cells(database.parts)
                    + [Units.seconds(database.seconds)])
        }
        table.append(
            [
                "work in all", Units.count(report.databases.reduce(0) { $0 + $1.rows }),
                Units.bytes(report.databases.reduce(0) { $0 + $1.bytes }),
            ] + cells(report.total) + [Units.seconds(report.seconds)])
        var lines = [TextTable.text(table, textColumns: [0])]
        lines.append("Several workers are busy at once, so the parts add up to more than the time that passed.")
        if report.tablesFromBefore > 0 {
            lines.append(
                "\(report.tablesFromBefore) tables were there from an earlier attempt and only compared; a copy of them takes longer."
            )
        }
        lines.append(
            "The fence will stand for about \(Units.seconds(report.fenceSeconds)) in the real run"
                + (report.precopy
                    ? ": for the last round and the publication."
                    : ", if all is copied anew. What has not been written to until then is only compared."))
        return lines
    }
}
