import CXXHash

/// The content of a table, or of anything else that comes as a set of byte strings, as a number.
///
/// Every row is hashed with XXH3 (128 bits) and the hashes are summed modulo 2^128, so the order of rows does not
/// matter and a row that stands twice counts twice.
struct ContentHash: Hashable, Sendable, CustomStringConvertible {
    private(set) var rows = 0
    /// Length of all rows in COPY's text format, newlines included.
    private(set) var bytes = 0
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    init() {}

    @inline(__always)
    mutating func add(_ row: UnsafeRawBufferPointer) {
        let hash = rehome_xxh3_128(row.baseAddress, row.count)
        rows += 1
        bytes += row.count
        add(low: hash.low64, high: hash.high64)
    }

    @inline(__always)
    private mutating func add(low other: UInt64, high: UInt64) {
        let (sum, overflow) = low.addingReportingOverflow(other)
        low = sum
        self.high = self.high &+ high &+ (overflow ? 1 : 0)
    }

    /// Adds the rows of another part of the same set.
    static func += (hash: inout ContentHash, other: ContentHash) {
        hash.rows += other.rows
        hash.bytes += other.bytes
        hash.add(low: other.low, high: other.high)
    }

    /// Takes away rows that are in the set.
    static func -= (hash: inout ContentHash, other: ContentHash) {
        hash.rows -= other.rows
        hash.bytes -= other.bytes
        // Subtracting is adding the two's complement.
        let low = ~other.low &+ 1
        hash.add(low: low, high: ~other.high &+ (other.low == 0 ? 1 : 0))
    }

    /// `rows:bytes:hash`, the hash in hexadecimal.
    var description: String { "\(rows):\(bytes):\(String(high, radix: 16)).\(String(low, radix: 16))" }

    /// - Returns: `nil` for anything that ``description`` does not write.
    init?(_ description: some StringProtocol) {
        let parts = description.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let rows = Int(parts[0]), let bytes = Int(parts[1]) else { return nil }
        let halves = parts[2].split(separator: ".")
        guard halves.count == 2, let high = UInt64(halves[0], radix: 16), let low = UInt64(halves[1], radix: 16) else {
            return nil
        }
        (self.rows, self.bytes, self.high, self.low) = (rows, bytes, high, low)
    }
}

/// The hashes of one table: what COPY carries, and what the server computes itself.
struct TableHash: Hashable, Sendable, CustomStringConvertible {
    var base = ContentHash()
    /// The generated columns, which cannot be copied in; no rows where the table has none.
    var generated = ContentHash()

    init() {}

    static func += (hash: inout TableHash, other: TableHash) {
        hash.base += other.base
        hash.generated += other.generated
    }

    static func -= (hash: inout TableHash, other: TableHash) {
        hash.base -= other.base
        hash.generated -= other.generated
    }

    var description: String { "\(base) \(generated)" }

    init?(_ description: String) {
        let parts = description.split(separator: " ")
        guard parts.count == 2, let base = ContentHash(parts[0]), let generated = ContentHash(parts[1]) else {
            return nil
        }
        self.base = base
        self.generated = generated
    }
}
