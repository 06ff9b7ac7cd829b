import JobContract
import MigrationSpec

/// What the users of Backstage notice, and for how long.
struct UsersChapter: RunbookChapter {
    private let facts: RunbookFacts
    private var migration: Migration { facts.migration }

    init(_ facts: RunbookFacts) { self.facts = facts }

    var text: String {
        guard facts.jobStage?.command == .migrate else { return "" }
        return """
            ## What users see

            \(Markdown.table(["from", "until", "what"], rows))
            \(length)

            """
    }

    private var rows: [[String]] {
        let server = facts.phase == .rollback ? "the local database" : facts.target
        let next = facts.title(facts.phase == .rollback ? .cutoverBack : facts.crStage)
        var rows: [[String]] = []
        if let notBefore = migration.copy.notBefore { rows.append(["now", notBefore, "nothing: the Job waits"]) }
        rows.append(
            migration.copy.fence
                ? [
                    "the fence, when the copy begins", "the roll-out of \(next)",
                    "pages and searches work; whatever writes fails: running a template, registering a component, "
                        + "saving settings, catalog refreshes. Connections are cut once, so a page may fail once",
                ] : ["you stop Backstage", "the roll-out of \(next)", "Backstage is away"])
        let rollOut = "new pods on \(server), one by one; sessions and signing keys have moved along, so nobody signs in anew"
        rows.append(["the roll-out", "its end", oldPods.map { "\(rollOut). \($0)" } ?? rollOut])
        return rows
    }

    /// An operator up to 1.9 deletes the local database before the first new pod is there.
    private var oldPods: String? {
        guard facts.phase == .migrate, facts.local != nil, migration.retiresLocalDatabase,
            migration.operatorVersion?.deletesLocalDatabase ?? true
        else { return nil }
        return "Old pods serve without a database until then: expect errors for the minute or more that a new pod takes"
    }

    private var length: String {
        if let expected = migration.copy.expectedDuration {
            return "By the rehearsal, the copy takes about **\(expected)**; add some minutes for the roll-out."
        }
        return "How long the copy takes is in the last lines of the rehearsal's log (`phase: prepare`); add some minutes for "
            + "the roll-out. Set `migration.expectedDuration` to have it said here."
    }
}
