/// Where the time goes: what rehome-job says of itself, in seconds.
struct TimeBreakdown {
    /// Sums over all workers, by kind of work.
    var spent: [String: Double] = [:]
    static let kinds = ["schema", "copy and verify", "index", "finish", "publish"]

    /// Reads the log of `rehome-job migrate --verbose`.
    init(log: String) {
        for line in log.split(separator: "\n") {
            for (kind, phrase) in [
                ("schema", "schema brought over in "), ("copy and verify", "copied and verified in "),
                ("finish", ", finished in "), ("finish", ": analysed in "), ("publish", "in one transaction, "),
            ] {
                if let end = line.firstRange(of: phrase)?.upperBound { add(line[end...], to: kind) }
            }
            if line.contains(": built "), let end = line.ranges(of: " in ").last?.upperBound {
                add(line[end...], to: "index")
            }
        }
    }

    private mutating func add(_ text: Substring, to kind: String) { spent[kind, default: 0] += Self.seconds(text) ?? 0 }

    /// Reads what rehome-job writes of a time, such as `12 ms`, `3.4 s` or `2 min 5 s`, at the beginning of a text.
    static func seconds(_ text: Substring) -> Double? {
        let words = text.split { " );".contains($0) }
        guard words.count > 1, let number = Double(words[0]) else { return nil }
        switch words[1] {
        case "ms": return number / 1000
        case "min": return number * 60 + (words.count > 2 ? Double(words[2]) ?? 0 : 0)
        default: return number
        }
    }
}
