import JobContract
import MigrationSpec

/// What a stage's Job does, and what a person does with its log.
struct JobNotes {
    let facts: RunbookFacts
    let stage: Stage
    private var migration: Migration { facts.migration }

    var text: String { [log, door, window, word, receipt].filter { !$0.isEmpty }.joined(separator: "\n\n") }

    private var log: String {
        let log = "What it does, and why it ended: \(Markdown.code(facts.commands.followLogs)). "
        if stage == .rehearsal {
            return log + "Backstage goes on as ever: there is no fence, and nothing is published."
        }
        return log
            + (migration.copy.fence
                ? live + "From the fence to the cut-over, Backstage can read but not write."
                : "There is no fence: stop Backstage before, or the Job ends without publishing.")
    }

    private var live: String {
        facts.isLive
            ? "The copy is made while Backstage works on, and keeps up with it; the fence stands for the last changes alone. "
            : ""
    }

    private var word: String {
        guard migration.waitsForCommand else { return "" }
        return """
            Then it waits for your word. `tools/status.yaml` says that it keeps up, how far behind the last round was and how long \
            the fence would stand now. When it suits you, and not before `tools/status.yaml` says so:

            \(Markdown.shell(facts.commands.run(.cutoverNow)))

            The fence falls as soon as the next round is through\(migration.copy.notBefore.map { ", and not before \($0)" } ?? ""), \
            everything is published, and the Job ends. A word that is given \
            early is kept, and one that is given holds for every further try. It waits for \
            \(migration.jobDeadlineSeconds / 3600) h at most, the copy included; then Kubernetes ends it with nothing published.
            """
    }

    private var door: String {
        guard migration.hasDoor, let door = migration.door else { return "" }
        let minutes = (door.patienceSeconds + 59) / 60
        return
            "Go on with stage \(facts.crStage?.number ?? 3) at once: the fence waits for \(door.pods == 1 ? "a new pod" : "\(door.pods) new pods") "
            + "at the door, and falls without \(door.pods == 1 ? "it" : "them") \(minutes) min after everything else is ready. The Job ends after that."
    }

    private var window: String {
        guard stage.command == .migrate, let notBefore = migration.copy.notBefore else { return "" }
        let hours = migration.copy.longestWaitSeconds / 3600
        let wait =
            migration.copy.precopy
            ? "The fence falls at \(notBefore). The copy begins early enough before it, and keeps up; the Job"
            : "It waits until \(notBefore), with no fence and nothing copied, and"
        return "\(wait) may be committed up to \(hours) h before: "
            + "Kubernetes counts the Job's deadline from its creation, and ends one that is older."
    }

    private var receipt: String {
        guard stage.command == .migrate, migration.gate == .manual, !migration.hasDoor else { return "" }
        let place =
            migration.copy.logFormat == .text
            ? "The log ends with the receipt: a ConfigMap in one line of JSON, between two lines that begin with "
                + "`REHOME-RECEIPT-` and name it. Nothing else that the Job prints begins so."
            : "The log ends with the receipt: an event `receipt`, whose `manifest` is a ConfigMap."
        return """
            \(place) Cut it out:

            \(Markdown.shell(facts.commands.cutOutReceipt))

            Look at what it says, then commit it beside your other manifests, outside this folder, or apply it:

            \(Markdown.shell(apply.joined()))
            \(waking)
            CI may do the same; it needs `get` and `list` on pods, `get` on pods/log, `create` and `patch` on configmaps, and \
            nothing in this namespace holds a token for it.
            """
    }

    private var apply: [ShellLine] {
        let apply: ShellLine = "test -s \(Commands.receiptFile) && kubectl apply -f \(Commands.receiptFile)"
        return facts.hasOperator ? [apply, facts.commands.wakeOperator] : [apply]
    }

    private var waking: String {
        facts.hasOperator
            ? "\nThe last command wakes the operator, which would else come back by itself within 17 minutes.\n" : ""
    }
}
