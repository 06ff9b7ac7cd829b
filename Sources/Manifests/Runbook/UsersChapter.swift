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
        if facts.isLive {
            rows.append(["now", beginning, "nothing: the databases are copied while Backstage works on"])
        } else if let notBefore = migration.copy.notBefore {
            rows.append(["now", notBefore, "nothing: the Job waits"])
        }
        rows.append(
            migration.copy.fence
                ? [
                    facts.isLive ? "the fence" : "the fence, when the copy begins",
                    migration.hasDoor
                        ? "the new pods have started, which wait at their door" : "the roll-out of \(next)",
                    "pages and searches work; whatever writes fails: running a template, registering a component, "
                        + "saving settings, catalog refreshes. Connections are cut once, so a page may fail once",
                ] : ["you stop Backstage", "the roll-out of \(next)", "Backstage is away"])
        let rollOut =
            "new pods on \(server), one by one; sessions and signing keys have moved along, so nobody signs in anew"
        rows.append(["the roll-out", "its end", oldPods.map { "\(rollOut). \($0)" } ?? rollOut])
        return rows
    }

    /// When the fence falls, for the users.
    private var beginning: String {
        let copy = migration.copy
        guard copy.fence else { return "you stop Backstage" }
        let instant = copy.notBefore.map { "\($0)" }
        let word = copy.cutover == .onCommand ? "somebody runs `tools/cutover-now.yaml`" : nil
        let times = [instant, word].compactMap(\.self)
        return times.isEmpty ? "the copy keeps up with Backstage" : times.joined(separator: ", and then ")
    }

    /// An operator up to 1.9 deletes the local database before the first new pod is ready.
    private var oldPods: String? {
        guard facts.phase == .migrate, facts.local != nil, migration.retiresLocalDatabase,
            migration.operatorVersion?.deletesLocalDatabase ?? true
        else { return nil }
        return "Old pods serve without a database until then: expect errors for the minute or more that a new pod takes"
    }

    /// A hint at the door. There is none on the way back, nor with Helm.
    private var hint: String {
        facts.phase == .migrate && migration.helm == nil ? " (`cutover.door` makes the pods ready before)" : ""
    }

    private var length: String {
        if facts.isLive { return liveLength }
        if let expected = migration.copy.expectedDuration {
            return "By the rehearsal, the copy takes about **\(expected)**; add some minutes for the roll-out."
        }
        return
            "How long the copy takes is in the last lines of the rehearsal's log (`phase: prepare`); add some minutes for "
            + "the roll-out. Set `migration.expectedDuration` to have it said here."
    }

    /// How long a live move takes. The length of the copy itself matters only to those who wait for it.
    private var liveLength: String {
        let copying =
            migration.copy.expectedDuration.map { " By the rehearsal, the copy before it takes about **\($0)**." } ?? ""
        guard migration.copy.fence else {
            return
                "Stop Backstage when the log says that the copy keeps up: what is left takes about a second.\(copying)"
        }
        let limit = migration.copy.maxFenceSeconds ?? 60
        let bound =
            limit == 0
            ? ""
            : " If it cannot publish within \(limit) s, the fence is lifted with nothing published, and it is tried again later."
        let rollOut =
            migration.hasDoor
            ? "the new pods, ready but for Backstage's own start, go on at once"
            : "the roll-out follows: what a new pod takes to start, a minute or more\(hint)"
        return
            "From the fence to the publication it is about **a second**, whatever the size of the databases; then \(rollOut).\(bound)"
            + copying
    }
}
