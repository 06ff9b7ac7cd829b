import ArgumentParser
import SystemPackage

@main
struct RehomeBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rehome-bench", abstract: "Measure rehome-job against what else moves these databases.",
        subcommands: [TotalsBench.self, LiveBench.self], defaultSubcommand: TotalsBench.self)
}

/// Says how far it is, beside the report.
func note(_ text: String) throws { try FileDescriptor.standardError.writeAll((text + "\n").utf8) }
