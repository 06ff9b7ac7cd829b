import MigrationSpec

/// What to commit after this phase.
struct NextPhaseChapter: RunbookChapter {
    private let facts: RunbookFacts

    init(_ facts: RunbookFacts) { self.facts = facts }

    var text: String {
        switch facts.phase {
        case .prepare:
            """
            ## Then

            1. The rehearsal's log ends with how long each part took: set `migration.expectedDuration`, and `deadline` well above it.
            2. Choose the moment: `migration.notBefore`, or `migration.cutover: onCommand`.
            3. Set `phase: migrate`, render, commit. The rehearsal's Job may go: \(Markdown.code("\(facts.kubectl) delete job \(facts.jobName)" as ShellLine)).

            """
        case .migrate:
            """
            ## Then

            1. `kubectl create -f tools/after.yaml` must end well.
            2. \(wait)
            3. Set `phase: done`, render, commit. Its runbook lists what to delete; delete nothing before.

            """
        case .done: ""
        case .rollback where facts.migration.rollbackStep == .copyBack:
            """
            ## Then

            As soon as the Job is Complete, set `rollback.step: cutoverBack`, render, commit: from the fence until that is rolled out, Backstage can read but not write.

            """
        case .rollback:
            """
            ## Then

            `kubectl create -f tools/after.yaml` must end well. \(facts.target) stays as it is, fenced; delete it when nobody \
            will want it. The \(facts.hasOperator ? "CR goes" : "values go") on naming the receipt\(namedSecret): keep \
            what it names. The next move needs `migration.generation` raised, since the receipts of this one are still there.

            """
        }
    }

    /// The Secret that opens the database to which Backstage has returned.
    private var namedSecret: String {
        let name = facts.migration.helm.map { _ in facts.migration.source.secretName } ?? facts.migration.savedSecret
        return name.map { " and the Secret `\($0)`" } ?? ""
    }

    private var wait: String {
        guard let local = facts.local else {
            let hasNoVolume = facts.chartsDatabase.map { $0.lackOfPersistence != nil } ?? false
            let data = hasNoVolume ? "; its data lasts no longer than its pod" : ""
            return "Let some days pass, with \(facts.source) as it is\(data)."
        }
        return facts.migration.localDatabase == .keep
            ? "Let some days pass: the local database stands by, fenced, and going back is cheap."
            : "Let some days pass, with the volume claim `\(local.claim)` in place."
    }
}
