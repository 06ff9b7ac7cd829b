import ArgumentParser
import JobContract

@main
struct RehomeJob: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rehome-job",
        abstract: "Moves Backstage's databases from one PostgreSQL server to another.",
        discussion: """
            Settings come from the environment (REHOME_…), as the manifests of 'rehome render' set them; \
            'rehome-job settings' lists them.

            Exit codes: 0 done; 64 wrong usage; 65 content or schema differs; 70 a bug; 75 try again; \
            78 a person must act. 64, 65 and 78 are not worth another attempt.
            """,
        version: "rehome-job \(JobVersion.current)",
        subcommands: [
            MigrateCommand.self, GoCommand.self, WaitCommand.self, RehearseCommand.self, PreflightCommand.self,
            StatusCommand.self, AfterCommand.self, VerifyCommand.self, ReportCommand.self,
            ReleaseCommand.self, CleanCommand.self, RenameSchemasCommand.self, SettingsCommand.self,
        ])
}
