import DatabaseMigration
import JobContract
import PostgresClient

/// A verification's report for people.
public enum VerificationText {
    /// What was found in each database.
    public static func lines(_ report: VerificationReport) -> [String] { report.databases.flatMap(lines) }

    private static func lines(_ database: VerifiedDatabase) -> [String] {
        let size = "\(database.tables) tables, \(Units.count(database.rows)) rows, \(Units.bytes(database.bytes))"
        let state =
            switch (database.isWrittenTo, database.differences.isEmpty) {
            case (true, _): "written to at the target since it was published"
            case (false, false): "differs"
            case (false, true): database.isPartial ? "equal, as far as it can be read" : "equal"
            }
        return ["\(database.name): \(state); \(size)"]
            + database.differences.flatMap {
                ["  \($0.subject.rawValue) \($0.name): \($0.message)"] + $0.rows.map { "    \(line($0))" }
            }
            + database.leftOut.map { "  left out, changed on purpose: \($0)" }
            + database.notMoved.map { "  left out by the move: \($0)" }
            + database.notes.map { "  note: \($0)" }
    }

    private static func line(_ row: DifferingRow) -> String {
        let place =
            switch row.place {
            case .onlySource: "only at the source"
            case .onlyTarget: "only at the target"
            case .both: "differs"
            }
        guard !row.key.isEmpty else { return "a row of a table without a key: \(place)" }
        return row.key.map { "\($0.column)=\(quoted($0.value))" }.joined(separator: ", ") + ": " + place
    }

    /// A value of a key, in quotes if it could be taken for something else: it may hold anything.
    private static func quoted(_ value: ByteText) -> String {
        let isPlain =
            !value.isEmpty
            && value.bytes.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "'") && $0 != UInt8(ascii: ",") }
        guard !isPlain else { return value.description }
        return "'\(ByteText(bytes: value.bytes.flatMap { $0 == UInt8(ascii: "'") ? [$0, $0] : [$0] }))'"
    }

    /// What may be the case besides, if a database that differs could not be read as a whole.
    private static func partly(_ report: VerificationReport) -> String {
        let partial = report.databases.filter { $0.isPartial && !$0.differences.isEmpty }.map(\.name.description)
        return partial.isEmpty
            ? "" : ", or what cannot be read there of \(partial.joined(separator: ", ")) was written to"
    }

    /// What that means, for all databases together.
    public static func verdict(_ report: VerificationReport) -> String {
        let written = report.databases.filter(\.isWrittenTo).map(\.name.description)
        let differing = report.databases.filter { !$0.differences.isEmpty }.map(\.name.description)
        switch report.status {
        case .personMustAct:
            return
                "cannot be verified: \(written.joined(separator: ", ")) hold something else than was published at \(report.publishedAt). "
                + "Somebody has written to them since, as Backstage does; compare with the source no more"
        // No stamp has a hash of extensions' settings, so either side may have changed.
        case .mismatch
        where report.databases.allSatisfy { $0.differences.allSatisfy { $0.subject == .extensionSettings } }:
            return
                "settings of extensions in \(differing.joined(separator: ", ")) differ: somebody has changed them since \(report.publishedAt), at the source or at the target. "
                + "Everything else is equal"
        case .mismatch:
            return
                "\(differing.joined(separator: ", ")) differ: the target holds what was published at \(report.publishedAt), so the source has changed since\(partly(report)). "
                + "See who writes there in spite of the fence; what was written is not at the target"
        default:
            let isChanged = report.databases.contains { !$0.leftOut.isEmpty }
            let partial = report.databases.filter(\.isPartial).map(\.name.description)
            return
                "\(report.databases.count) databases are equal to the source's\(isChanged ? ", but for what was changed on purpose," : ",") and as they were published at \(report.publishedAt)"
                + (partial.isEmpty
                    ? "" : "; of \(partial.joined(separator: ", ")) not all can be read: see what is not compared")
        }
    }
}
