import JobContract
import YAMLTree

extension ConfigDraft {
    private static let width = 118

    /// The config on one screen: what could be found out, and an empty line for each key that only a person can set.
    /// `rehome render` reports each of these that is still empty.
    public var text: String {
        guard case .section(let fields, _) = RootSection.shape else { return "" }
        let heading = [
            "# How Backstage moves to another PostgreSQL. Fill in what is empty, then: rehome render",
            "# All keys: rehome explain, rehome init --full, or \(DocsPage.config)",
            "# Step by step: \(DocsPage.firstConfig)",
        ]
        return (heading + fields.flatMap { shortLines(of: $0, at: $0.name, depth: 0) }).map { $0 + "\n" }.joined()
    }

    private func shortLines(of field: any FieldDeclaration, at path: String, depth: Int) -> [String] {
        guard isShown(field, at: path) else { return [] }
        let indentation = String(repeating: "  ", count: depth)
        guard case .section(let fields, let rules) = field.shape else {
            guard let value = values[path] else {
                return comment("To fill in. " + questionText(field, at: path), indentation)
                    + ["\(indentation)\(field.name):"]
            }
            return remarked("\(indentation)\(field.name): \(value.flowYAML())", remarks[path], indentation)
        }
        let lines = chosen(of: fields, rules, at: path).flatMap {
            shortLines(of: $0, at: "\(path).\($0.name)", depth: depth + 1)
        }
        guard !lines.isEmpty else { return ["\(indentation)\(field.name): {}"] }
        let others = rules.exactlyOne.filter { !chosen.contains("\(path).\($0)") }
        // The instance's own files decide this one, so there is no choice.
        let choice =
            others.isEmpty || path == "spec.backstage"
            ? nil : "Or \(others.joined(separator: ", ")): rehome explain \(path)"
        let remark = [remarks[path], choice].compactMap { $0 }.joined(separator: " ")
        return remarked("\(indentation)\(field.name):", remark.isEmpty ? nil : remark, indentation) + lines
    }

    /// The line with its remark: behind it if there is room, otherwise above it.
    private func remarked(_ line: String, _ remark: String?, _ indentation: String) -> [String] {
        guard let remark else { return [line] }
        let together = "\(line)  # \(VisibleText.of(remark))"
        return together.count <= Self.width ? [together] : comment(remark, indentation) + [line]
    }

    private func comment(_ text: String, _ indentation: String) -> [String] {
        Self.wrapped(text, width: Self.width - 2 - indentation.count).map { "\(indentation)# \($0)" }
    }
}
