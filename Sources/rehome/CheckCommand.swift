import ArgumentParser
import Manifests
import OutputFolder

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Tell whether the folder is what the config renders to.",
        discussion: "Writes nothing. Prints the difference and exits with 1 if it is not.")

    @OptionGroup var input: InputOptions

    func run() throws {
        let (_, files, edit) = try input.render()
        var changes: [OutputFolder.Change]
        do throws(OutputError) {
            changes = try input.folder.changes(to: files)
            if !changes.isEmpty, let writer = try input.folder.writtenBy(), writer != Version.current {
                Console.error("\(input.output) was written by rehome \(writer); this is rehome \(Version.current).")
            }
        } catch {
            Console.error(error.description)
            throw ExitCode.cannotWrite
        }
        if let edit, edit.old != edit.new {
            changes.append(OutputFolder.Change(path: edit.path, old: edit.old, new: edit.new))
        }
        guard !changes.isEmpty else { return }
        for change in changes { Console.print(SecretMask.diff(change)) }
        Console.error(
            "error: \(input.output) is not what \(input.config) renders to\n"
                + "  Run: rehome render -f \(input.config) -o \(input.output)")
        throw ExitCode.stale
    }
}
