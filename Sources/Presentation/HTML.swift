import JobContract

/// A piece of HTML. Text that is put into it is escaped here, and nowhere else: names come from servers, and a name may
/// hold anything.
///
///     let cell: HTML = "<td title=\"\(name)\">\(name)</td>"
public struct HTML: Sendable, Equatable, ExpressibleByStringInterpolation {
    public private(set) var text: String

    private init(text: String) { self.text = text }

    public init(stringLiteral text: StaticString) {
        self.init(text: text.withUTF8Buffer { String(decoding: $0, as: UTF8.self) })
    }

    public init(stringInterpolation interpolation: Interpolation) { self.init(text: interpolation.text) }

    public static func += (a: inout HTML, b: HTML) { a.text += b.text }

    public struct Interpolation: StringInterpolationProtocol {
        var text = ""

        public init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + 16 * interpolationCount)
        }

        public mutating func appendLiteral(_ literal: StaticString) {
            literal.withUTF8Buffer { text += String(decoding: $0, as: UTF8.self) }
        }

        public mutating func appendInterpolation(_ piece: HTML) { text += piece.text }

        public mutating func appendInterpolation(_ number: Int) { text += String(number) }

        /// Text in an element or in a quoted attribute (HTML, 13.1.2 and 13.1.4).
        public mutating func appendInterpolation(_ words: String) {
            for scalar in VisibleText.of(words).unicodeScalars {
                switch scalar {
                case "&": text += "&amp;"
                case "<": text += "&lt;"
                case ">": text += "&gt;"
                case "\"": text += "&quot;"
                case "'": text += "&#39;"
                default: text.unicodeScalars.append(scalar)
                }
            }
        }
    }
}

extension Sequence<HTML> {
    public func joined(separator: HTML = "") -> HTML {
        var all: HTML = ""
        var isFirst = true
        for piece in self {
            if !isFirst { all += separator }
            all += piece
            isFirst = false
        }
        return all
    }
}
