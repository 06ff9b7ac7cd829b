import JobContract

/// Splits a script as `pg_dump` writes it into statements and comments.
///
/// Only what the server's own lexer would see as a border counts (PostgreSQL manual, 4.1): a semicolon inside a
/// string, a dollar-quoted body, parentheses or a `BEGIN ATOMIC` body is none, nor is a comment inside a string.
struct SQLLexer {
    enum Piece: Equatable {
        /// A statement without its semicolon.
        case statement(Range<Int>)
        /// A `--` comment outside of any statement, to the end of its line.
        case comment(Range<Int>)
        /// A psql command such as `\restrict`, outside of any statement, to the end of its line.
        case metaCommand(Range<Int>)
    }

    let text: [UInt8]
    private var position = 0

    init(_ text: [UInt8]) { self.text = text }

    /// - Throws: ``MigrationFailure`` when a quote or a parenthesis is never closed.
    mutating func next() throws -> Piece? {
        while position < text.count, Self.isBlank(text[position]) || text[position] == UInt8(ascii: ";") { position += 1 }
        guard position < text.count else { return nil }
        let start = position
        if starts(with: "--") {
            skipLine()
            return .comment(start..<position)
        }
        if text[position] == UInt8(ascii: "\\") {
            skipLine()
            return .metaCommand(start..<position)
        }
        try skipStatement()
        var end = position
        while end > start, Self.isBlank(text[end - 1]) { end -= 1 }
        return .statement(start..<end)
    }

    private mutating func skipStatement() throws {
        let start = position
        var parentheses = 0
        var atomicBlocks = 0
        var words: [[UInt8]] = []
        while position < text.count {
            let byte = text[position]
            switch byte {
            case UInt8(ascii: ";") where parentheses == 0 && atomicBlocks == 0: return
            case UInt8(ascii: "("):
                parentheses += 1
                position += 1
            case UInt8(ascii: ")"):
                parentheses -= 1
                position += 1
            case UInt8(ascii: "'"): try skipQuoted(by: byte, escapes: isEscapeString(from: start))
            case UInt8(ascii: "\""): try skipQuoted(by: byte, escapes: false)
            case UInt8(ascii: "$"): try skipDollar()
            case UInt8(ascii: "-") where starts(with: "--"): skipLine()
            case UInt8(ascii: "/") where starts(with: "/*"): try skipBlockComment()
            case _ where Self.isWordStart(byte):
                let wordStart = position
                while position < text.count, Self.isWord(text[position]) { position += 1 }
                let word = text[wordStart..<position].map { $0 | 0x20 }
                if words.count < 4 { words.append(word) }
                // As psql does: a body of BEGIN ATOMIC … END has semicolons of its own.
                if parentheses == 0, Self.definesRoutine(words) {
                    if word == Array("begin".utf8) {
                        atomicBlocks += 1
                    } else if atomicBlocks > 0 && word == Array("case".utf8) {
                        atomicBlocks += 1
                    } else if atomicBlocks > 0 && word == Array("end".utf8) {
                        atomicBlocks -= 1
                    }
                }
            default: position += 1
            }
        }
        guard parentheses <= 0 && atomicBlocks == 0 else { throw unterminated("a parenthesis or a BEGIN ATOMIC body", from: start) }
    }

    private static func definesRoutine(_ words: [[UInt8]]) -> Bool {
        let texts = words.map { String(decoding: $0, as: UTF8.self) }
        guard texts.first == "create" else { return false }
        let kind = texts.dropFirst().first == "or" ? texts.dropFirst(3).first : texts.dropFirst().first
        return kind == "function" || kind == "procedure"
    }

    /// Whether the quote at the position opens an `E'…'` string, in which a backslash escapes.
    private func isEscapeString(from start: Int) -> Bool {
        guard position > start, text[position - 1] | 0x20 == UInt8(ascii: "e") else { return false }
        return position - 1 == start || !Self.isWord(text[position - 2])
    }

    private mutating func skipQuoted(by quote: UInt8, escapes: Bool) throws {
        let start = position
        position += 1
        while position < text.count {
            if escapes && text[position] == UInt8(ascii: "\\") {
                position += 2
            } else if text[position] == quote {
                position += 1
                // A doubled quote is one inside.
                guard position < text.count, text[position] == quote else { return }
                position += 1
            } else {
                position += 1
            }
        }
        throw unterminated("a quote", from: start)
    }

    /// At a `$`: skips a dollar-quoted string, or the character alone where it opens none (as in `$1`).
    private mutating func skipDollar() throws {
        let start = position
        var end = position + 1
        while end < text.count, Self.isWord(text[end]), text[end] != UInt8(ascii: "$") { end += 1 }
        let opensTag = end < text.count && text[end] == UInt8(ascii: "$")
            && !(end > start + 1 && Self.isDigit(text[start + 1]))
        guard opensTag else {
            position += 1
            return
        }
        let tag = text[start...end]
        position = end + 1
        while position + tag.count <= text.count {
            if text[position] == UInt8(ascii: "$"), text[position..<position + tag.count].elementsEqual(tag) {
                position += tag.count
                return
            }
            position += 1
        }
        throw unterminated("a dollar quote", from: start)
    }

    private mutating func skipBlockComment() throws {
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
        throw unterminated("a comment", from: start)
    }

    private mutating func skipLine() {
        while position < text.count, text[position] != UInt8(ascii: "\n") { position += 1 }
    }

    private func starts(with prefix: StaticString) -> Bool {
        prefix.withUTF8Buffer { prefix in
            position + prefix.count <= text.count && text[position..<position + prefix.count].elementsEqual(prefix)
        }
    }

    private func unterminated(_ what: String, from start: Int) -> MigrationFailure {
        let line = text[..<start].count { $0 == UInt8(ascii: "\n") } + 1
        return MigrationFailure(.internalError, "schema script, line \(line): \(what) is never closed")
    }

    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
    static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    /// Bytes of non-ASCII characters count as letters.
    static func isWordStart(_ byte: UInt8) -> Bool {
        byte >= 0x80 || byte == UInt8(ascii: "_") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
    static func isWord(_ byte: UInt8) -> Bool { isWordStart(byte) || isDigit(byte) || byte == UInt8(ascii: "$") }
}
