import OutputFolder
import YAMLTree

/// Shows changes without showing secrets.
enum SecretMask {
    /// The difference in the form of `diff -u`. Of a Secret's values it only shows that they differ.
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

/// A file's text with "(not shown)" in the place of each secret value.
struct MaskedText {
    var text: String
    /// Whether nothing can be shown, since it is not known what is secret in it.
    var isUnreadable = false

    static let placeholder = "(not shown)"
    private static let mostDepth = 8

    /// - Parameters:
    ///   - isProse: whether it is a runbook, which mentions Secrets but contains none.
    ///   - depth: how many other texts it is nested in.
    init(_ bytes: [UInt8], isProse: Bool, depth: Int = 0) {
        text = String(decoding: bytes, as: UTF8.self)
        guard !isProse, depth < Self.mostDepth, let file = try? YAMLFile(parsing: bytes, name: "") else {
            guard !isProse, Self.mayHoldSecret(text) else { return }
            text = "\(Self.placeholder), since it is no YAML and speaks of secrets\n"
            isUnreadable = true
            return
        }
        var mask = SecretPlaces(bytes: bytes, depth: depth)
        for document in file.documents { mask.cover(document.root, upTo: document.end.offset) }
        text = String(decoding: mask.covered, as: UTF8.self)
    }

    private static func mayHoldSecret(_ text: String) -> Bool {
        text.split(whereSeparator: \.isNewline).contains { line in
            let word = line.drop { " \t-\"'{".contains($0) }
            if word.hasPrefix("kind") && line.contains("Secret") || word.hasPrefix("stringData") { return true }
            // For text that is no YAML, such as a template in values: its keys are judged like those of YAML.
            let parts = word.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, parts[1].contains(where: { !$0.isWhitespace }) else { return false }
            return SecretPlaces.suggestsSecret(String(parts[0].filter { !"\"' ".contains($0) }))
        }
    }
}
