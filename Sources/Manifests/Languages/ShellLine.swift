/// One or more lines for a POSIX shell. A value that is interpolated becomes a word or a part of one, whatever it
/// holds.
///
///     let line: ShellLine = "kubectl -n \(namespace) delete job \(name)"
///
/// An interpolation must not stand between quotes, since it brings its own.
struct ShellLine: ExpressibleByStringInterpolation, CustomStringConvertible {
    /// The text for a shell.
    let description: String

    init(stringLiteral text: String) { description = text }
    init(stringInterpolation: StringInterpolation) { description = stringInterpolation.text }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity) }

        mutating func appendLiteral(_ literal: String) { text += literal }
        mutating func appendInterpolation(_ line: ShellLine) { text += line.description }
        mutating func appendInterpolation(_ number: Int) { text += String(number) }
        mutating func appendInterpolation(_ word: String) { text += ShellLine.quoted(word) }
        mutating func appendInterpolation(words: [String]) {
            text += words.map(ShellLine.quoted).joined(separator: " ")
        }
    }

    /// A word of a shell's command line.
    static func quoted(_ text: String) -> String {
        let isPlain =
            !text.isEmpty
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "/._-:@=,+".utf8.contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) && (0x40...0x7F).contains(byte)
            }
        return isPlain ? text : "'\(text.replacingBytes(of: "'", with: "'\\''"))'"
    }
}

extension Sequence<ShellLine> {
    /// The lines, one below the other.
    func joined() -> ShellLine { ShellLine(stringLiteral: map(\.description).joined(separator: "\n")) }
}
