import JobContract

/// Splits a script as `pg_dump` writes it into statements and comments.
///
/// It ends a statement where the server's own lexer would. A semicolon inside a string, a dollar-quoted body,
/// parentheses or a `BEGIN ATOMIC` body ends none, and a comment inside a string is no comment.
struct SQLSplitter {
    enum Piece: Equatable {
        /// A statement without its semicolon.
        case statement(Range<Int>)
        /// A comment outside of any statement.
        case comment(Range<Int>)
        /// A psql command such as `\restrict`, outside of any statement, to the end of its line.
        case metaCommand(Range<Int>)
    }

    private var scanner: SQLScanner

    init(_ text: [UInt8]) { scanner = SQLScanner(text) }

    var text: [UInt8] { scanner.text }

    /// - Throws: ``MigrationFailure`` when a quote or a parenthesis is never closed.
    mutating func next() throws -> Piece? {
        while true {
            guard let token = try token() else { return nil }
            switch token.kind {
            case .comment: return .comment(token.range)
            case .symbol where text[token.range.lowerBound] == UInt8(ascii: ";"): continue
            case .symbol where text[token.range.lowerBound] == UInt8(ascii: "\\"):
                while scanner.position < text.count, text[scanner.position] != UInt8(ascii: "\n") {
                    scanner.position += 1
                }
                return .metaCommand(token.range.lowerBound..<scanner.position)
            default: return .statement(token.range.lowerBound..<(try endOfStatement(beginningWith: token)))
            }
        }
    }

    private mutating func token() throws -> SQLScanner.Token? {
        do {
            return try scanner.next()
        } catch {
            throw unclosed(error.what, from: error.start)
        }
    }

    /// Reads to the semicolon that ends a statement.
    ///
    /// - Returns: the place after the statement's last token.
    private mutating func endOfStatement(beginningWith first: SQLScanner.Token) throws -> Int {
        var parentheses = 0
        // A CASE … END may stand within a BEGIN ATOMIC … END. Both words are reserved, so without quotes neither is a
        // name.
        var blocks = 0
        var words: [[UInt8]] = []
        var previousWord: [UInt8]?
        var end = first.range.upperBound
        var current: SQLScanner.Token? = first
        while let token = current {
            if token.kind == .symbol {
                switch text[token.range.lowerBound] {
                case UInt8(ascii: ";") where parentheses == 0 && blocks == 0: return end
                case UInt8(ascii: "("): parentheses += 1
                case UInt8(ascii: ")"): parentheses -= 1
                default: break
                }
            }
            var word: [UInt8]?
            if token.kind == .word {
                let lowered = text[token.range].map { $0 | 0x20 }
                word = lowered
                if words.count < 4 { words.append(lowered) }
                if blocks > 0 {
                    if lowered.elementsEqual("case".utf8) { blocks += 1 }
                    if lowered.elementsEqual("end".utf8) { blocks -= 1 }
                } else if parentheses == 0, lowered.elementsEqual("atomic".utf8),
                    previousWord?.elementsEqual("begin".utf8) == true,
                    Self.definesRoutine(words)
                {
                    blocks = 1
                }
            }
            // A comment may stand between BEGIN and ATOMIC.
            if token.kind != .comment {
                previousWord = word
                end = token.range.upperBound
            }
            current = try self.token()
        }
        guard parentheses <= 0 && blocks == 0 else {
            throw unclosed("a parenthesis or a BEGIN ATOMIC body", from: first.range.lowerBound)
        }
        return end
    }

    private static func definesRoutine(_ words: [[UInt8]]) -> Bool {
        let texts = words.map { String(decoding: $0, as: UTF8.self) }
        guard texts.first == "create" else { return false }
        let kind = texts.dropFirst().first == "or" ? texts.dropFirst(3).first : texts.dropFirst().first
        return kind == "function" || kind == "procedure"
    }

    private func unclosed(_ what: String, from start: Int) -> MigrationFailure {
        let line = text[..<start].count { $0 == UInt8(ascii: "\n") } + 1
        return MigrationFailure(.internalError, "schema script, line \(line): \(what) is never closed")
    }
}
