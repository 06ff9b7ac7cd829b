import DatabaseMigration

/// The check after the cut-over, for people.
public enum AfterText {
    public static func lines(_ report: AfterReport) -> [String] {
        report.checks.map { check in
            let mark =
                switch check.verdict {
                case .ok: "ok"
                case .notYet: "not yet"
                case .personMustAct: "ACT"
                }
            return "\(check.name): \(mark): \(check.message)" + (check.advice.map { ". \($0)" } ?? "")
        }
    }
}
