import JobContract
import MigrationSpec

/// What happens by itself after a failure, and what a person has to do.
struct RetryChapter: RunbookChapter {
    private let facts: RunbookFacts
    private var migration: Migration { facts.migration }

    init(_ facts: RunbookFacts) { self.facts = facts }

    var text: String {
        guard facts.jobStage != nil else { return "" }
        let never = ExitStatus.neverRetry.map { String($0.rawValue) }.joined(separator: ", ")
        return """
            ## Try again

            A pod that fails for a cause that may pass (exit code \(ExitStatus.retry.rawValue), or an eviction) is followed \
            by another, up to \(migration.copy.retries) times. After \(never), and after the deadline, the Job has failed \
            for good, and no engine runs it again. Its last words say what to do; then

            ```yaml
            spec:
              migration:
                attempt: \(migration.copy.attempt + 1)
            ```

            renders a Job of another name, with the same receipt. It takes up what is proven, so nothing is copied twice \
            without need. The failed Job may go: \(Markdown.code("\(facts.kubectl) delete job \(facts.jobName)" as ShellLine)).

            """
    }
}
