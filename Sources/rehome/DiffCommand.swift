import ArgumentParser
import OutputFolder

struct DiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Show what a render would change.",
        discussion: "Writes nothing, and a difference is no failure. In colour on a terminal, unless NO_COLOR is set.")

    @OptionGroup var input: InputOptions

    func run() throws {
        let isColoured = Console.isTerminal && Console.environment["NO_COLOR"] == nil
        for change in try input.changes() {
            let text = SecretMask.diff(change)
            Console.print(isColoured ? coloured(text) : text)
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
