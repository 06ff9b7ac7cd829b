import YAMLTree

/// Templates in the values, as far as they can be filled in without Helm.
extension HelmRelease {
    /// A text with the templates filled in that stand for the names of the release, its namespace and its Deployment.
    public func expanded(_ text: String) -> String {
        guard text.contains("{{") else { return text }
        let named =
            text
            .replacing(#/\{\{-?\s*\$?\.Release\.Name\s*(?:\|\s*\w+\s*)*-?\}\}/#, with: name)
            .replacing(
                #/\{\{-?\s*(?:include|template)\s+"common\.names\.fullname"\s+[.$]\s*(?:\|\s*\w+\s*)*-?\}\}/#,
                with: deployment)
        guard let namespace else { return named }
        return named.replacing(#/\{\{-?\s*\$?\.Release\.Namespace\s*(?:\|\s*\w+\s*)*-?\}\}/#, with: namespace)
    }

    /// A template as readable YAML: a line that holds only an action, such as an `if`, is left out, and any other action is
    /// replaced by a placeholder word.
    static func withoutActions(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false)
            .filter { $0.wholeMatch(of: #/\s*(?:\{\{[^{}]*\}\}\s*)+/#) == nil }
            .map { $0.replacing(#/\{\{[^{}]*\}\}/#, with: "template.of.the.chart") }.joined(separator: "\n")
    }
}
