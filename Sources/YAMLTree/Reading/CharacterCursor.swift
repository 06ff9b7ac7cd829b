/// Turns libyaml's character counts into byte offsets.
///
/// Marks come almost in order. So the cursor moves on from the last one, which is linear over a whole parse.
struct CharacterCursor {
    private var character = 0
    private var offset: Int
    private let isASCII: Bool

    /// - Parameters:
    ///   - start: the byte offset of the first character that libyaml sees.
    ///   - isASCII: whether every character is one byte.
    init(start: Int, isASCII: Bool) {
        offset = start
        self.isASCII = isASCII
    }

    mutating func offset(ofCharacter wanted: Int, in bytes: [UInt8]) -> Int {
        if isASCII { return min(wanted, bytes.count) }
        while character < wanted, offset < bytes.count {
            offset += 1
            while offset < bytes.count, Self.isContinuation(bytes[offset]) { offset += 1 }
            character += 1
        }
        while character > wanted, offset > 0 {
            offset -= 1
            while offset > 0, Self.isContinuation(bytes[offset]) { offset -= 1 }
            character -= 1
        }
        return offset
    }

    private static func isContinuation(_ byte: UInt8) -> Bool { byte & 0b1100_0000 == 0b1000_0000 }
}
