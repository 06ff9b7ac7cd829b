import JobContract
import PostgresClient

/// One statement about privileges, as `pg_dump` writes it: `GRANT … TO role`, `REVOKE … FROM role`,
/// `ALTER DEFAULT PRIVILEGES FOR ROLE owner … GRANT … TO role`.
struct Privilege: Sendable {
    let statement: DumpedStatement
    /// Whether it takes something away.
    let isRevocation: Bool
    /// `nil` for everybody (`PUBLIC`).
    let role: RoleName?
    /// The role whose later objects default privileges are about; `nil` for any other statement.
    let creator: RoleName?
    /// `nil` for default privileges, and for kinds that neither an extension brings nor an administrator makes.
    let object: GrantedObject?
    /// What the statement is about: equal for two statements that both grant, or both revoke, to one role on one
    /// object, whatever privileges they list. Of default privileges, the list counts too.
    let subject: [Lexeme]
    /// Where the statement names roles: the grantee, and the creator.
    private let roles: [Range<Int>]
    /// Where it says GRANT or REVOKE, TO or FROM, and whom.
    private let (verb, preposition, grantee): (Range<Int>, Range<Int>, Range<Int>)
    /// Whether it takes only the right to grant (`REVOKE GRANT OPTION FOR …`).
    private let isOfGrantOption: Bool
    /// Whether it is about columns of a table.
    let isOfColumns: Bool

    /// - Returns: `nil` for any other statement.
    init?(_ statement: DumpedStatement) {
        var scanner = SQLScanner(statement.bytes)
        var tokens: [SQLScanner.Token] = []
        while let token = try? scanner.next() { if token.kind != .comment { tokens.append(token) } }
        let lexemes = statement.lexemes()
        let isDefault = lexemes.begins(with: "ALTER", "DEFAULT", "PRIVILEGES")
        guard isDefault || lexemes.first == .word("GRANT") || lexemes.first == .word("REVOKE") else { return nil }
        // What follows the last TO or FROM is a role: `pg_dump` names one in each statement.
        guard let preposition = lexemes.lastIndex(where: { $0 == .word("TO") || $0 == .word("FROM") }),
            lexemes.indices.contains(preposition + 1), tokens.count == lexemes.count
        else { return nil }
        let grantee = lexemes[preposition + 1]
        var roles: [Range<Int>] = []
        if isDefault, lexemes.dropFirst(3).begins(with: "FOR", "ROLE"), lexemes.indices.contains(5) {
            creator = lexemes[5].name.map { RoleName($0.text) }
            roles.append(tokens[5].range)
        } else {
            creator = nil
        }
        guard let verb = lexemes.firstIndex(where: { $0 == .word("GRANT") || $0 == .word("REVOKE") }) else {
            return nil
        }
        self.verb = tokens[verb].range
        self.preposition = tokens[preposition].range
        self.grantee = tokens[preposition + 1].range
        // GRANT SELECT(a),UPDATE(b) ON TABLE …
        isOfColumns = !isDefault && lexemes.prefix { $0 != .word("ON") }.contains(.opening)
        isOfGrantOption = lexemes.dropFirst(verb + 1).begins(with: "GRANT", "OPTION", "FOR")
        self.statement = statement
        isRevocation = lexemes[preposition] == .word("FROM")
        if grantee == .word("PUBLIC") {
            role = nil
        } else {
            role = grantee.name.map { RoleName($0.text) }
            roles.append(tokens[preposition + 1].range)
        }
        self.roles = roles
        let on = isDefault ? nil : lexemes[..<preposition].firstIndex(of: .word("ON"))
        object = on.flatMap { GrantedObject(lexemes[($0 + 1)..<preposition]) }
        subject = [lexemes[isDefault ? 0 : preposition]] + lexemes[(on ?? 0)...(preposition + 1)]
    }

    /// Grants what the statement takes, or takes what it grants; `nil` where only the right to grant was taken.
    var undoing: DumpedStatement? {
        guard !isOfGrantOption else { return nil }
        // Without WITH GRANT OPTION, which goes with the right itself.
        var bytes = Array(statement.bytes[..<grantee.upperBound])
        bytes.replaceSubrange(preposition, with: (isRevocation ? "TO" : "FROM").utf8)
        bytes.replaceSubrange(verb, with: (isRevocation ? "GRANT" : "REVOKE").utf8)
        return DumpedStatement(bytes)
    }

    /// The statement with other role names.
    ///
    /// - Parameter names: the new name of each role that is renamed.
    func renaming(_ names: [RoleName: RoleName]) -> DumpedStatement {
        var bytes = statement.bytes
        for range in roles.reversed() {
            guard let old = DumpedStatement(bytes[range]).lexemes(first: 1).first?.name,
                let new = names[RoleName(old.text)]
            else { continue }
            bytes.replaceSubrange(range, with: ("\(new)" as SQL).bytes)
        }
        return DumpedStatement(bytes)
    }
}

/// An object of a privilege, of a kind that the owner of the database may not own. Functions of the same name count as
/// one, whatever their arguments.
enum GrantedObject: Hashable, Sendable {
    case relation(RelationName)
    case routine(RelationName)
    case type(RelationName)
    case schema(Identifier)
    case language(Identifier)
    case foreignDataWrapper(Identifier)
    case foreignServer(Identifier)

    /// - Parameter lexemes: what follows ON.
    init?(_ lexemes: ArraySlice<Lexeme>) {
        guard case .word(let kind)? = lexemes.first else { return nil }
        switch (kind, lexemes.dropFirst().relation) {
        case ("TABLE", let name?), ("SEQUENCE", let name?): self = .relation(name)
        case ("FUNCTION", let name?), ("PROCEDURE", let name?): self = .routine(name)
        case ("TYPE", let name?), ("DOMAIN", let name?): self = .type(name)
        default:
            let name = lexemes.last?.name ?? ""
            if lexemes.begins(with: "SCHEMA") {
                self = .schema(name)
            } else if lexemes.begins(with: "LANGUAGE") {
                self = .language(name)
            } else if lexemes.begins(with: "FOREIGN", "DATA", "WRAPPER") {
                self = .foreignDataWrapper(name)
            } else if lexemes.begins(with: "FOREIGN", "SERVER") {
                self = .foreignServer(name)
            } else {
                return nil
            }
        }
    }

    /// Whether it comes with the server itself, as all languages and foreign data wrappers are taken to do.
    var isSystems: Bool {
        switch self {
        case .relation(let name), .routine(let name), .type(let name):
            name.schema == "pg_catalog" || name.schema == "information_schema"
        case .schema(let name): name == "pg_catalog" || name == "information_schema"
        case .language, .foreignDataWrapper: true
        case .foreignServer: false
        }
    }
}

/// Decides which privileges are brought over.
struct PrivilegeRules: Sendable {
    var policy: PrivilegePolicy
    /// Roles of the target.
    var known: Set<RoleName>
    /// Roles of the target whose default privileges the owner may change.
    var represented: Set<RoleName>
    /// The role whose place the owner takes at the target.
    var former: RoleName
    var owner: RoleName

    /// - Returns: the statement to run; `nil` if it is left out.
    func statement(for privilege: Privilege) -> DumpedStatement? {
        // Under another creator, default privileges would hold for what Backstage makes later.
        if let creator = privilege.creator, creator != former, !represented.contains(creator) { return nil }
        let isKept =
            if let role = privilege.role {
                role == former || policy == .keep && known.contains(role)
            } else {
                // Whatever was closed to everybody stays closed.
                privilege.isRevocation || policy == .keep
            }
        return isKept ? privilege.renaming([former: owner]) : nil
    }
}
