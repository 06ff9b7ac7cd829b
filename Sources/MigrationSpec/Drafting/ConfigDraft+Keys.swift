import JobContract
import YAMLTree

extension ConfigDraft {
    /// A key that a person is asked for.
    public struct Question: Sendable {
        public var path: String
        /// What the key means, which values it takes, and what the instance's files tell about it.
        public var text: String
        /// Whether nothing renders without it.
        public var isRequired: Bool
    }

    /// The keys that only a person can set and that are still empty, in the order of the config's keys.
    public var questions: [Question] {
        guard case .section(let fields, _) = RootSection.shape else { return [] }
        return fields.flatMap { questions(in: $0, at: $0.name) }
    }

    private func questions(in field: any FieldDeclaration, at path: String) -> [Question] {
        guard isShown(field, at: path) else { return [] }
        if case .section(let fields, let rules) = field.shape {
            return chosen(of: fields, rules, at: path).flatMap { questions(in: $0, at: "\(path).\($0.name)") }
        }
        guard values[path] == nil else { return [] }
        return [
            Question(path: path, text: questionText(field, at: path), isRequired: isMissing(field, at: path))
        ]
    }

    func questionText(_ field: any FieldDeclaration, at path: String) -> String {
        [
            field.meaning, "It is \(Self.expectation(field.shape)).", remarks[path],
            path.hasSuffix(".tls.serverSecret")
                ? "Or set certManager.issuer, or serviceCA={}, instead (rehome explain \(path.dropLast(13)))." : nil,
        ].compactMap { $0 }.joined(separator: " ")
    }

    /// What a value must look like, without the list of allowed characters, which the error for a wrong value has.
    private static func expectation(_ shape: Shape) -> String {
        let whole = shape.expectation
        guard case .text = shape, let more = whole.firstRange(of: " (") else { return whole }
        return String(whole[..<more.lowerBound])
    }

    /// All fields, except the alternatives that are not chosen.
    func chosen(
        of fields: [any FieldDeclaration], _ rules: SectionRules, at path: String
    ) -> [any FieldDeclaration] {
        fields.filter { !rules.exactlyOne.contains($0.name) || chosen.contains("\(path).\($0.name)") }
    }

    /// Whether the short draft shows the key: it is needed, or a person should think of it.
    func isShown(_ field: any FieldDeclaration, at path: String) -> Bool {
        isNeeded(field, at: path) || worthSaying.contains { $0 == path || $0.hasPrefix(path + ".") }
    }

    /// Whether the draft needs the key: it is required, or it or something in it has a value.
    func isNeeded(_ field: any FieldDeclaration, at path: String) -> Bool {
        if isMissing(field, at: path) || values[path] != nil { return true }
        if field.isRequired || chosen.contains(path) { return true }
        return values.keys.contains { $0.hasPrefix(path + ".") }
            || chosen.contains { $0.hasPrefix(path + ".") }
    }

    func isMissing(_ field: any FieldDeclaration, at path: String) -> Bool {
        if case .section = field.shape { return false }
        guard values[path] == nil else { return false }
        return field.isRequired || isMissingOfTLS(path)
            || (path == "metadata.namespace" && remarks[path] != nil)
    }

    /// Whether a TLS key is missing. If certificates are checked, the server needs one, and clients need the authorities,
    /// unless an issuer provides both.
    private func isMissingOfTLS(_ path: String) -> Bool {
        guard path.hasSuffix(".tls.caFile") || path.hasSuffix(".tls.serverSecret"),
            let section = path.lastIndex(of: ".").map({ path[..<$0] })
        else { return false }
        if values["\(section).mode"] == .string(ServerTLS.disabled.rawValue) { return false }
        return values["\(section).certManager.issuer"] == nil && !chosen.contains("\(section).serviceCA")
    }

    static func wrapped(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        for word in VisibleText.of(text).split(separator: " ") {
            if let last = lines.last, last.count + 1 + word.count <= width {
                lines[lines.count - 1] += " " + word
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }
}
