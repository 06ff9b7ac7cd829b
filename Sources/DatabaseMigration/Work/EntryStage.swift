import PostgresClient

/// When an entry of the section post-data is made.
enum EntryStage: Sendable {
    /// As soon as the rows are there: it neither fires nor hides anything while more rows are brought over.
    case beforeRounds
    /// After the last round.
    case afterRounds
    /// After everything else.
    case last
}

extension EntryStage {
    /// - Parameters:
    ///   - rights: who may make what.
    ///   - isReplica: whether rows are brought over without firing what is made for the origin of changes.
    init(of entry: SchemaScript.Entry, rights: SchemaRights, isReplica: Bool) {
        if entry.kind.isEventTriggers || entry.kind == .rowSecurity || rights.maker(of: entry) == .administrator {
            self = .last
        } else if entry.kind == .trigger || entry.kind == .rule {
            self = isReplica && !entry.firesAlways ? .beforeRounds : .afterRounds
        } else {
            self = entry.isForeignKey && !isReplica ? .afterRounds : .beforeRounds
        }
    }
}

extension SchemaScript.Entry {
    /// Whether it adds a foreign key.
    var isForeignKey: Bool {
        guard kind == .tableConstraint, let first = statements.first else { return false }
        // ALTER TABLE [ONLY] schema.name ADD CONSTRAINT name FOREIGN KEY …
        return first.lexemes(first: 14).contains(.word("FOREIGN"))
    }

    /// Whether a trigger or rule fires for a replica's changes too (`ENABLE ALWAYS`, `ENABLE REPLICA`).
    var firesAlways: Bool {
        statements.contains { statement in
            let lexemes = statement.lexemes(first: 12)
            return lexemes.begins(with: "ALTER", "TABLE") && lexemes.contains(.word("ENABLE"))
                && (lexemes.contains(.word("ALWAYS")) || lexemes.contains(.word("REPLICA")))
        }
    }
}
