import YAMLTree

extension ConfigDraft {
    /// The config with every key. Optional keys are comments, with their defaults.
    public var fullText: String {
        guard case .section(let fields, _) = RootSection.shape else { return "" }
        return fields.map { lines(of: $0, at: $0.name, depth: 0, isActive: true) }.joined()
    }

    private func lines(of field: any FieldDeclaration, at path: String, depth: Int, isActive: Bool) -> String {
        let value = values[path]
        let isNeeded = isNeeded(field, at: path)
        let isActive = isActive && isNeeded
        let indentation = String(repeating: "  ", count: depth)
        let marker = isActive ? "" : "# "
        var text = ""
        if depth > 0 { text += comment(field, at: path, indentation: indentation, isActive: isActive) }
        if case .section(let fields, let rules) = field.shape {
            let shown = fields.filter {
                !rules.exactlyOne.contains($0.name) || chosen.contains("\(path).\($0.name)") || !isActive
            }
            let others =
                isActive
                ? fields.filter { rules.exactlyOne.contains($0.name) && !chosen.contains("\(path).\($0.name)") } : []
            text += "\(indentation)\(marker)\(field.name):\(isActive && fields.isEmpty ? " {}" : "")\n"
            for other in others {
                text += "\(indentation)  # Or \(other.name): \(other.meaning) (rehome explain \(path).\(other.name))\n"
            }
            return text
                + shown.map { lines(of: $0, at: "\(path).\($0.name)", depth: depth + 1, isActive: isActive) }.joined()
        }
        let shown = value ?? field.defaultValue
        return text + "\(indentation)\(marker)\(field.name):\(shown.map { " " + $0.flowYAML() } ?? "")\n"
    }

    private func comment(
        _ field: any FieldDeclaration, at path: String, indentation: String, isActive: Bool
    ) -> String {
        var sentences = [field.meaning]
        if let derivation = field.derivation, values[path] == nil { sentences.append("Without it: \(derivation).") }
        if let remark = remarks[path] { sentences.append(remark) }
        if isActive, isMissing(field, at: path) { sentences.append("To be filled in: \(field.shape.expectation).") }
        return Self.wrapped(sentences.joined(separator: " "), width: 110 - indentation.count)
            .map { "\(indentation)# \($0)\n" }.joined()
    }
}
