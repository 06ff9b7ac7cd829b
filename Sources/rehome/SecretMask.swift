import OutputFolder
import YAMLTree

/// Shows what changes without showing what is secret.
enum SecretMask {
    /// The difference as `diff -u` has it; of a Secret's values only that they differ.
    static func diff(_ change: OutputFolder.Change) -> String {
        let isProse = change.path.hasSuffix(".md")
        let old = change.old.map { MaskedText($0, isProse: isProse) }
        let new = change.new.map { MaskedText($0, isProse: isProse) }
        let masked = UnifiedDiff.between(old?.text, new?.text, path: change.path)
        if !masked.isEmpty { return masked }
        let what =
            old?.isUnreadable ?? new?.isUnreadable ?? false ? "The contents differ" : "The Secret's values differ"
        return "--- a/\(change.path)\n+++ b/\(change.path)\n\(what) (not shown)."
    }
}

/// A file's text with "(not shown)" in the place of each value of a Secret.
private struct MaskedText {
    var text: String
    /// Whether nothing of it can be shown, since nobody can say what is secret in it.
    var isUnreadable = false

    private static let placeholder = "(not shown)"

    /// - Parameter isProse: whether it is a runbook, which speaks of Secrets and holds none.
    init(_ bytes: [UInt8], isProse: Bool) {
        text = String(decoding: bytes, as: UTF8.self)
        guard !isProse, let file = try? YAMLFile(parsing: bytes, name: "") else {
            guard !isProse, Self.mayHoldSecret(text) else { return }
            text = "\(Self.placeholder), since it is no YAML and speaks of a Secret\n"
            isUnreadable = true
            return
        }
        var mask = Mask(bytes: bytes)
        for document in file.documents { mask.cover(objectsIn: document) }
        text = String(decoding: mask.covered, as: UTF8.self)
    }

    private static func mayHoldSecret(_ text: String) -> Bool {
        text.split(whereSeparator: \.isNewline).contains { line in
            let word = line.drop { " \t-\"'{".contains($0) }
            return word.hasPrefix("kind") && line.contains("Secret") || word.hasPrefix("stringData")
        }
    }

    /// The places of secret values, and what is shown there.
    private struct Mask {
        let bytes: [UInt8]
        private var pieces: [(range: Range<Int>, text: String)] = []

        init(bytes: [UInt8]) { self.bytes = bytes }

        var covered: [UInt8] {
            var result: [UInt8] = []
            var place = 0
            for piece in pieces.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
                guard piece.range.lowerBound >= place else { continue }
                result += bytes[place..<piece.range.lowerBound] + Array(piece.text.utf8)
                place = piece.range.upperBound
            }
            return result + bytes[place...]
        }

        mutating func cover(objectsIn document: YAMLDocument) {
            for object in [document.root] + (document.root["items"]?.items ?? [])
            where object["kind"]?.scalar?.text == "Secret" {
                coverSecret(object.target, upTo: document.end.offset)
                let applied: YAMLPath = ["metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"]
                if let copy = object[at: applied] { cover(copy.target) }
            }
        }

        /// Covers the values in a Secret, or in what a merge key brings into one.
        /// - Parameter end: where what comes after the mapping may begin.
        private mutating func coverSecret(_ mapping: YAMLNode, upTo end: Int) {
            let entries = mapping.entries ?? []
            for (index, entry) in entries.enumerated() {
                if entry.isMerge {
                    for source in entry.value.items ?? [entry.value] {
                        coverSecret(source.target, upTo: source.target.end.offset)
                    }
                } else if ["data", "stringData"].contains(entry.name) {
                    // A comment before or below a value may hold a former one.
                    let next = index + 1 < entries.count ? entries[index + 1].key.start.offset : end
                    coverValues(entry, upTo: next)
                }
            }
        }

        private mutating func coverValues(_ entry: YAMLNode.Entry, upTo end: Int) {
            coverAnchors(entry.value)
            guard case .mapping(let values, .block) = entry.value.content else { return cover(entry.value) }
            let indentation = "\n" + String(repeating: " ", count: entry.value.start.column - 1)
            add(entry.key.end.offset, startOfLine(end), ":" + values.map { indentation + line($0) }.joined() + "\n")
        }

        private mutating func cover(_ node: YAMLNode) {
            guard case .mapping(let values, _) = node.content else {
                return add(node.start.offset, node.end.offset, placeholder)
            }
            add(node.start.offset, node.end.offset, "{\(values.map(line).joined(separator: ", "))}")
        }

        /// Where an anchor's value is used, it is the anchor's that must not be seen.
        private mutating func coverAnchors(_ node: YAMLNode) {
            if node.isAlias {
                cover(node.target)
                return coverAnchors(node.target)
            }
            for item in node.items ?? [] { coverAnchors(item) }
            for entry in node.entries ?? [] { coverAnchors(entry.value) }
        }

        private func line(_ entry: YAMLNode.Entry) -> String {
            "\(YAMLValue.string(entry.name).flowYAML()): \(placeholder)"
        }

        private mutating func add(_ start: Int, _ end: Int, _ text: String) {
            guard start < end, end <= bytes.count else { return }
            let endsLine = bytes[end - 1] == UInt8(ascii: "\n") && text.last != "\n"
            pieces.append((start..<end, endsLine ? text + "\n" : text))
        }

        /// The indentation before the next key stays.
        private func startOfLine(_ offset: Int) -> Int {
            var start = min(offset, bytes.count)
            while start > 0, bytes[start - 1] != UInt8(ascii: "\n") { start -= 1 }
            return start
        }

        private var placeholder: String { MaskedText.placeholder }
    }
}
