import JobContract
import PostgresClient

/// Cuts SQL into tokens, without interpreting them (PostgreSQL manual, "Lexical Structure").
///
/// It reads what `pg_dump` writes with `standard_conforming_strings` on. In every server encoding, ASCII bytes stand
/// for ASCII characters only, so any other byte is part of a name, a string or a comment.
struct SQLScanner {
    struct Token: Equatable {
        enum Kind: Equatable {
            /// A keyword, a name without quotes, or a number.
            case word
            /// A name in double quotes.
            case quotedName
            /// A string of any kind.
            case string
            /// Any other byte.
            case symbol
            /// From `--` to the end of the line, or from `/*` to `*/`.
            case comment
        }

        var kind: Kind
        var range: Range<Int>
    }

    /// The text ends within a quote, a string or a comment.
    struct Unclosed: Error {
        var what: String
        var start: Int
    }

    let text: [UInt8]
    var position = 0

    init(_ text: [UInt8]) { self.text = text }

    mutating func next() throws(Unclosed) -> Token? {
        while position < text.count, Self.isBlank(text[position]) { position += 1 }
        guard position < text.count else { return nil }
        let start = position
        let kind = try scan(text[position])
        return Token(kind: kind, range: start..<position)
    }

    private mutating func scan(_ byte: UInt8) throws(Unclosed) -> Token.Kind {
        switch byte {
        case UInt8(ascii: "'"):
            try skipQuoted(from: position, escapes: false)
            return .string
        case UInt8(ascii: "\""):
            try skipQuoted(from: position, escapes: false)
            return .quotedName
        case UInt8(ascii: "$"):
            return try skipDollarQuoted() ? .string : .symbol
        case UInt8(ascii: "-") where starts(with: "--"):
            while position < text.count, text[position] != UInt8(ascii: "\n") { position += 1 }
            return .comment
        case UInt8(ascii: "/") where starts(with: "/*"):
            try skipBlockComment()
            return .comment
        case _ where Self.isWord(byte):
            let start = position
            while position < text.count, Self.isWord(text[position]) { position += 1 }
            // E'…', in which a backslash escapes; also B'…', X'…' and N'…'.
            guard position == start + 1, position < text.count, text[position] == UInt8(ascii: "'") else {
                return .word
            }
            try skipQuoted(from: start, escapes: byte | 0x20 == UInt8(ascii: "e"))
            return .string
        default:
            position += 1
            return .symbol
        }
    }

    /// At the opening quote.
    private mutating func skipQuoted(from start: Int, escapes: Bool) throws(Unclosed) {
        let quote = text[position]
        position += 1
        while position < text.count {
            if escapes && text[position] == UInt8(ascii: "\\") {
                position = min(position + 2, text.count)
            } else if text[position] == quote {
                position += 1
                // A doubled quote stands for one.
                guard position < text.count, text[position] == quote else { return }
                position += 1
            } else {
                position += 1
            }
        }
        throw Unclosed(what: "a quote", start: start)
    }

    /// - Returns: false, at the byte after the `$`, where it opens no string, as in `$1`.
    private mutating func skipDollarQuoted() throws(Unclosed) -> Bool {
        let start = position
        var end = position + 1
        while end < text.count, Self.isWord(text[end]), text[end] != UInt8(ascii: "$") { end += 1 }
        let opens =
            end < text.count && text[end] == UInt8(ascii: "$") && !(end > start + 1 && Self.isDigit(text[start + 1]))
        guard opens else {
            position += 1
            return false
        }
        let tag = text[start...end]
        position = end + 1
        while position + tag.count <= text.count {
            if text[position] == UInt8(ascii: "$"), text[position..<position + tag.count].elementsEqual(tag) {
                position += tag.count
                return true
            }
            position += 1
        }
        throw Unclosed(what: "a dollar quote", start: start)
    }

    private mutating func skipBlockComment() throws(Unclosed) {
        let start = position
        var depth = 0
        while position < text.count {
            if starts(with: "/*") {
                depth += 1
                position += 2
            } else if starts(with: "*/") {
                depth -= 1
                position += 2
                if depth == 0 { return }
            } else {
                position += 1
            }
        }
        throw Unclosed(what: "a comment", start: start)
    }

    func starts(with prefix: StaticString) -> Bool {
        prefix.withUTF8Buffer { prefix in
            position + prefix.count <= text.count && text[position..<position + prefix.count].elementsEqual(prefix)
        }
    }

    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
    static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    private static func isWord(_ byte: UInt8) -> Bool {
        byte >= 0x80 || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "$") || isDigit(byte)
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}

/// A token by what it means.
enum Lexeme: Hashable, Sendable {
    /// A word without quotes, in capitals.
    case word(String)
    case quoted(Identifier)
    /// A string, quotes included.
    case string([UInt8])
    case symbol(UInt8)

    /// The name that the token stands for: a word as the server folds it.
    var name: Identifier? {
        switch self {
        case .word(let text): Identifier(.init(text.lowercased()))
        case .quoted(let name): name
        case .string, .symbol: nil
        }
    }

    static let dot = Lexeme.symbol(UInt8(ascii: "."))
    static let opening = Lexeme.symbol(UInt8(ascii: "("))
    static let closing = Lexeme.symbol(UInt8(ascii: ")"))
}

extension DumpedStatement {
    /// The first tokens without comments. If a token is never closed, those before it.
    func lexemes(first count: Int = .max) -> [Lexeme] {
        var scanner = SQLScanner(bytes)
        var lexemes: [Lexeme] = []
        while lexemes.count < count, let token = try? scanner.next() {
            let text = bytes[token.range]
            switch token.kind {
            case .comment: continue
            case .symbol: lexemes.append(.symbol(text.first ?? 0))
            case .string: lexemes.append(.string(Array(text)))
            // To a server only ASCII letters have a case, and `pg_dump` quotes every name with any other character.
            case .word: lexemes.append(.word(String(decoding: text, as: UTF8.self).uppercased()))
            case .quotedName: lexemes.append(.quoted(Self.unquoted(text)))
            }
        }
        return lexemes
    }

    private static func unquoted(_ text: ArraySlice<UInt8>) -> Identifier {
        var name: [UInt8] = []
        var isSecondQuote = false
        for byte in text.dropFirst().dropLast() {
            if byte == UInt8(ascii: "\""), !isSecondQuote {
                isSecondQuote = true
                name.append(byte)
            } else {
                if byte != UInt8(ascii: "\"") { name.append(byte) }
                isSecondQuote = false
            }
        }
        return Identifier(.init(bytes: name))
    }
}

extension Collection<Lexeme> {
    /// Reads `schema.name` from the front.
    var relation: RelationName? {
        let parts = Array(prefix(3))
        guard parts.count == 3, parts[1] == .dot, let schema = parts[0].name, let name = parts[2].name else {
            return nil
        }
        return RelationName(schema: schema, name: name)
    }

    func begins(with words: String...) -> Bool { starts(with: words.map { Lexeme.word($0) }) }
}
