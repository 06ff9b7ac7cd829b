/// The bytes of a YAML text, seen as lines.
struct SourceText {
    let bytes: [UInt8]

    /// One replacement of bytes by text.
    struct Splice {
        let range: Range<Int>
        let text: String
    }

    /// The bytes with the splices made. Where two begin at the same place, the first given comes first.
    func applying(_ splices: [Splice]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + splices.reduce(0) { $0 + $1.text.utf8.count })
        var copied = 0
        for splice in splices.enumerated().sorted(by: { ($0.1.range.lowerBound, $0.0) < ($1.1.range.lowerBound, $1.0) })
        {
            let range = splice.element.range
            if range.lowerBound > copied { result += bytes[copied..<range.lowerBound] }
            result += splice.element.text.utf8
            copied = max(copied, range.upperBound)
        }
        return result + bytes[copied...]
    }

    // MARK: Lines

    func byte(at offset: Int) -> UInt8? { bytes.indices.contains(offset) ? bytes[offset] : nil }

    func startOfLine(_ offset: Int) -> Int {
        var start = offset
        while start > firstOffset, !Self.isBreak(bytes[start - 1]) { start -= 1 }
        return start
    }

    /// Where the line's break begins, or the end of the text.
    func endOfLine(_ offset: Int) -> Int {
        var end = offset
        while let byte = byte(at: end), !Self.isBreak(byte) { end += 1 }
        return end
    }

    /// Where the next line begins; `nil` where no line break follows.
    func startOfNextLine(_ offset: Int) -> Int? {
        let end = endOfLine(offset)
        guard let byte = byte(at: end) else { return nil }
        return byte == UInt8(ascii: "\r") && self.byte(at: end + 1) == UInt8(ascii: "\n") ? end + 2 : end + 1
    }

    /// The line break that the lines around `offset` end with.
    func lineBreak(near offset: Int) -> String {
        let before = startOfLine(offset)
        let end = endOfLine(offset)
        if let next = startOfNextLine(offset) { return String(decoding: bytes[end..<next], as: UTF8.self) }
        guard before > firstOffset else { return "\n" }
        return lineBreak(
            near: before
                - (bytes[before - 1] == UInt8(ascii: "\n") && before > 1 && bytes[before - 2] == UInt8(ascii: "\r")
                    ? 2 : 1))
    }

    /// Whether only white space stands between the line's beginning and `offset`.
    func isFirstInLine(_ offset: Int) -> Bool { bytes[startOfLine(offset)..<offset].allSatisfy(Self.isBlank) }

    /// Spaces and the like between the line's beginning and `offset`, counted as YAML counts columns, from 0.
    func column(_ offset: Int) -> Int {
        bytes[startOfLine(offset)..<offset].reduce(0) { $1 & 0xC0 == 0x80 ? $0 : $0 + 1 }
    }

    func hasComment(after offset: Int) -> Bool { byte(at: skippingBlanks(offset)) == UInt8(ascii: "#") }

    // MARK: Between nodes

    func skippingBlanks(_ offset: Int) -> Int {
        var place = offset
        while let byte = byte(at: place), Self.isBlank(byte) { place += 1 }
        return place
    }

    func skippingBlanksBackwards(_ offset: Int) -> Int {
        var place = offset
        while place > firstOffset, Self.isBlank(bytes[place - 1]) { place -= 1 }
        return place
    }

    /// Where the next token begins: past white space, line breaks and comments.
    func skippingTrivia(_ offset: Int) -> Int {
        var place = offset
        while let byte = byte(at: place) {
            if Self.isBlank(byte) || Self.isBreak(byte) {
                place += 1
            } else if byte == UInt8(ascii: "#") {
                place = endOfLine(place)
            } else {
                break
            }
        }
        return place
    }

    private var firstOffset: Int { SourceCheck.byteOrderMarkLength(bytes) }

    static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    static func isBreak(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }
}
