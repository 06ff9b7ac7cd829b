import CZLib
import FoundationEssentials

/// gzip's format (RFC 1952).
enum Gzip {
    /// - Returns: `nil` if there is no memory left, or more text than zlib takes at once.
    static func compress(_ text: [UInt8]) -> Data? {
        guard let count = UInt32(exactly: text.count), let bound = UInt32(exactly: rehome_gzip_bound(UInt(count)))
        else { return nil }
        var room = [UInt8](repeating: 0, count: Int(bound))
        let written = text.withUnsafeBytes { text in
            room.withUnsafeMutableBytes { rehome_gzip(text.baseAddress, count, $0.baseAddress, bound) }
        }
        return written > 0 ? Data(room.prefix(Int(written))) : nil
    }
}
