import JobContract

/// A piece of SQL, and the only thing that a ``Connection`` sends.
///
/// It is written as a literal, and each part has a type that says how it is escaped, so no value can become anything
/// else:
///
///     let sql: SQL = "ALTER TABLE \(table) ADD COLUMN \(column) text DEFAULT \(literal: value)"
///
/// A `String` that is made at run time cannot become SQL. A statement from the dump of a foreign schema can, as a
/// ``DumpedStatement``. It marks the SQL that it is put into as foreign, and only a session that has logged in as the
/// owner sends such SQL.
public struct SQL: Sendable, Hashable, ExpressibleByStringInterpolation, CustomStringConvertible {
    public private(set) var bytes: [UInt8]
    /// Whether a part of it comes from the source's schema.
    public private(set) var isForeign: Bool

    private init(bytes: [UInt8], isForeign: Bool) {
        self.bytes = bytes
        self.isForeign = isForeign
    }

    public init(stringLiteral text: StaticString) {
        self.init(bytes: text.withUTF8Buffer { Array($0) }, isForeign: false)
    }

    public init(stringInterpolation interpolation: Interpolation) {
        self.init(bytes: interpolation.bytes, isForeign: interpolation.isForeign)
    }

    init(dumped bytes: [UInt8]) { self.init(bytes: bytes, isForeign: true) }

    /// Trusts a statement from the source, so that a session with more rights than the owner's may run it.
    ///
    /// - Parameter statement: one that the caller has checked by its leading words, or that an administrator wrote.
    public static func trusting(_ statement: DumpedStatement) -> SQL { SQL(bytes: statement.bytes, isForeign: false) }

    /// The beginning, for messages.
    public var description: String {
        let line = VisibleText.of(bytes.prefix(240).map { $0 == UInt8(ascii: "\n") ? UInt8(ascii: " ") : $0 })
        return bytes.count > 240 ? line + " …" : line
    }

    public static func += (a: inout SQL, b: SQL) {
        a.bytes += b.bytes
        a.isForeign = a.isForeign || b.isForeign
    }

    public static func + (a: SQL, b: SQL) -> SQL {
        var sum = a
        sum += b
        return sum
    }

    public struct Interpolation: StringInterpolationProtocol {
        var bytes: [UInt8] = []
        var isForeign = false

        public init(literalCapacity: Int, interpolationCount: Int) {
            bytes.reserveCapacity(literalCapacity + 24 * interpolationCount)
        }

        public mutating func appendLiteral(_ literal: StaticString) { literal.withUTF8Buffer { bytes += $0 } }

        /// SQL that exists already.
        public mutating func appendInterpolation(_ fragment: SQL) {
            bytes += fragment.bytes
            isForeign = isForeign || fragment.isForeign
        }

        /// A statement from a dump.
        public mutating func appendInterpolation(_ statement: DumpedStatement) {
            bytes += statement.bytes
            isForeign = true
        }

        /// A quoted identifier (PostgreSQL manual, "Identifiers and Key Words").
        public mutating func appendInterpolation(_ name: some ServerName) {
            bytes.append(UInt8(ascii: "\""))
            for byte in name.text.bytes {
                if byte == UInt8(ascii: "\"") { bytes.append(byte) }
                bytes.append(byte)
            }
            bytes.append(UInt8(ascii: "\""))
        }

        /// A relation's name with its schema's, both quoted.
        public mutating func appendInterpolation(_ relation: RelationName) {
            appendInterpolation(relation.schema)
            bytes.append(UInt8(ascii: "."))
            appendInterpolation(relation.name)
        }

        public mutating func appendInterpolation(_ number: some BinaryInteger) { bytes += Array(String(number).utf8) }
        public mutating func appendInterpolation(_ flag: Bool) { bytes += Array((flag ? "true" : "false").utf8) }

        /// A string constant (PostgreSQL manual, "Constants"). One with a backslash is written as an escape string, so
        /// that `standard_conforming_strings` makes no difference. `nil` is NULL.
        public mutating func appendInterpolation(literal text: ByteText?) {
            guard let text else {
                bytes += Array("NULL".utf8)
                return
            }
            let (quote, backslash) = (UInt8(ascii: "'"), UInt8(ascii: "\\"))
            if text.bytes.contains(backslash) { bytes.append(UInt8(ascii: "E")) }
            bytes.append(quote)
            for byte in text.bytes {
                if byte == quote || byte == backslash { bytes.append(byte) }
                bytes.append(byte)
            }
            bytes.append(quote)
        }

        public mutating func appendInterpolation(literal text: String?) {
            appendInterpolation(literal: text.map { ByteText($0) })
        }

        /// An array of text, to be compared with `= ANY`.
        public mutating func appendInterpolation(array texts: [ByteText]) {
            bytes += Array("ARRAY[".utf8)
            for (place, text) in texts.enumerated() {
                if place > 0 { bytes.append(UInt8(ascii: ",")) }
                appendInterpolation(literal: text)
            }
            bytes += Array("]::pg_catalog.text[]".utf8)
        }

        /// An array of numbers, to be compared with `= ANY`.
        public mutating func appendInterpolation(array numbers: [Int]) {
            bytes += Array("'{\(numbers.map(String.init).joined(separator: ","))}'::pg_catalog.int8[]".utf8)
        }

        /// A list, separated by commas.
        public mutating func appendInterpolation(list items: [SQL]) {
            appendInterpolation(items.joined(separator: ", "))
        }

        /// Names in a list, separated by commas.
        public mutating func appendInterpolation(list names: [some ServerName]) {
            appendInterpolation(list: names.map { "\($0)" as SQL })
        }

        /// Relations in a list, separated by commas.
        public mutating func appendInterpolation(list relations: [RelationName]) {
            appendInterpolation(list: relations.map { "\($0)" as SQL })
        }
    }
}

extension SQL {
    /// A timestamp in the form of RFC 3339, in UTC.
    public static func timestamp(_ expression: SQL) -> SQL {
        #"pg_catalog.to_char(\#(expression) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"#
    }
}

extension Sequence<SQL> {
    public func joined(separator: SQL) -> SQL {
        var all: SQL = ""
        var isFirst = true
        for part in self {
            if !isFirst { all += separator }
            all += part
            isFirst = false
        }
        return all
    }
}
