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
    /// Where the names of roles stand: the one who gets or loses, and the one whose defaults are meant.
    private let roles: [Range<Int>]

    /// - Returns: `nil` for any other statement.
    init?(_ statement: DumpedStatement) {
        var scanner = SQLScanner(statement.bytes)
        var tokens: [SQLScanner.Token] = []
        while let token = try? scanner.next() { if token.kind != .comment { tokens.append(token) } }
        let words = tokens.map { token in
            token.kind == .word ? String(decoding: statement.bytes[token.range], as: UTF8.self).uppercased() : ""
        }
        let isDefault = words.starts(with: ["ALTER", "DEFAULT", "PRIVILEGES"])
        guard isDefault || words.first == "GRANT" || words.first == "REVOKE" else { return nil }
        // What follows the last TO or FROM is a role: `pg_dump` names one in each statement.
        guard let preposition = words.lastIndex(where: { $0 == "TO" || $0 == "FROM" }),
            tokens.indices.contains(preposition + 1)
        else { return nil }
        let grantee = tokens[preposition + 1]
        var roles: [Range<Int>] = []
        if isDefault, words.dropFirst(3).starts(with: ["FOR", "ROLE"]), tokens.indices.contains(5) {
            roles.append(tokens[5].range)
        }
        self.statement = statement
        isRevocation = words[preposition] == "FROM"
        if words[preposition + 1] == "PUBLIC" {
            role = nil
        } else {
            role = DumpedStatement(statement.bytes[grantee.range]).lexemes(first: 1).first?.name.map {
                RoleName($0.text)
            }
            roles.append(grantee.range)
        }
        self.roles = roles
    }

    /// The statement with other roles in the place of some.
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

/// What becomes of privileges.
struct PrivilegeRules: Sendable {
    var policy: PrivilegePolicy
    /// Roles of the target.
    var known: Set<RoleName>
    /// Roles that own objects at the source; at the target all belong to one.
    var owners: Set<RoleName>
    var owner: RoleName

    /// - Returns: the statement to run; `nil` if it is left out.
    func statement(for privilege: Privilege) -> DumpedStatement? {
        let names = Dictionary(uniqueKeysWithValues: owners.map { ($0, owner) })
        // Whatever was closed to everybody stays closed.
        guard let role = privilege.role else {
            return privilege.isRevocation || policy == .keep ? privilege.renaming(names) : nil
        }
        if owners.contains(role) { return privilege.renaming(names) }
        return policy == .keep && known.contains(role) ? privilege.renaming(names) : nil
    }
}
