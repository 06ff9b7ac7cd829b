import MigrationSpec

/// What is left at the end, and when it may go.
struct CleanUpChapter: RunbookChapter {
    private let facts: RunbookFacts

    init(_ facts: RunbookFacts) { self.facts = facts }

    var text: String {
        guard let backstage = facts.migration.backstage, facts.migration.source.address == nil else { return "" }
        let claim = "data-\(backstage.localDatabaseName)-0"
        return """
            ## After

            The volume claim `\(claim)` holds the data as it was before the cut-over. Delete it when nobody will want to go \
            back:

            ```sh
            \(facts.kubectl) delete pvc \(claim)
            ```

            """
    }
}
