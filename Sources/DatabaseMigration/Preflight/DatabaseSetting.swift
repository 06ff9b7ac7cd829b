import JobContract
import PostgresClient

/// One setting of a database (`ALTER DATABASE … SET`), as `pg_db_role_setting` keeps it.
struct DatabaseSetting: Sendable, Hashable, CustomStringConvertible {
    var name: Identifier
    var value: ByteText

    init(name: Identifier, value: ByteText) {
        self.name = name
        self.value = value
    }

    /// - Parameter text: `name=value`.
    /// - Returns: `nil` without an equals sign.
    init?(_ text: ByteText) {
        guard let (name, value) = text.split(at: UInt8(ascii: "=")) else { return nil }
        self.name = Identifier(name)
        self.value = value
    }

    var description: String { "\(name)=\(value)" }

    /// Settings whose value is a list of names that are quoted where they need it (`GUC_LIST_QUOTE` in the server's
    /// source). `pg_dump` has the same list built in.
    private static let lists: Set<ByteText> = [
        "search_path", "temp_tablespaces", "local_preload_libraries", "session_preload_libraries",
        "shared_preload_libraries",
        "unix_socket_directories",
    ]

    /// What follows `SET name =`. A list becomes several constants, one for each item. Any other value is one constant.
    var valueSQL: SQL {
        guard Self.lists.contains(name.text.lowercasedASCII) else { return "\(literal: value)" }
        let items = Self.items(of: value)
        return items.isEmpty ? "''" : "\(list: items.map { "\(literal: $0)" as SQL })"
    }

    /// Cuts `"a b", c` into `a b` and `c`, as the server does (`SplitGUCList`).
    private static func items(of list: ByteText) -> [ByteText] {
        var items: [ByteText] = []
        var current: [UInt8] = []
        var isQuoted = false
        var wasQuoted = false
        func finish() {
            let text = wasQuoted ? current[...] : current.drop { SQLScanner.isBlank($0) }
            let end =
                wasQuoted
                ? text.endIndex : (text.lastIndex { !SQLScanner.isBlank($0) }.map { $0 + 1 } ?? text.startIndex)
            if wasQuoted || end > text.startIndex { items.append(ByteText(bytes: text[..<end])) }
            (current, wasQuoted) = ([], false)
        }
        var rest = list.bytes[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\"") where isQuoted && rest.first == byte:
                current.append(byte)
                rest = rest.dropFirst()
            case UInt8(ascii: "\""):
                isQuoted.toggle()
                if isQuoted { (current, wasQuoted) = ([], true) }
            case UInt8(ascii: ",") where !isQuoted: finish()
            case _ where wasQuoted && !isQuoted && SQLScanner.isBlank(byte): continue
            default: current.append(byte)
            }
        }
        finish()
        return items
    }
}
