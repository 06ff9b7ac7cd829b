import ArgumentParser
import OutputFolder

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Tell whether the folder is what the config renders to.",
        discussion: "Writes nothing. Prints the difference and exits with 1 if it is not.")

    @OptionGroup var input: InputOptions

    func run() throws {
        let changes = try input.changes()
        guard !changes.isEmpty else { return }
        for change in changes { Console.print(SecretMask.diff(change)) }
        Console.error(
            "error: \(input.output) is not what \(input.config) renders to\n"
                + "  Run: rehome render -f \(input.config) -o \(input.output)")
        throw ExitCode.stale
    }
}
