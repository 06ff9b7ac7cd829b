/// Searches by bytes, as all languages but Swift do: to Swift, a brace and a combining mark after it are one character.
extension String {
    func containsBytes(of other: String) -> Bool {
        let bytes = Array(utf8)
        let wanted = Array(other.utf8)
        guard let first = wanted.first, bytes.count >= wanted.count else { return false }
        return (0...(bytes.count - wanted.count)).contains { start in
            bytes[start] == first && bytes[start..<start + wanted.count].elementsEqual(wanted)
        }
    }

    func replacingBytes(of other: String, with new: String) -> String {
        guard containsBytes(of: other) else { return self }
        let wanted = Array(other.utf8)
        var rest = Array(utf8)[...]
        var result: [UInt8] = []
        while let byte = rest.first {
            if rest.starts(with: wanted) {
                result += new.utf8
                rest = rest.dropFirst(wanted.count)
            } else {
                result.append(byte)
                rest = rest.dropFirst()
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
