import ArgumentParser
import JobContract
import Manifests
import OutputFolder

struct FleetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fleet",
        abstract: "Show many instances in one table: what git holds of each, and what state it is in.",
        discussion: """
            Takes configs, and folders with configs anywhere below, and changes nothing. A config that is broken is a row \
            with its error, and no failure: that is what check is for. A file that cannot be read, or that holds no state, is \
            told beside the table, and the command exits with 65.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json, html
    }

    @OptionGroup var input: InputOptions

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "What 'rehome-job status --output json' wrote, of one instance or many, in a file, a folder, or - for standard "
                + "input.", valueName: "file"), completion: .file())
    var status: [String] = []

    @Option(help: "Form of the table.")
    var format = Format.text

    func run() async throws {
        let inputs = FleetInputs(layers: input.layers)
        let (configs, states) = try input.reported { () throws(OutputError) in
            (try inputs.configs(in: input.configs.isEmpty ? ["."] : input.configs), try inputs.states(in: status))
        }
        let complaints = configs.complaints + states.complaints
        guard !configs.items.isEmpty || !states.items.isEmpty || !complaints.isEmpty else {
            Console.error(
                "error: there is no config below \(input.configs.isEmpty ? "this folder" : input.configs.joined(separator: ", "))\n"
                    + "  Name files, or folders with files of the kind Migration of rehome.dev. (\(DocsPage.fleet))")
            throw ExitCode.badInput
        }
        var found = input
        found.configs = configs.items
        let fleet = Fleet(
            try await found.outcomes(of: found.inputs(of: configs.items), .compare), states: states.items)
        switch format {
        case .text: try Console.print(FleetText.text(fleet))
        case .json: try Console.write(FleetData.json(fleet))
        case .html: try Console.write(FleetPage(fleet: fleet).text)
        }
        for complaint in complaints { Console.error(complaint) }
        if !complaints.isEmpty { throw ExitCode.badInput }
    }
}
