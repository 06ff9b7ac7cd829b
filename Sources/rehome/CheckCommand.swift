import ArgumentParser
import Manifests
import OutputFolder

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Tell whether the folder is what the config renders to.",
        discussion: "Writes nothing, and needs no password. Prints the difference and exits with 1 if it is not. "
            + "A certificate that has expired since the render is a warning: time alone fails no check.")

    @OptionGroup var input: InputOptions

    func run() async throws {
        var isStale = false
        for instance in try await input.render(.compare) {
            let changes = try input.reported { () throws(OutputError) in try instance.changes() }
            guard !changes.isEmpty else { continue }
            isStale = true
            for change in changes { try Console.print(SecretMask.diff(change)) }
            Console.error(
                "error: \(instance.output) is not what \(instance.layers.joined(separator: " + ")) renders to\n"
                    + "  Run: \(instance.renderCommand)")
        }
        if isStale { throw ExitCode.stale }
    }
}
