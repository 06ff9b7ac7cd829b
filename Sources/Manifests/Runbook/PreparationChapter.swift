import MigrationSpec

/// What a person does before anything is applied.
struct PreparationChapter: RunbookChapter {
    private let facts: RunbookFacts
    private var migration: Migration { facts.migration }

    init(_ facts: RunbookFacts) { self.facts = facts }

    var text: String {
        let parts = [target, source, credentials, savedSecret, door].filter { !$0.isEmpty }
        guard facts.phase != .done, !parts.isEmpty else { return "" }
        return "## Before\n\n" + parts.joined(separator: "\n")
    }

    private var target: String {
        facts.phase == .rollback ? "" : Markdown.list(TargetNotes(migration: migration).preparation)
    }

    // MARK: The old database's Secret

    private var source: String {
        guard facts.local == nil else { return "" }
        let source = migration.source
        if facts.phase == .rollback {
            let role = migration.helm?.localRole.map {
                ", and in `\($0.passwordKey)` that of `\($0.name)`, as whom Backstage logs in there and to whom all that is "
                    + "copied back will belong"
            }
            return
                "The Secret `\(source.secretName)` must exist in `\(migration.namespace)` with the password of `\(source.user ?? "")` at "
                + "\(facts.source) in its key `\(source.passwordKey)`\(role ?? "").\n"
        }
        let keys =
            source.user.map { "the password of `\($0)` in its key `\(source.passwordKey)`, a role at" }
            ?? "the keys `\(source.userKey)` and `\(source.passwordKey)`, for a role at"
        return
            "The Secret `\(source.secretName)` must exist in `\(migration.namespace)` with \(keys) \(facts.source) that may read all of the databases\(migration.copy.fence ? " and alter them" : "").\n"
    }

    private var savedSecret: String {
        guard let local = facts.local else { return "" }
        if let own = local.ownSecret {
            return
                "The CR names a Secret of yours for the local database, `\(own)`. The operator never deletes it; keep it "
                + "for the way back.\n"
        }
        if facts.phase == .rollback {
            guard migration.savedSecret != nil else {
                return
                    "The operator's Secret `\(local.operatorSecret)` must be there, with the password that the local "
                    + "database's volume was made with.\n"
            }
            return """
                The saved Secret `\(local.savedSecret)` must be there. The CR names it in `spec.database.authSecretName`: an \
                operator makes a new Secret only where none is named, and a new password would not open the old volume. \
                (Putting the operator's own Secret back would be a race: an operator up to 1.9 deletes it at every \
                reconcile until the CR has changed.)

                \(Markdown.shell("\(facts.kubectl) get secret \(local.savedSecret)"))

                """
        }
        return """
            Save the operator's database Secret under another name, \(facts.phase == .prepare ? "now" : "before stage 2"). It \
            holds the only password that opens the old volume, and \(fate). The copy has no owner, so nothing takes it \
            away:

            \(Markdown.shell(facts.commands.save(local)))

            To keep the copy in git as well, sealed or encrypted; no plain text touches the disk:

            \(Markdown.shell(
                "\(facts.commands.printSaved(local)) | kubeseal --format yaml > \(local.savedSecret).sealed.yaml",
                "\(facts.commands.printSaved(local)) | sops --encrypt --encrypted-regex '^(data|stringData)$' --input-type yaml --output-type yaml /dev/stdin > \(local.savedSecret).sops.yaml"))

            \(migration.savedSecret == nil ? "Then name the copy in the config: `spec.cutover.savedSecret: \(local.savedSecret)`.\n" : "")
            """
    }

    private var fate: String {
        switch migration.operatorVersion?.deletesLocalDatabase {
        case true?: "the operator (\(migration.operatorVersion?.rawValue ?? "")) deletes it with the local database"
        case false?: "it goes with the Backstage CR, or with whoever cleans up"
        case nil: "an operator up to 1.9 deletes it with the local database"
        }
    }

    private var door: String {
        guard migration.hasDoor else { return "" }
        return
            "Backstage's own pod must be able to pull `\(migration.copy.image)`, with the pull secrets of its service account: its last "
            + "init container is of that image.\n"
    }

    // MARK: The new database's Secrets

    private var credentials: String {
        guard facts.phase != .rollback else { return "" }
        return CredentialsText(facts: facts).paragraphs.joined(separator: "\n")
    }
}
