import YAMLTree

/// What can be said of templates in the values without Helm.
extension HelmRelease {
    /// A text with what Helm puts in the place of the names of the release, of its namespace and of its Deployment.
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

    /// A template as the YAML that it may come to: lines that are actions and nothing else, such as an `if`, are left out, and
    /// other actions are a word that nothing else is called by.
    static func withoutActions(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false)
            .filter { $0.wholeMatch(of: #/\s*(?:\{\{[^{}]*\}\}\s*)+/#) == nil }
            .map { $0.replacing(#/\{\{[^{}]*\}\}/#, with: "template.of.the.chart") }.joined(separator: "\n")
    }
}
