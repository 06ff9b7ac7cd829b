import PostgresClient

/// The address of a row version in its table, `ctid`: the block, and the item in the block (PostgreSQL manual, "System
/// Columns").
struct TupleAddress: Hashable, Sendable {
    let block: UInt32
    let place: UInt16

    /// - Parameter text: `(block,place)`, as the server writes it.
    init?(_ text: UnsafeRawBufferPointer) {
        var numbers: [UInt64] = [0]
        for byte in text {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                numbers[numbers.count - 1] = numbers[numbers.count - 1] * 10 + UInt64(byte - UInt8(ascii: "0"))
                guard numbers[numbers.count - 1] <= UInt64(UInt32.max) else { return nil }
            case UInt8(ascii: ","): numbers.append(0)
            case UInt8(ascii: "("), UInt8(ascii: ")"): continue
            default: return nil
            }
        }
        guard numbers.count == 2, let place = UInt16(exactly: numbers[1]) else { return nil }
        (block, self.place) = (UInt32(numbers[0]), place)
    }

    /// An array of addresses, to be compared with `ctid = ANY`: the server reads just those versions.
    static func array(_ addresses: ArraySlice<TupleAddress>) -> SQL {
        "'{\(list: addresses.map { "\"(\($0.block),\($0.place))\"" as SQL })}'::tid[]"
    }

    /// Addresses per query: a query of this many is about 100 KB long.
    static let perQuery = 5000

    /// Pieces of a list that are short enough for a query each.
    static func pieces(_ addresses: [TupleAddress]) -> [ArraySlice<TupleAddress>] {
        stride(from: 0, to: addresses.count, by: perQuery).map { addresses[$0..<min($0 + perQuery, addresses.count)] }
    }
}
