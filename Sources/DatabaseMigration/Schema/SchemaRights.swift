import JobContract
import PostgresClient

/// Decides who makes each object of a schema: the owner, an administrator, or nobody.
///
/// An administrator makes only what the settings name. It runs only statements whose leading words are on this list,
/// and which call nothing that the schema defines.
struct SchemaRights: Sendable {
    /// Whether the owner is a superuser, so that there is nobody with more rights.
    var ownerIsSuperuser: Bool
    /// Whether another role than the owner administers the target.
    var hasAdministrator: Bool
    /// The objects that the settings ask an administrator to make.
    var made: Set<AdministratorObject>
    /// Extensions that any owner of a database may create at the target.
    var trustedExtensions: Set<Identifier>
    /// The role that owns everything at the target.
    var owner: RoleName
    var privileges: PrivilegePolicy
    /// Roles of the target.
    var knownRoles: Set<RoleName>
    /// Roles of the target that the owner may act as.
    var representedRoles: Set<RoleName>

    /// Who runs an entry's statements.
    enum Maker: Sendable, Equatable {
        case owner
        case administrator
        case nobody(AdministratorObject)
    }

    /// Who makes an entry.
    func maker(of entry: SchemaScript.Entry) -> Maker {
        guard let first = entry.statements.first else { return .owner }
        return switch entry.kind {
        case .extension: maker(ofExtension: first.extensionName)
        case .comment(on: .extension): commentMaker(first)
        case .eventTrigger, .comment(on: .eventTrigger):
            made.contains(.eventTriggers)
                ? (ownerIsSuperuser ? .owner : administrator(.eventTriggers)) : .nobody(.eventTriggers)
        case .publication: first.publishesWholeSchemas ? administrator(.publications) : .owner
        case .language, .comment(on: .language): administrator(.languages)
        case .foreignDataWrapper:
            first.namesFunctions && !ownerIsSuperuser ? .nobody(.foreignData) : administrator(.foreignData)
        case .comment(on: .foreignDataWrapper): administrator(.foreignData)
        // With the right to use the wrapper, the owner makes these itself.
        case .foreignServer, .userMapping:
            ownerIsSuperuser || made.contains(.foreignData) ? .owner : .nobody(.foreignData)
        case .privileges:
            entry.closesExtension && made.contains(.extensions) && hasAdministrator ? .administrator : .owner
        default: .owner
        }
    }

    /// Whether an administrator may run a statement of an entry. It must be of the same kind as the first, since each
    /// runs with the administrator's rights.
    func administratorMayRun(_ statement: DumpedStatement, of entry: SchemaScript.Entry) -> Bool {
        let kind = SchemaObjectKind(statement)
        return (kind == entry.kind || kind == .comment(on: entry.kind))
            && (kind != .privileges || Privilege(statement) != nil)
    }

    /// An administrator, if the settings ask for it; the owner, if it is a superuser itself.
    private func administrator(_ kind: AdministratorObject) -> Maker {
        if ownerIsSuperuser { return .owner }
        return made.contains(kind) && hasAdministrator ? .administrator : .nobody(kind)
    }

    private func maker(ofExtension name: Identifier?) -> Maker {
        guard let name, !trustedExtensions.contains(name) else { return .owner }
        // A provider's administrator may create more than the trusted ones; only trying tells.
        return hasAdministrator ? administrator(.extensions) : .owner
    }

    /// A comment is made by whoever makes the extension. Nobody makes one on what the server itself brings, such as
    /// `plpgsql`.
    private func commentMaker(_ statement: DumpedStatement) -> Maker {
        guard let name = statement.commentedExtension else { return .nobody(.extensions) }
        return name == "plpgsql" ? administrator(.extensions) : maker(ofExtension: name)
    }

    /// Removes from a script what is left out at the target.
    ///
    /// - Parameter owners: the owners of objects in the database that was dumped.
    func divide(_ script: SchemaScript, owners: ObjectOwners) -> (script: SchemaScript, leftOut: [LeftOut]) {
        var kept: [SchemaScript.Entry] = []
        var leftOut: [LeftOut] = []
        let missing = missing(of: script, owners: owners)
        for var entry in script.entries {
            if entry.kind == .privileges {
                leftOut += keepPrivileges(of: &entry, owners: owners, missing: missing)
                if entry.statements.isEmpty { continue }
            }
            if entry.kind == .userMapping, let first = entry.statements.first {
                guard let mapping = first.userMapping(former: owners.former, owner: owner, known: knownRoles) else {
                    leftOut.append(LeftOut(.foreignData, entry.title))
                    continue
                }
                entry.statements[0] = mapping
            }
            if case .nobody(let kind) = maker(of: entry) {
                leftOut.append(LeftOut(needing: kind, entry.title))
                continue
            }
            if entry.kind == .function, !ownerIsSuperuser, !made.contains(.leakproof),
                let first = entry.statements.first, let plain = first.withoutLeakproof
            {
                entry.statements[0] = plain
                leftOut.append(LeftOut(.leakproof, entry.title))
            }
            kept.append(entry)
        }
        return (SchemaScript(entries: kept), leftOut)
    }

