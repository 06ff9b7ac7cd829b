/// Checks the bytes before libyaml gets them: they must be valid UTF-8 without control characters.
///
/// libyaml checks the same, but reports no line and column.
enum SourceCheck {
    static func byteOrderMarkLength(_ bytes: [UInt8]) -> Int { bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0 }

    /// - Returns: whether the text is ASCII.
    static func check(_ bytes: [UInt8], name: String) throws(YAMLError) -> Bool {
        // The common case, checked by byte: printable ASCII.
        if bytes.allSatisfy({ $0 < 0x7F && ($0 >= 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09) }) { return true }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw YAMLError(
                at: YAMLPosition(file: name, line: 1, column: 1, offset: 0), "the file is UTF-16", expected: "UTF-8")
        }
        var place = Place(name: name, offset: byteOrderMarkLength(bytes))
        var decoder = UTF8.ForwardParser()
        var iterator = bytes[place.offset...].makeIterator()
        while true {
            switch decoder.parseScalar(from: &iterator) {
            case .emptyInput:
                return false
            case .error:
                throw YAMLError(
                    at: place.position, "byte 0x\(String(bytes[place.offset], radix: 16, uppercase: true)) is no UTF-8",
                    expected: "a UTF-8 file")
            case .valid(let encoded):
                let scalar = UTF8.decode(encoded)
                guard scalar.isYAMLCharacter else {
                    throw YAMLError(
                        at: place.position, "the control character U+\(scalar.hexadecimal) stands in the file",
                        expected: "text; in double quotes such a character can be written as an escape")
                }
                place.pass(scalar, length: encoded.count)
            }
        }
    }

    private struct Place {
        let name: String
        var offset: Int
        var line = 1
        var column = 1

        var position: YAMLPosition { YAMLPosition(file: name, line: line, column: column, offset: offset) }

        mutating func pass(_ scalar: Unicode.Scalar, length: Int) {
            offset += length
            (line, column) = scalar == "\n" ? (line + 1, 1) : (line, column + 1)
        }
    }
}

extension Unicode.Scalar {
    /// Whether libyaml accepts the character in its input (YAML 1.1, c-printable).
    var isYAMLCharacter: Bool {
        switch value {
        case 0x09, 0x0A, 0x0D, 0x20...0x7E, 0x85, 0xA0...0xD7FF, 0x1_0000...0x10_FFFF: true
        case 0xE000...0xFFFD: true
        default: false
        }
    }

    var hexadecimal: String {
        let digits = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
