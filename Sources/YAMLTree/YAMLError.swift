/// A problem of a YAML text or of an edit: what it is, where it is, and what was expected.
public struct YAMLError: Error, Sendable, CustomStringConvertible {
    public let position: YAMLPosition
    private let found: YAMLErrorText
    private let wanted: YAMLErrorText?

    /// What was found. Never a scalar's content, which may be a secret.
    public var problem: String { found.description }
    /// What was expected, or what to do; `nil` where the problem says it all.
    public var expected: String? { wanted?.description }

    public init(at position: YAMLPosition, _ problem: String, expected: String? = nil) {
        self.init(
            at: position, YAMLErrorText(stringLiteral: problem),
            expected: expected.map(YAMLErrorText.init(stringLiteral:)))
    }

    /// Like ``init(at:_:expected:)-(_,String,_)``, for texts that contain other positions.
    init(at position: YAMLPosition, _ problem: YAMLErrorText, expected: YAMLErrorText?) {
        self.position = position
        found = problem
        wanted = expected
    }

    /// The same error with all its positions mapped, for a text that is part of a file.
    public func moved(_ place: (YAMLPosition) -> YAMLPosition) -> YAMLError {
        YAMLError(at: place(position), found.moved(place), expected: wanted?.moved(place))
    }

    /// The same error at another position.
    func at(_ position: YAMLPosition) -> YAMLError { YAMLError(at: position, found, expected: wanted) }

    public var description: String {
        expected.map { "\(position): \(problem); expected \($0)" } ?? "\(position): \(problem)"
    }
}

/// The text of an error. Positions in it stay positions, since a text that is part of a file has other lines there.
struct YAMLErrorText: Sendable, ExpressibleByStringInterpolation, CustomStringConvertible {
    fileprivate enum Part: Sendable {
        case text(String)
        case line(YAMLPosition)
        case place(YAMLPosition)
    }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var parts: [Part] = []

        init(literalCapacity: Int, interpolationCount: Int) {}

        mutating func appendLiteral(_ literal: String) { parts.append(.text(literal)) }
        mutating func appendInterpolation(_ text: some CustomStringConvertible) {
            parts.append(.text(text.description))
        }
        /// "line 3"
        mutating func appendInterpolation(line position: YAMLPosition) { parts.append(.line(position)) }
        /// "line 3, column 5"
        mutating func appendInterpolation(place position: YAMLPosition) { parts.append(.place(position)) }
    }

    private let parts: [Part]

    private init(parts: [Part]) { self.parts = parts }
    init(stringLiteral value: String) { parts = [.text(value)] }
    init(stringInterpolation interpolation: StringInterpolation) { parts = interpolation.parts }

    func moved(_ place: (YAMLPosition) -> YAMLPosition) -> YAMLErrorText {
        YAMLErrorText(
            parts: parts.map { part in
                switch part {
                case .text: part
                case .line(let position): .line(place(position))
                case .place(let position): .place(place(position))
                }
            })
    }

    var description: String {
        parts.map { part in
            switch part {
            case .text(let text): text
            case .line(let position): "line \(position.line)"
            case .place(let position): "line \(position.line), column \(position.column)"
            }
        }.joined()
    }
}