    /// Takes out of an entry the privileges that do not come over.
    private func keepPrivileges(
        of entry: inout SchemaScript.Entry, owners: ObjectOwners, missing: Set<GrantedObject>
    ) -> [LeftOut] {
        let rules = PrivilegeRules(
            policy: privileges, known: knownRoles, represented: representedRoles, former: owners.former, owner: owner)
        // This drops SET SESSION AUTHORIZATION: who has granted a privilege is not brought over.
        let all = entry.statements.compactMap { Privilege($0) }
        let isOfOthers = !ownerIsSuperuser && all.contains { self.isOfOthers($0, owners) }
        // The owner cannot grant rights on what it does not own. So rights on such an object are taken from everybody
        // only if nobody is to be granted them instead.
        let isKept = !isOfOthers || all.allSatisfy(\.isRevocation)
        var leftOut: [LeftOut] = []
        entry.statements = all.compactMap { privilege in
            let isThere = privilege.object.map { !missing.contains($0) } ?? true
            let kept = isKept && isThere ? rules.statement(for: privilege) : nil
            if kept == nil { leftOut.append(LeftOut(.privileges, privilege.statement.sql.description)) }
            return kept
        }
        entry.closesExtension =
            isOfOthers && all.allSatisfy { $0.object.map { owners.ofExtensions[$0] != nil } ?? false }
        return leftOut
    }

    /// Whether a privilege is about something that the owner does not own at the target.
    private func isOfOthers(_ privilege: Privilege, _ owners: ObjectOwners) -> Bool {
        guard let object = privilege.object else { return false }
        if case .foreignServer = object, !made.contains(.foreignData) { return true }
        return object.isSystems || owners.ofExtensions[object] != nil
    }

    /// Privileges of a script that are missing although their statements succeeded: if the role does not own the
    /// object, a server only warns.
    func lost(of wanted: SchemaScript, in found: SchemaScript) -> [LeftOut] {
        func privileges(_ script: SchemaScript) -> [Privilege] {
            script.entries.filter { $0.kind == .privileges }.flatMap(\.statements).compactMap { Privilege($0) }
        }
        let subjects = Set(privileges(found).map(\.subject))
        return privileges(wanted).filter { !subjects.contains($0.subject) }.map {
            LeftOut(.privileges, $0.statement.sql.description)
        }
    }

    /// The statement as the owner can run it, without LEAKPROOF: an administrator marks functions so afterwards.
    func runnable(_ statement: DumpedStatement, of entry: SchemaScript.Entry) -> DumpedStatement {
        guard entry.kind == .function, !ownerIsSuperuser else { return statement }
        return statement.withoutLeakproof ?? statement
    }
}

extension DumpedStatement {
    /// The name in `CREATE EXTENSION [IF NOT EXISTS] name`.
    var extensionName: Identifier? {
        let lexemes = lexemes(first: 6)
        guard lexemes.begins(with: "CREATE", "EXTENSION") else { return nil }
        let rest = lexemes.dropFirst(2)
        return (rest.begins(with: "IF", "NOT", "EXISTS") ? rest.dropFirst(3) : rest).first?.name
    }

    /// The name in `COMMENT ON EXTENSION name`.
    fileprivate var commentedExtension: Identifier? {
        let lexemes = lexemes(first: 4)
        return lexemes.begins(with: "COMMENT", "ON", "EXTENSION") ? lexemes.dropFirst(3).first?.name : nil
    }

    /// Whether a `CREATE PUBLICATION name` or `ALTER PUBLICATION name` is about more than single tables.
    fileprivate var publishesWholeSchemas: Bool {
        let lexemes = lexemes(first: 7)
        return lexemes.dropFirst(3).begins(with: "FOR", "ALL") || lexemes.dropFirst(3).begins(with: "FOR", "TABLES")
            || lexemes.dropFirst(3).begins(with: "ADD", "TABLES")
    }

    /// Whether a foreign data wrapper calls functions.
    fileprivate var namesFunctions: Bool {
        let lexemes = lexemes()
        return lexemes.contains(.word("HANDLER")) || lexemes.contains(.word("VALIDATOR"))
    }

    /// A function's definition without the word LEAKPROOF; `nil` if it has no such word.
    var withoutLeakproof: DumpedStatement? {
        var scanner = SQLScanner(bytes)
        var depth = 0
        var followsDot = false
        while let token = try? scanner.next() {
            let text = bytes[token.range]
            // A type of that name would follow its schema's name and a dot.
            defer { followsDot = token.kind == .symbol && text.first == UInt8(ascii: ".") }
            if token.kind == .symbol, text.first == UInt8(ascii: "(") { depth += 1 }
            if token.kind == .symbol, text.first == UInt8(ascii: ")") { depth -= 1 }
            guard token.kind == .word, depth == 0, !followsDot else { continue }
            let word = String(decoding: text, as: UTF8.self).uppercased()
            // After these words comes the body.
            if word == "AS" || word == "BEGIN" || word == "RETURN" { return nil }
            if word == "LEAKPROOF" {
                let end = bytes[token.range.upperBound...].firstIndex { $0 != UInt8(ascii: " ") } ?? bytes.endIndex
                return DumpedStatement(bytes[..<token.range.lowerBound] + bytes[end...])
            }
        }
        return nil
    }
}
