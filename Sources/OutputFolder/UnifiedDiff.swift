/// The difference of two texts, in the form of `diff -u`.
public enum UnifiedDiff {
    /// - Returns: nothing for equal texts.
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
        var text: Substring
    }

    /// A line keeps its line break, so that a missing one at the end of a file is a difference.
    private static func lines(_ text: String) -> [Substring] {
        var result: [Substring] = []
        var rest = Substring(text)
        while !rest.isEmpty {
            let end = rest.firstIndex(where: \.isNewline).map { rest.index(after: $0) } ?? rest.endIndex
            result.append(rest[..<end])
            rest = rest[end...]
        }
        return result
    }

    private static func editScript(_ a: [Substring], _ b: [Substring]) -> [Line] {
        let difference = b.difference(from: a)
        var removed = Set<Int>()
        var inserted = Set<Int>()
        for change in difference {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): inserted.insert(offset)
            }
        }
        var script: [Line] = []
        var i = 0
        var j = 0
        while i < a.count || j < b.count {
            if removed.contains(i) {
                script.append(Line(kind: .removed, text: a[i]))
                i += 1
            } else if inserted.contains(j) {
                script.append(Line(kind: .added, text: b[j]))
                j += 1
            } else {
                script.append(Line(kind: .same, text: a[i]))
                i += 1
                j += 1
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
            output += line.kind.rawValue + line.text
            if !(line.text.last?.isNewline ?? false) { output += "\n\\ No newline at end of file\n" }
        }
        return output
    }
}
