import ArgumentParser

struct DiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Show what a render would change.",
        discussion: "Writes nothing, needs no password, and a difference is no failure.")

    enum Colour: String, ExpressibleByArgument, CaseIterable {
        case auto, always, never
    }

    @OptionGroup var input: InputOptions

    @OptionGroup var result: FormatOptions

    @Option(help: "When to use colours; auto means on a terminal, unless NO_COLOR is set.")
    var color = Colour.auto

    func run() async throws {
        let isColoured =
            switch color {
            case .auto: Console.isTerminal && Console.environment["NO_COLOR"] == nil
            case .always: true
            case .never: false
            }
        let found = try await input.changes()
        guard !result.isData else { return try Console.write(ResultData.changes(found)) }
        for change in found.flatMap(\.changes) {
            let text = Console.visible(SecretMask.diff(change))
            try Console.write((isColoured ? coloured(text) : text) + "\n")
        }
    }

    private func coloured(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let colour =
                line.hasPrefix("+++") || line.hasPrefix("---")
                ? "1" : line.hasPrefix("@@") ? "36" : line.hasPrefix("+") ? "32" : line.hasPrefix("-") ? "31" : ""
            return colour.isEmpty ? String(line) : "\u{1B}[\(colour)m\(line)\u{1B}[0m"
        }.joined(separator: "\n")
    }
}
