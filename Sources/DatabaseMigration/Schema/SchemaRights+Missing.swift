import PostgresClient

extension SchemaRights {
    /// The objects that are left out at the target and that a privilege may be about, members of extensions included.
    func missing(of script: SchemaScript, owners: ObjectOwners) -> Set<GrantedObject> {
        var objects: Set<GrantedObject> = []
        var extensions: Set<Identifier> = []
        for entry in script.entries {
            guard case .nobody = maker(of: entry), let first = entry.statements.first else { continue }
            if let name = first.extensionName { extensions.insert(name) }
            if let object = first.madeObject { objects.insert(object) }
        }
        return objects.union(owners.ofExtensions.filter { !$0.value.isDisjoint(with: extensions) }.keys)
    }
}

extension DumpedStatement {
    /// The language, foreign data wrapper or server that a `CREATE …` makes.
    fileprivate var madeObject: GrantedObject? {
        let lexemes = lexemes(first: 10)
        guard lexemes.first == .word("CREATE") else { return nil }
        func name(after word: String) -> Identifier? {
            lexemes.firstIndex(of: .word(word)).flatMap { lexemes.dropFirst($0 + 1).first?.name }
        }
        return switch SchemaObjectKind(self) {
        case .language: name(after: "LANGUAGE").map { .language($0) }
        case .foreignDataWrapper: name(after: "WRAPPER").map { .foreignDataWrapper($0) }
        case .foreignServer: name(after: "SERVER").map { .foreignServer($0) }
        default: nil
        }
    }

    /// `CREATE USER MAPPING FOR role …` with the owner in the place of the role that it replaces.
    ///
    /// - Parameter known: roles of the target.
    /// - Returns: `nil` for a role that the target lacks, and for another role of the owner's name.
    func userMapping(former: RoleName, owner: RoleName, known: Set<RoleName>) -> DumpedStatement? {
        let lexemes = lexemes(first: 5)
        guard lexemes.begins(with: "CREATE", "USER", "MAPPING", "FOR"), lexemes.count == 5,
            lexemes[4] != .word("PUBLIC"), let role = lexemes[4].name.map({ RoleName($0.text) })
        else { return self }
        // The owner has its mapping already: that of the role whose place it takes.
        guard role == former else { return role != owner && known.contains(role) ? self : nil }
        var scanner = SQLScanner(bytes)
        var tokens: [SQLScanner.Token] = []
        while tokens.count < 5, let token = try? scanner.next() { if token.kind != .comment { tokens.append(token) } }
        guard tokens.count == 5 else { return nil }
        return DumpedStatement(
            bytes[..<tokens[4].range.lowerBound] + ("\(owner)" as SQL).bytes + bytes[tokens[4].range.upperBound...])
    }
}
