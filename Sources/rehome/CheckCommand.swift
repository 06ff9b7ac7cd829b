import ArgumentParser

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Tell whether the folder is what the config renders to.",
        discussion: "Writes nothing, and needs no password. Prints the difference and exits with 1 if it is not. "
            + "A certificate that has expired since the render is a warning: time alone fails no check.")

    @OptionGroup var input: InputOptions

    @OptionGroup var result: FormatOptions

    func run() async throws {
        let found = try await input.changes()
        if result.isData { try Console.write(ResultData.changes(found)) }
        for (instance, changes) in found where !changes.isEmpty {
            if !result.isData { for change in changes { try Console.print(SecretMask.diff(change)) } }
            Console.error(
                "error: \(instance.output) is not what \(instance.layers.joined(separator: " + ")) renders to\n"
                    + "  Run: \(instance.renderCommand)")
        }
        if found.contains(where: { !$0.changes.isEmpty }) { throw ExitCode.stale }
    }
}
