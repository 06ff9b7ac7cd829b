/// Turns libyaml's character counts into byte offsets.
///
/// Marks come almost in order, so the cursor walks from the last one asked for: linear over a whole parse.
struct CharacterCursor {
    private var character = 0
    private var offset: Int

    /// - Parameter start: the byte offset of the first character that libyaml sees.
    init(start: Int) { offset = start }

    mutating func offset(ofCharacter wanted: Int, in bytes: [UInt8]) -> Int {
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
