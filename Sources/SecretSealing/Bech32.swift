/// Bech32 (BIP 173), the format of age's recipients, without its limit on the length.
enum Bech32 {
    private static let alphabet = Array("qpzry9x8gf2tvdw0s3jn54khce6mua7l".utf8)
    private static let generator: [UInt32] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3]

    /// - Returns: the part before the last `1`, and the bytes after it; `nil` for a text with an invalid character,
    ///   mixed case, or a wrong checksum.
    static func decode(_ text: String) -> (prefix: String, bytes: [UInt8])? {
        let lowered = text.lowercased()
        guard text == lowered || text == text.uppercased() else { return nil }
        let characters = Array(lowered.utf8)
        guard let separator = characters.lastIndex(of: UInt8(ascii: "1")), separator > 0 else { return nil }
        let prefix = characters[..<separator]
        var digits: [UInt8] = []
        for character in characters[(separator + 1)...] {
            guard let digit = alphabet.firstIndex(of: character) else { return nil }
            digits.append(UInt8(digit))
        }
        let expanded = prefix.map { $0 >> 5 } + [0] + prefix.map { $0 & 31 } + digits
        guard digits.count >= 6, checksum(expanded) == 1, let bytes = bytes(of: digits.dropLast(6)) else { return nil }
        return (String(decoding: prefix, as: UTF8.self), bytes)
    }

    private static func checksum(_ digits: [UInt8]) -> UInt32 {
        digits.reduce(1) { sum, digit in
            let next = ((sum & 0x1ff_ffff) << 5) ^ UInt32(digit)
            return generator.indices.reduce(next) { (sum >> 25) >> $1 & 1 == 1 ? $0 ^ generator[$1] : $0 }
        }
    }

    /// Converts digits of five bits to bytes. The bits that are left over must be fewer than five, and all zero.
    private static func bytes(of digits: ArraySlice<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var value: UInt32 = 0
        var bits = 0
        for digit in digits {
            value = (value << 5 | UInt32(digit)) & 0xfff
            bits += 5
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(value >> bits & 0xff))
            }
        }
        return bits < 5 && value & (1 << bits - 1) == 0 ? bytes : nil
    }
}
