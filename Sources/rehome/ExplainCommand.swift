import ArgumentParser
import MigrationSpec
import YAMLTree

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Tell what a key of rehome.yaml means.",
        discussion: "Without a key, lists them all.")

    @Argument(
        help: ArgumentHelp("The key, such as spec.target.external.host, or the end of it.", valueName: "key"),
        completion: .list(ConfigFormat.keysWithItems.map(\.path)))
    var key: String?

    @OptionGroup var result: FormatOptions

    func run() throws {
        guard let key else {
            guard !result.isData else { return try Console.write(ResultData.keys(ConfigFormat.keysWithItems)) }
            for key in ConfigFormat.keysWithItems { try Console.print("\(key.path)\n    \(key.declaration.meaning)") }
            return
        }
        guard let found = ConfigFormat.keyToExplain(key) else {
            let suggestions = ConfigFormat.suggestions(for: key)
            Console.error(
                "error: there is no single key '\(key)'"
                    + (suggestions.isEmpty ? "" : "\n  Did you mean \(suggestions.joined(separator: ", or "))?"))
            throw ExitCode.badInput
        }
        if result.isData { try Console.write(ResultData.keys([found])) } else { try Console.print(text(of: found)) }
    }

    private func text(of key: ConfigFormat.Key) -> String {
        let declaration = key.declaration
        var lines = [key.path, "", declaration.meaning]
        if let consequence = declaration.consequence { lines.append(consequence) }
        lines += ["", "Expected: \(declaration.shape.expectation)"]
        if declaration.isRequired { lines.append("Required.") }
        if let value = declaration.defaultValue, value != .null { lines.append("Default: \(value.flowYAML())") }
        if let derivation = declaration.derivation { lines.append("Without it: \(derivation).") }
        if let (fields, rules) = declaration.shape.keys {
            if !rules.atLeastOne.isEmpty {
                lines.append("One or more of: \(rules.atLeastOne.joined(separator: ", ")).")
            }
            if !rules.exactlyOne.isEmpty {
                lines.append("Exactly one of: \(rules.exactlyOne.joined(separator: ", ")).")
            }
            lines.append("")
            lines += fields.map { "  \($0.name)\($0.isRequired ? " (required)" : "")\n      \($0.meaning)" }
        }
        return lines.joined(separator: "\n")
    }
}
