import PostgresClient

/// When an entry of the section post-data is made.
enum EntryStage: Sendable {
    /// As soon as the rows are there. Such an entry neither fires a trigger nor hides rows while more rows are brought
    /// over.
    case beforeRounds
    /// After the last round.
    case afterRounds
    /// After everything else.
    case last
    /// After the schemas are compared. Such an entry sets the rights of the owner, and until then the Job works as the
    /// owner and needs them.
    case afterComparison
}

extension EntryStage {
    /// - Parameters:
    ///   - rights: who may make what.
    ///   - isReplica: whether sessions that bring rows over work as a replica, so that ordinary triggers do not fire.
    init(of entry: SchemaScript.Entry, rights: SchemaRights, isReplica: Bool) {
        if rights.maker(of: entry) == .owner, entry.setsOwnersRights(rights) {
            self = .afterComparison
        } else if entry.kind.isEventTriggers || entry.kind == .rowSecurity || rights.maker(of: entry) == .administrator
        {
            self = .last
        } else if entry.kind == .trigger || entry.kind == .rule {
            // An entry that only enables or disables a trigger may be about one that is made late.
            self = isReplica && !entry.firesAlways && !entry.onlySetsState ? .beforeRounds : .afterRounds
        } else if entry.isForeignKey {
            self = isReplica ? .beforeRounds : .afterRounds
        } else {
            // Every row that is added later is checked by a NOT VALID constraint too, and rounds may add rows that
            // break it.
            self = entry.isNotValid ? .afterRounds : .beforeRounds
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

    /// Whether it adds a constraint that rows which are there already may break (`NOT VALID`).
    var isNotValid: Bool {
        guard kind == .tableConstraint || kind == .domainConstraint, let first = statements.first else { return false }
        return first.lexemes().suffix(2).begins(with: "NOT", "VALID")
    }

    /// Whether it takes rights from the owner, which needs them while it loads. A grant on columns counts too: it has
    /// to come after a REVOKE on the table, which would take it away. A superuser needs no rights, so nothing counts
    /// then.
    ///
    /// Other grants to the owner change nothing at the target, where everything belongs to it. Taking them back would
    /// take what it has as the owner.
    func setsOwnersRights(_ rights: SchemaRights) -> Bool {
        // On what the owner does not own, the server only warns, and the comparison of the schemas notices that.
        guard kind == .privileges, !rights.ownerIsSuperuser, !closesExtension else { return false }
        return statements.contains { statement in
            guard let privilege = Privilege(statement), privilege.isRevocation || privilege.isOfColumns,
                privilege.object?.isSystems != true
            else { return false }
            // The owner of a database is a member of pg_database_owner.
            return privilege.role == rights.owner || privilege.role == "pg_database_owner"
        }
    }

    /// The statements that take back what the entry has made or taken away, so that more rows can be brought over;
    /// `nil` if there are none.
    var undoing: [SQL]? {
        switch kind {
        case .tableConstraint, .domainConstraint:
            return statements.first?.addedConstraint.map {
                ["ALTER \($0.kind) \($0.owner) DROP CONSTRAINT IF EXISTS \($0.name)"]
            }
        // The owner cannot take back what an administrator has closed.
        case .privileges where !closesExtension:
            let undone = statements.reversed().compactMap { Privilege($0)?.undoing?.sql }
            return undone.count == statements.count ? undone : nil
        default: return nil
        }
    }

    /// Whether it makes nothing, and only enables or disables a trigger or rule that another entry makes.
    fileprivate var onlySetsState: Bool {
        statements.first?.altersTable ?? false
    }

    /// Whether a trigger or rule fires for a replica's changes too (`ENABLE ALWAYS`, `ENABLE REPLICA`).
    var firesAlways: Bool {
        statements.contains { statement in
            let lexemes = statement.lexemes(first: 12)
            return statement.altersTable && lexemes.contains(.word("ENABLE"))
                && (lexemes.contains(.word("ALWAYS")) || lexemes.contains(.word("REPLICA")))
        }
    }
}

extension SchemaScript {
    /// The entries that set the owner's own rights, which are made after the schemas are compared, or all others.
    ///
    /// - Parameter wanted: whether the entries that set them are wanted.
    func settingOwnersRights(_ rights: SchemaRights, _ wanted: Bool) -> SchemaScript {
        SchemaScript(entries: entries.filter { $0.setsOwnersRights(rights) == wanted })
    }
}

extension DumpedStatement {
    fileprivate var altersTable: Bool {
        let lexemes = lexemes(first: 3)
        return lexemes.begins(with: "ALTER", "TABLE") || lexemes.begins(with: "ALTER", "FOREIGN", "TABLE")
    }

    /// `ALTER TABLE [ONLY] owner ADD CONSTRAINT name …`, `ALTER DOMAIN owner ADD CONSTRAINT name …`.
    var addedConstraint: (kind: SQL, owner: RelationName, name: Identifier)? {
        let lexemes = lexemes(first: 10)
        let isDomain = lexemes.begins(with: "ALTER", "DOMAIN")
        guard isDomain || lexemes.begins(with: "ALTER", "TABLE") else { return nil }
        let isAlone = lexemes.begins(with: "ALTER", "TABLE", "ONLY")
        let rest = lexemes.dropFirst(isAlone ? 3 : 2)
        // schema, dot, name
        guard let owner = rest.relation, rest.dropFirst(3).begins(with: "ADD", "CONSTRAINT"),
            let name = rest.dropFirst(5).first?.name
        else { return nil }
        return (isDomain ? "DOMAIN" : isAlone ? "TABLE ONLY" : "TABLE", owner, name)
    }
}
