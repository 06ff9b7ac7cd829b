import PostgresClient

/// What kind of object a statement of a dump makes or changes, told by its leading words alone.
///
/// The comment that pg_dump writes above a statement names the kind too. It is not used: it also holds the object's
/// name, which somebody could choose such that the comment seems to name another kind.
enum SchemaObjectKind: Sendable, Equatable {
    case function
    case index
    case indexAttachment
    case tableConstraint
    /// A constraint that is added to a domain after the rows are in, since some may break it (`NOT VALID`).
    case domainConstraint
    case statistics
    case trigger
    case rule
    case policy
    case rowSecurity
    case eventTrigger
    case publication
    case `extension`
    case language
    case foreignDataWrapper
    case foreignServer
    case userMapping
    case foreignTable
    case subscription
    /// GRANT and REVOKE.
    case privileges
    /// A comment on an object of a kind that only administrators make.
    indirect case comment(on: SchemaObjectKind)
    case other

    init(_ statement: DumpedStatement) {
        let lexemes = statement.lexemes(first: 24)
        guard let first = lexemes.first, case .word(let verb) = first else {
            self = .other
            return
        }
        let rest = lexemes.dropFirst()
        switch verb {
        case "CREATE": self = Self.created(rest)
        case "ALTER": self = Self.altered(rest)
        case "GRANT", "REVOKE": self = .privileges
        // SET SESSION AUTHORIZATION stands before a privilege and names who has granted it.
        case "SET" where rest.begins(with: "SESSION", "AUTHORIZATION"): self = .privileges
        case "COMMENT":
            let object = rest.dropFirst().begins(with: "CONSTRAINT") ? .other : Self.created(rest.dropFirst())
            self = object.isAdministrators ? .comment(on: object) : .other
        default: self = .other
        }
    }

    private static func created(_ lexemes: some Collection<Lexeme>) -> SchemaObjectKind {
        var rest = lexemes.prefix { if case .word = $0 { true } else { false } }.compactMap { lexeme -> String? in
            if case .word(let word) = lexeme { word } else { nil }
        }[...]
        // CREATE OR REPLACE TRUSTED PROCEDURAL LANGUAGE, CREATE CONSTRAINT TRIGGER, CREATE UNIQUE INDEX …
        if rest.starts(with: ["OR", "REPLACE"]) { rest = rest.dropFirst(2) }
        let isTrusted = rest.first == "TRUSTED"
        while let word = rest.first, ["TRUSTED", "PROCEDURAL", "CONSTRAINT", "UNIQUE"].contains(word) {
            rest = rest.dropFirst()
        }
        return switch (rest.first, rest.dropFirst().first) {
        case ("FUNCTION", _), ("PROCEDURE", _), ("AGGREGATE", _): .function
        case ("INDEX", _): .index
        case ("STATISTICS", _): .statistics
        case ("TRIGGER", _): .trigger
        case ("RULE", _): .rule
        case ("POLICY", _): .policy
        case ("EVENT", "TRIGGER"): .eventTrigger
        case ("PUBLICATION", _): .publication
        case ("EXTENSION", _): .extension
        case ("LANGUAGE", _): isTrusted ? .other : .language
        case ("FOREIGN", "DATA"): .foreignDataWrapper
        case ("FOREIGN", "TABLE"): .foreignTable
        case ("SERVER", _): .foreignServer
        case ("USER", "MAPPING"): .userMapping
        case ("SUBSCRIPTION", _): .subscription
        default: .other
        }
    }

    private static func altered(_ lexemes: some Collection<Lexeme>) -> SchemaObjectKind {
        if lexemes.begins(with: "EVENT", "TRIGGER") { return .eventTrigger }
        if lexemes.begins(with: "PUBLICATION") { return .publication }
        if lexemes.begins(with: "EXTENSION") { return .extension }
        if lexemes.begins(with: "SERVER") { return .foreignServer }
        if lexemes.begins(with: "INDEX") { return .indexAttachment }
        if lexemes.begins(with: "DEFAULT", "PRIVILEGES") { return .privileges }
        // ALTER DOMAIN schema.name ADD CONSTRAINT …
        if lexemes.begins(with: "DOMAIN") {
            return lexemes.dropFirst(4).begins(with: "ADD", "CONSTRAINT") ? .domainConstraint : .other
        }
        let isForeign = lexemes.begins(with: "FOREIGN", "TABLE")
        guard isForeign || lexemes.begins(with: "TABLE") else { return .other }
        let table = lexemes.dropFirst(isForeign ? 1 : 0)
        // ALTER [FOREIGN] TABLE [ONLY] schema.name ADD CONSTRAINT …
        let action = table.dropFirst(table.begins(with: "TABLE", "ONLY") ? 5 : 4)
        if !isForeign, action.begins(with: "ADD", "CONSTRAINT") { return .tableConstraint }
        // The state of a partition's trigger that is another than the parent's is an entry of its own:
        // ALTER [FOREIGN] TABLE schema.name ENABLE [ALWAYS|REPLICA] TRIGGER …
        if action.begins(with: "ENABLE") || action.begins(with: "DISABLE") {
            let state = action.dropFirst()
            let subject = state.begins(with: "ALWAYS") || state.begins(with: "REPLICA") ? state.dropFirst() : state
            if subject.begins(with: "TRIGGER") { return .trigger }
            if subject.begins(with: "RULE") { return .rule }
        }
        let isSecurity = action.begins(with: "ENABLE", "ROW") || action.begins(with: "FORCE", "ROW")
        return isSecurity ? .rowSecurity : .other
    }

    /// Whether `pg_dump` puts the kind only ever into its section post-data.
    var isPostData: Bool {
        switch self {
        case .index, .indexAttachment, .tableConstraint, .domainConstraint, .statistics, .trigger, .rule, .policy,
            .rowSecurity, .eventTrigger, .publication, .privileges:
            true
        case .comment(let kind): kind.isPostData
        case .function, .extension, .language, .foreignDataWrapper, .foreignServer, .userMapping, .foreignTable,
            .subscription, .other:
            false
        }
    }

    /// Whether only an administrator can make some of the kind; ``AdministratorObject`` has the table.
    var isAdministrators: Bool {
        switch self {
        case .eventTrigger, .publication, .extension, .language, .foreignDataWrapper, .foreignServer, .userMapping: true
        default: false
        }
    }

    /// Whether it is about an event trigger, which fires in what is made after it.
    var isEventTriggers: Bool { self == .eventTrigger || self == .comment(on: .eventTrigger) }

    /// Whether the definition holds what must not be shown, such as the password of a user mapping.
    var mayHoldSecrets: Bool {
        switch self {
        case .userMapping, .foreignServer, .foreignDataWrapper, .subscription: true
        default: false
        }
    }
}
