import JobContract
public import YAMLTree

/// One thing that is wrong, or worth knowing, about the input.
public struct Problem: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Severity: String, Sendable {
        /// Nothing is rendered.
        case error
        /// Rendered, but a person should look.
        case warning
    }

    public var severity: Severity
    public var position: YAMLPosition
    /// What was found and what was expected.
    public var message: String
    /// What to do next; nothing where the message already says so.
    public var advice: String?

    public init(_ severity: Severity, at position: YAMLPosition, _ message: String, advice: String? = nil) {
        self.severity = severity
        self.position = position
        self.message = message
        self.advice = advice
    }

    public init(_ error: YAMLError) {
        self.init(.error, at: error.position, error.problem + (error.expected.map { "; expected \($0)" } ?? ""))
    }

    /// In the form of compilers' messages, so that editors and terminals make it a link.
    public var description: String {
        let line = "\(VisibleText.of(position.description)): \(severity.rawValue): \(Self.shown(message))"
        guard let advice else { return line }
        return line + "\n  " + Self.shown(advice)
    }

    /// The same with a page of the documentation: that of the section whose key the message names, otherwise that of
    /// messages. Nothing is added to a message that names a page itself.
    public var descriptionWithPage: String {
        guard advice?.contains("(docs/") != true else { return description }
        let section = ConfigFormat.section(namedIn: message) ?? advice.flatMap { ConfigFormat.section(namedIn: $0) }
        return "\(description)\n  See \(section.map(DocsPage.section) ?? DocsPage.generatorMessages.description)"
    }

    /// A text on one line, with invisible characters shown, and short enough to read. Messages repeat what was found,
    /// and a key or a name may be anything.
    private static func shown(_ text: String) -> String {
        let text = VisibleText.of(text)
        return text.utf8.count <= 2000 ? text : "\(text.prefix(1500)) … \(text.suffix(300))"
    }
}

/// Everything that stands in the way of rendering.
public struct ConfigError: Error, CustomStringConvertible {
    public var problems: [Problem]

    public init(problems: [Problem]) { self.problems = problems }

    public var description: String { problems.map(\.description).joined(separator: "\n") }

    /// For people, with the pages that tell more.
    public var descriptionWithPages: String { problems.map(\.descriptionWithPage).joined(separator: "\n") }
}

/// Collects problems, so that one run reports them all.
public struct Report: Sendable {
    public private(set) var problems: [Problem] = []

    public var hasErrors: Bool { problems.contains { $0.severity == .error } }

    /// Whether an error names a section of the config. It counts as missing then, and needs no second error.
    func hasError(naming section: String) -> Bool {
        problems.contains { $0.severity == .error && $0.message.contains(section) }
    }

    mutating func error(_ message: String, at position: YAMLPosition, advice: String? = nil) {
        add(.error, message, at: position, advice: advice)
    }

    mutating func warn(_ message: String, at position: YAMLPosition, advice: String? = nil) {
        add(.warning, message, at: position, advice: advice)
    }

    mutating func add(
        _ severity: Problem.Severity, _ message: String, at position: YAMLPosition, advice: String? = nil
    ) {
        let problem = Problem(severity, at: position, message, advice: advice)
        // Two checks may find the same problem.
        if !problems.contains(problem) { problems.append(problem) }
    }

    /// Ordered by file, in the order in which the files were read, and within a file by position.
    var sorted: [Problem] {
        var rank: [String: Int] = [:]
        for problem in problems where rank[problem.position.file] == nil { rank[problem.position.file] = rank.count }
        return problems.sorted { one, other in
            let (first, second) = (one.position, other.position)
            return (rank[first.file] ?? 0, first.line, first.column) < (
                rank[second.file] ?? 0, second.line, second.column
            )
        }
    }

    mutating func error(_ error: YAMLError) { problems.append(Problem(error)) }

    /// Like ``error(_:)``, for a text that may be a template and therefore no YAML.
    mutating func error(_ error: YAMLError, in bytes: [UInt8]) {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let opening = Array("{{".utf8)[...]
        for (number, line) in lines.enumerated() {
            guard let place = line.firstRange(of: opening) else { continue }
            let before = String(decoding: line[..<place.lowerBound], as: UTF8.self)
            self.error(
                "found a template of Helm, which is no YAML yet",
                at: YAMLPosition(
                    file: error.position.file, line: number + 1, column: before.unicodeScalars.count + 1,
                    offset: place.lowerBound),
                advice: TemplateLanguage.helm.advice)
            return
        }
        self.error(error)
    }
}
