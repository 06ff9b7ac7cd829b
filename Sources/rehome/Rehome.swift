import ArgumentParser

@main
struct Rehome: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rehome",
        abstract: "Turns one config into the manifests that move a Backstage instance to another PostgreSQL.",
        discussion: """
            Reads files, writes files; never talks to a cluster or a database.

            Exit codes:
              0   done; for check: the folder is current
              1   check: the folder is not what the config renders to
              64  the command line is wrong
              65  the config, the Backstage CR, a template or a file that they name is wrong
              70  a bug of rehome: what it rendered breaks its own rules
              73  the folder could not be read or written; it is as it was
            """,
        version: Version.current,
        subcommands: [
            RenderCommand.self, CheckCommand.self, DiffCommand.self, SchemaCommand.self, ExplainCommand.self,
            InitCommand.self, FleetCommand.self,
        ])
}

enum Version {
    static let current = "0.1.0"
}

extension ExitCode {
    /// `check` found differences.
    static let stale = ExitCode(1)
    /// EX_DATAERR of `sysexits.h`.
    static let badInput = ExitCode(65)
    /// EX_SOFTWARE of `sysexits.h`.
    static let bug = ExitCode(70)
    /// EX_CANTCREAT of `sysexits.h`.
    static let cannotWrite = ExitCode(73)
}
