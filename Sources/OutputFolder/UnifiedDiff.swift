/// The difference of two texts, in the form of `diff -u`.
public enum UnifiedDiff {
    /// - Returns: an empty text if both are equal.
    public static func between(_ old: String?, _ new: String?, path: String, context: Int = 3) -> String {
        let a = lines(old ?? "")
        let b = lines(new ?? "")
        let script = editScript(a, b)
        guard script.contains(where: { $0.kind != .same }) else { return "" }
        var output = "--- \(old == nil ? "/dev/null" : "a/" + path)\n+++ \(new == nil ? "/dev/null" : "b/" + path)\n"
        var index = 0
        while let first = script[index...].firstIndex(where: { $0.kind != .same }) {
            let start = max(index, first - context)
            var end = first
            var last = first
            while end < script.count, end - last <= 2 * context {
                if script[end].kind != .same { last = end }
                end += 1
            }
            end = min(script.count, last + context + 1)
            output += hunk(script[..<start], script[start..<end])
            index = end
        }
        return output
    }

    private struct Line {
        enum Kind: String {
            case same = " "
            case removed = "-"
            case added = "+"
        }
        var kind: Kind
        var bytes: ArraySlice<UInt8>
    }

    /// The lines with their line breaks, so that a missing one at the end is a difference. They are bytes, since to
    /// Swift two encodings of an accent are equal.
    private static func lines(_ text: String) -> [ArraySlice<UInt8>] {
        let bytes = Array(text.utf8)
        var lines: [ArraySlice<UInt8>] = []
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? bytes.count
            lines.append(bytes[start..<end])
            start = end
        }
        return lines
    }

    /// Finding the fewest changes takes time and memory that grow with the square of their number.
    private static let mostComparisons = 1_000_000

    private static func editScript(_ a: [ArraySlice<UInt8>], _ b: [ArraySlice<UInt8>]) -> [Line] {
        let before = zip(a, b).prefix { $0 == $1 }.count
        let after = min(min(a.count, b.count) - before, zip(a.reversed(), b.reversed()).prefix { $0 == $1 }.count)
        let (old, new) = (a[before..<(a.count - after)], b[before..<(b.count - after)])
        var script = a[..<before].map { Line(kind: .same, bytes: $0) }
        if old.count * new.count > mostComparisons {
            script += old.map { Line(kind: .removed, bytes: $0) } + new.map { Line(kind: .added, bytes: $0) }
        } else {
            script += fewestChanges(Array(old), Array(new))
        }
        return script + a[(a.count - after)...].map { Line(kind: .same, bytes: $0) }
    }

    private static func fewestChanges(_ a: [ArraySlice<UInt8>], _ b: [ArraySlice<UInt8>]) -> [Line] {
        var removed = Set<Int>()
        var inserted = Set<Int>()
        for change in b.difference(from: a) {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): inserted.insert(offset)
            }
        }
        var script: [Line] = []
        var (i, j) = (0, 0)
        while i < a.count || j < b.count {
            if removed.contains(i) {
                script.append(Line(kind: .removed, bytes: a[i]))
                i += 1
            } else if j < b.count {
                let isNew = inserted.contains(j)
                script.append(Line(kind: isNew ? .added : .same, bytes: b[j]))
                j += 1
                if !isNew { i += 1 }
            } else {
                break
            }
        }
        return script
    }

    private static func hunk(_ before: ArraySlice<Line>, _ lines: ArraySlice<Line>) -> String {
        func range(_ side: Line.Kind) -> String {
            let start = before.count { $0.kind == .same || $0.kind == side }
            let count = lines.count { $0.kind == .same || $0.kind == side }
            return "\(count == 0 ? start : start + 1),\(count)"
        }
        var output = "@@ -\(range(.removed)) +\(range(.added)) @@\n"
        for line in lines {
            output += line.kind.rawValue + String(decoding: line.bytes, as: UTF8.self)
            if line.bytes.last != UInt8(ascii: "\n") { output += "\n\\ No newline at end of file\n" }
        }
        return output
    }
}
