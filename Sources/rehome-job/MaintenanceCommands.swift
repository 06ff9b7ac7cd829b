import ArgumentParser
import DatabaseMigration
import JobContract
import MigrationReport
import PostgresClient

struct PreflightCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preflight", abstract: "Look at both servers and say all that stands in the way; change nothing.")

    @OptionGroup var log: LogOptions

    func run() async throws {
        try await JobRun.ending {
            let job = try JobRun(log)
            let report = try await job.migration().preflight()
            try job.write(report, lines: PreflightText.lines(report), as: log.output)
            if report.hasErrors {
                var failure = MigrationFailure(
                    .personMustAct, "the preflight found errors", advice: "Each says what to do.")
                failure.page = .preflight
                throw failure
            }
        }
    }
}

struct ReleaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "release", abstract: "Lift the fence from the source.")

    @Flag(help: "Also when everything is published, to go back: what is written at the source is not at the target.")
    var evenIfPublished = false

    @OptionGroup var log: LogOptions

    func run() async throws {
        try await JobRun.ending {
            let job = try JobRun(log)
            let released = try await job.maintaining("lifting the fence") { maintenance in
                try await maintenance.release(evenIfPublished: evenIfPublished)
            }
            let names = released.databases.map(\.description)
            let fenced = names.isEmpty ? "no database was fenced" : "released: \(names.joined(separator: ", "))"
            try job.write(
                ReleaseResult(released: names),
                lines: [fenced + (released.configuration ? "; the source's configuration is as it was before" : "")],
                as: log.output)
        }
    }
}

struct CleanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clean", abstract: "Drop what unpublished attempts have left at the target.")

    @OptionGroup var log: LogOptions

    func run() async throws {
        try await JobRun.ending {
            let job = try JobRun(log)
            let dropped = try await job.maintaining("dropping what attempts have left") { try await $0.clean() }
            let names = dropped.map(\.description)
            try job.write(
                CleanResult(dropped: names),
                lines: [names.isEmpty ? "nothing was left" : "dropped: \(names.joined(separator: ", "))"],
                as: log.output)
        }
    }
}

struct RenameSchemasCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: JobCommand.renameSchemas.rawValue,
        abstract: "Give schemas of a published database the names under which other programs look for them.")

    @Option(help: "The database.")
    var database: String

    @Argument(help: "The old and the new name of each schema, one after the other.")
    var names: [String]

    @OptionGroup var log: LogOptions

    private var renamings: [SchemaRenaming] {
        zip(names, names.dropFirst()).enumerated().filter { $0.offset.isMultiple(of: 2) }.map {
            SchemaRenaming(old: Identifier($0.element.0), new: Identifier($0.element.1))
        }
    }

    func validate() throws {
        guard names.count.isMultiple(of: 2) else {
            throw ValidationError("found \(names.count) names of schemas, expected an old and a new one each")
        }
    }

    func run() async throws {
        try await JobRun.ending {
            let job = try JobRun(log)
            let (renamings, database) = (renamings, DatabaseName(database))
            let result = try await job.maintaining("renaming schemas") {
                try await $0.renameSchemas(renamings, in: database)
            }
            let lines =
                result.renamed.map { "renamed: \($0.old) to \($0.new)" }
                + result.done.map { "named already: \($0.new)" }
                + result.missing.map { "not in \(database) under either name: \($0.old), \($0.new)" }
            try job.write(RenameSchemasResult(result), lines: lines, as: log.output)
        }
    }
}
