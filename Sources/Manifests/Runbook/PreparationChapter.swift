import MigrationSpec

/// What a person does before anything is applied.
struct PreparationChapter: RunbookChapter {
    private let facts: RunbookFacts
    private var migration: Migration { facts.migration }

    init(_ facts: RunbookFacts) { self.facts = facts }

    var text: String {
        """
        ## Before

        Keep a copy of the source's credentials; without them the old volume cannot be opened again:

        ```sh
        \(facts.kubectl) get secret \(migration.source.secretName) -o yaml > source-credentials.yaml  # not for git
        ```
        \(expectedSecret)
        """
    }

    private var expectedSecret: String {
        guard case .existing = migration.credentials.source else { return "" }
        var keys = [
            "`POSTGRES_HOST`: `\(migration.target.host)`", "`POSTGRES_PORT`: `\(migration.target.port)`", userKey,
            "`POSTGRES_PASSWORD`", "`PGSSLMODE`: `\(migration.target.trust == nil ? "disable" : "require")`",
        ]
        if let path = migration.certificatePath { keys.append("`NODE_EXTRA_CA_CERTS`: `\(path)`") }
        return """

            The Secret `\(migration.credentials.secretName)` must exist in `\(migration.namespace)` with these keys:

            \(keys.map { "- \($0)" }.joined(separator: "\n"))

            """
    }

    /// The images of the sclorg family set up this role and no other that may create databases.
    private var userKey: String {
        if case .statefulSet = migration.target.kind { return "`POSTGRES_USER`: `postgres`" }
        return "`POSTGRES_USER`: a role that may create databases"
    }
}
