/// The bytes of a YAML text, as lines.
struct SourceText {
    let bytes: [UInt8]

    /// A replacement of bytes by text.
    struct Splice {
        let range: Range<Int>
        let text: String
    }

    /// The bytes after the splices. If two begin at the same offset, the first given comes first.
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

    // MARK: Places

    /// `nil` past the text's ends.
    func byte(at offset: Int) -> UInt8? { bytes.indices.contains(offset) ? bytes[offset] : nil }

    /// The bytes between two offsets; none if the second is not after the first.
    func bytes(from start: Int, to end: Int) -> ArraySlice<UInt8> {
        start < end && start >= 0 && end <= bytes.count ? bytes[start..<end] : []
    }

    /// Like ``bytes(from:to:)``, as text.
    func text(from start: Int, to end: Int) -> String { String(decoding: bytes(from: start, to: end), as: UTF8.self) }

    // MARK: Lines

    /// The length of the line break that begins at an offset; 0 if there is none.
    ///
    /// U+0085, U+2028 and U+2029 end lines too: to libyaml, and to the readers in Go that follow it.
    func breakLength(at offset: Int) -> Int {
        switch byte(at: offset) {
        case UInt8(ascii: "\n"): 1
        case UInt8(ascii: "\r"): byte(at: offset + 1) == UInt8(ascii: "\n") ? 2 : 1
        case 0xC2: byte(at: offset + 1) == 0x85 ? 2 : 0
        case 0xE2: byte(at: offset + 1) == 0x80 && [0xA8, 0xA9].contains(byte(at: offset + 2)) ? 3 : 0
        default: 0
        }
    }

    /// The length of the line break that ends right before an offset; 0 if there is none.
    func breakLength(before offset: Int) -> Int {
        switch byte(at: offset - 1) {
        case UInt8(ascii: "\n"): byte(at: offset - 2) == UInt8(ascii: "\r") ? 2 : 1
        case UInt8(ascii: "\r"): 1
        case 0x85: byte(at: offset - 2) == 0xC2 ? 2 : 0
        case 0xA8, 0xA9: byte(at: offset - 2) == 0x80 && byte(at: offset - 3) == 0xE2 ? 3 : 0
        default: 0
        }
    }

    func startOfLine(_ offset: Int) -> Int {
        var start = min(offset, bytes.count)
        while start > firstOffset, breakLength(before: start) == 0 { start -= 1 }
        return start
    }

    /// The offset of the line's break, or the end of the text.
    func endOfLine(_ offset: Int) -> Int {
        var end = offset
        while end < bytes.count, breakLength(at: end) == 0 { end += 1 }
        return end
    }

    /// The offset of the next line; `nil` if there is no line break.
    func startOfNextLine(_ offset: Int) -> Int? {
        let end = endOfLine(offset)
        let length = breakLength(at: end)
        return length == 0 ? nil : end + length
    }

    /// Where the previous line ends. `start` is the beginning of a line or the end of the text.
    func endOfLineBefore(_ start: Int) -> Int { start - breakLength(before: start) }

    /// The line break of the lines around `offset`; a line feed if theirs is one that few programs know.
    func lineBreak(near offset: Int) -> String {
        var end = endOfLine(offset)
        if end == bytes.count { end = endOfLineBefore(startOfLine(offset)) }
        return switch text(from: end, to: end + breakLength(at: end)) {
        case "\r\n": "\r\n"
        case "\r": "\r"
        default: "\n"
        }
    }

    /// Whether only white space is between the line's beginning and `offset`.
    func isFirstInLine(_ offset: Int) -> Bool {
        bytes(from: startOfLine(offset), to: offset).allSatisfy(Self.isBlank)
    }

    /// The column of `offset` as YAML counts columns, from 0.
    func column(_ offset: Int) -> Int {
        bytes(from: startOfLine(offset), to: offset).reduce(0) { $1 & 0xC0 == 0x80 ? $0 : $0 + 1 }
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
        while place > firstOffset, let byte = byte(at: place - 1), Self.isBlank(byte) { place -= 1 }
        return place
    }

    /// The offset of the next token, after white space, line breaks and comments.
    func skippingTrivia(_ offset: Int) -> Int {
        var place = offset
        while let byte = byte(at: place) {
            let length = Self.isBlank(byte) ? 1 : breakLength(at: place)
            if length > 0 {
                place += length
            } else if byte == UInt8(ascii: "#") {
                place = endOfLine(place)
            } else {
                break
            }
        }
        return place
    }

    /// The end of the comment lines that follow the line of `offset` and are indented further than `column`; `offset` itself
    /// if there are none.
    func endOfComments(after offset: Int, deeperThan column: Int, pastBlankLines: Bool = false) -> Int {
        var end = offset
        var line = startOfNextLine(offset)
        while let start = line {
            let text = skippingBlanks(start)
            if byte(at: text) == UInt8(ascii: "#"), self.column(text) > column {
                end = endOfLine(text)
            } else if !pastBlankLines || breakLength(at: text) == 0 {
                break
            }
            line = startOfNextLine(start)
        }
        return end
    }

    /// Whether there is only white space and line breaks between two offsets.
    func isWhiteSpace(from start: Int, to end: Int) -> Bool {
        var place = start
        while place < end, let byte = byte(at: place) {
            let length = Self.isBlank(byte) ? 1 : breakLength(at: place)
            if length == 0 { return false }
            place += length
        }
        return true
    }

    private var firstOffset: Int { SourceCheck.byteOrderMarkLength(bytes) }

    static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
}
