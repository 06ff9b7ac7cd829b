import PostgresClient

/// How much memory an index build is given.
enum IndexMemory {
    /// A b-tree is built by sorting. Runs that fit a processor's cache sort faster than one large run: a unique index
    /// on 1.2 million rows took 2.1 s with 8 MB and 2.7 s with 64 MB (means of two, in turn). The runs must still be
    /// merged in one pass, so the memory has to grow with the square root of the table. Other kinds of index, GIN above
    /// all, gather their entries in this memory and need more of it.
    static func setting(for definition: DumpedStatement, tableBytes: Int) -> SQL {
        let lexemes = definition.lexemes(first: 32)
        let method = lexemes.firstIndex(of: .word("USING")).flatMap { lexemes.dropFirst($0 + 1).first }
        let megabytes =
            method == .word("BTREE") ? min(256, max(8, Int(8 * (Double(tableBytes) / 200_000_000).squareRoot()))) : 128
        return "SET LOCAL maintenance_work_mem = '\(megabytes)MB'"
    }
}
