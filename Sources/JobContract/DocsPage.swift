/// A page of the documentation, or a heading on it, as messages name it: by its path in the repository. The path is the
/// same in a checkout, on a Git host and, with `.html`, on the site.
public enum DocsPage: String, CaseIterable, Sendable, CustomStringConvertible {
    case firstConfig = "docs/how-to/first-config.md#2-fill-in-the-rest"
    case config = "docs/reference/config.md"
    case generatorMessages = "docs/troubleshooting.md#rehome"
    case cannotConnect = "docs/troubleshooting.md#the-job-cannot-connect"
    case jobFails = "docs/troubleshooting.md#the-job-fails"
    case afterCutOver = "docs/troubleshooting.md#after-the-cut-over"
    case preflight = "docs/findings.md"
    case onCommand = "docs/how-to/choose-the-moment.md#on-your-word"
    case verify = "docs/engine.md#verify-later"
    case report = "docs/report.md#the-report"
    case fleet = "docs/how-to/several-instances.md#see-all-of-them"

    public var description: String { rawValue }

    /// The heading in the reference with the keys of one section of the config.
    ///
    /// - Parameter path: the section's path from the root; an item of a list has its number in brackets.
    public static func section(_ path: String) -> String {
        let kept = path.prefix { $0 != "[" }.lowercased().filter { $0 != "." }
        return kept.isEmpty ? config.rawValue : "\(config)#\(kept)"
    }
}
