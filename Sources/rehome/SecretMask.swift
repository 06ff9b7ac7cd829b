import OutputFolder

/// Shows what changes without showing what is secret.
enum SecretMask {
    /// The difference as `diff -u` has it; of a Secret's values only that they differ.
    static func diff(_ change: OutputFolder.Change) -> String {
        let old = change.old.map { String(decoding: $0, as: UTF8.self) }
        let new = change.new.map { String(decoding: $0, as: UTF8.self) }
        guard isSecret(old) || isSecret(new) else { return UnifiedDiff.between(old, new, path: change.path) }
        let masked = UnifiedDiff.between(old.map(masked), new.map(masked), path: change.path)
        return masked.isEmpty
            ? "--- a/\(change.path)\n+++ b/\(change.path)\nThe Secret's values differ (not shown)." : masked
    }

    private static func isSecret(_ text: String?) -> Bool {
        text?.split(separator: "\n").contains { $0 == "kind: Secret" } ?? false
    }

    /// Everything below `data` and `stringData`, but for the keys.
    private static func masked(_ text: String) -> String {
        var isInside = false
        return text.split(separator: "\n", omittingEmptySubsequences: false).compactMap { line -> String? in
            if line.first.map({ $0 != " " && $0 != "#" }) ?? false {
                isInside = line == "stringData:" || line == "data:"
            }
            guard isInside, line.first == " " else { return String(line) }
            // Deeper lines belong to a value of several lines.
            guard !line.hasPrefix("   "), let colon = line.firstIndex(of: ":") else { return nil }
            return line[...colon] + " (not shown)"
        }.joined(separator: "\n")
    }
}
