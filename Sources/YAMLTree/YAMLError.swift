/// What is wrong with a YAML text or with an edit of it, where, and what would have been right.
public struct YAMLError: Error, Sendable, CustomStringConvertible {
    public let position: YAMLPosition
    /// What was found. Never a scalar's content, which may be a secret.
    public let problem: String
    /// What would have been right, or what to do; `nil` where the problem says it all.
    public let expected: String?

    public init(at position: YAMLPosition, _ problem: String, expected: String? = nil) {
        self.position = position
        self.problem = problem
        self.expected = expected
    }

    public var description: String {
        expected.map { "\(position): \(problem); expected \($0)" } ?? "\(position): \(problem)"
    }
}
