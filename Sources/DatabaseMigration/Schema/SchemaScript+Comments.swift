import PostgresClient

extension SchemaScript {
    /// Puts comments into the entries of the objects that they are about, for kinds of objects that an administrator
    /// may have to make, or that may be left out or made late. `pg_dump` writes a comment right behind its object.
    static func joiningComments(_ entries: [Entry]) -> [Entry] {
        var joined: [Entry] = []
        for entry in entries {
            if let last = joined.indices.last, entry.comments(on: joined[last]) {
                joined[last].statements += entry.statements
            } else {
                joined.append(entry)
            }
        }
        return joined
    }
}

extension SchemaScript.Entry {
    /// Whether it is nothing but a comment on what another entry makes.
    fileprivate func comments(on object: SchemaScript.Entry) -> Bool {
        guard let subject = statements.first?.commentedObject, let definition = object.statements.first else {
            return false
        }
        // What a server brings, such as plpgsql, may have a comment without a definition.
        return subject.kinds.contains(object.kind)
            && definition.lexemes(first: 14).contains { $0.name == subject.name }
    }

    /// Whether all but the first of its statements are comments.
    var isDefinedByOneStatement: Bool {
        statements.dropFirst().allSatisfy { $0.lexemes(first: 2).begins(with: "COMMENT", "ON") }
    }
}

extension DumpedStatement {
    /// Kinds of objects by the words that name them in `COMMENT ON`.
    private static let commented: [(words: [String], kinds: [SchemaObjectKind])] = [
        (["CONSTRAINT"], [.tableConstraint, .domainConstraint]), (["TRIGGER"], [.trigger]), (["RULE"], [.rule]),
        (["EVENT", "TRIGGER"], [.eventTrigger]), (["PUBLICATION"], [.publication]), (["EXTENSION"], [.extension]),
        (["LANGUAGE"], [.language]), (["PROCEDURAL", "LANGUAGE"], [.language]), (["SERVER"], [.foreignServer]),
        (["FOREIGN", "DATA", "WRAPPER"], [.foreignDataWrapper]),
    ]

    /// What `COMMENT ON …` is about.
    fileprivate var commentedObject: (kinds: [SchemaObjectKind], name: Identifier)? {
        let lexemes = lexemes(first: 6)
        guard lexemes.begins(with: "COMMENT", "ON") else { return nil }
        let rest = lexemes.dropFirst(2)
        for (words, kinds) in Self.commented where rest.starts(with: words.map { .word($0) }) {
            return rest.dropFirst(words.count).first?.name.map { (kinds, $0) }
        }
        return nil
    }
}
