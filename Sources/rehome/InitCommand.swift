import ArgumentParser
import Glibc
import JobContract
import Manifests
import MigrationSpec
import OutputFolder
import SystemPackage
import YAMLTree

struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write a first rehome.yaml from the Backstage CR, or the values of its Helm chart, that you keep.",
        discussion:
            "Writes what the files tell, and a line to fill in for each thing that only you can say; --set fills it in at once. "
            + "At a terminal it asks for the rest. An existing file is never overwritten.")

    @Option(
        name: .customLong("from"),
        help: ArgumentHelp(
            "The file with the Backstage CR or the Helm values, or - for standard input.", valueName: "file"),
        completion: .file())
    var source: String

    @Option(help: ArgumentHelp("Which CR or Helm release, if the file holds several.", valueName: "name"))
    var name: String?

    @Option(help: ArgumentHelp("The CR's namespace, if several have its name.", valueName: "namespace"))
    var namespace: String?

    @Option(
        help: ArgumentHelp("The file with the dynamic plugins' ConfigMap, or with their list.", valueName: "file"),
        completion: .file())
    var dynamicPlugins: String?

    @Option(
        name: .customLong("app-config"), parsing: .upToNextOption,
        help: ArgumentHelp("Files with Backstage's app-config, by itself or in ConfigMaps.", valueName: "file"),
        completion: .file())
    var appConfigs: [String] = []

    @Option(
        help: ArgumentHelp(
            "What to move to: \(ConfigDraft.Target.allCases.map(\.rawValue).joined(separator: ", ")). "
                + "(default: the one that --set names a key of, or statefulSet)", valueName: "target"))
    var target: ConfigDraft.Target?

    @Option(
        help: ArgumentHelp(
            "Whose Helm chart the values are of, where they do not tell: "
                + "\(HelmChart.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "chart"))
    var chart: HelmChart?

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "A key, or the end of one, and its value, such as external.host=db.example.com. Lists as [a, b]; null takes a "
                + "section away.", valueName: "key=value"))
    var set: [String] = []

    @Flag(help: "Write every key down, those that need not be there as comments with their defaults.")
    var full = false

    @Flag(name: [.customShort("y"), .long], help: "Ask nothing, as outside of a terminal.")
    var yes = false

    @Option(
        name: [.customShort("f"), .customLong("file")],
        help: ArgumentHelp("The config to write, or - for standard output.", valueName: "file"), completion: .file())
    var config = "rehome.yaml"

    @OptionGroup var result: FormatOptions

    func run() throws {
        var draft: ConfigDraft
        do throws(ConfigError) {
            draft = try firstDraft()
            for assignment in set { try draft.set(assignment) }
        } catch {
            Console.error(error.descriptionWithPages)
            throw ExitCode.badInput
        }
        if !yes, !result.isData, source != "-", Console.isInteractive {
            try refuseToOverwrite()
            InitDialogue.fillIn(&draft)
        }
        let text = full ? draft.fullText : draft.text
        guard config != "-" else {
            return try Console.write(result.isData ? ResultData.draft(draft, text: text, file: nil) : text)
        }
        do { try NewFile.write(Array(text.utf8), to: FilePath(config)) } catch {
            Console.error(error.description)
            throw ExitCode.cannotWrite
        }
        guard !result.isData else {
            return try Console.write(ResultData.draft(draft, text: text, file: config, problems: problems()))
        }
        try Console.print(summary(draft))
    }

    private func firstDraft() throws(ConfigError) -> ConfigDraft {
        try refusePipes()
        let target = target ?? ConfigDraft.Target.named(in: set).first ?? .statefulSet
        let reader = InstanceReader(files: .disk(environment: [:]))
        let named = try HelmChart.named(in: set) ?? chart
        if let release = try reader.values(FilePath(source), name: name, chart: named) {
            let findings = try reader.findings(release, appConfigs: appConfigs.map { FilePath($0) })
            for finding in findings { Console.error(finding.description) }
            return ConfigDraft(release, files: fileNames, target: target)
        }
        let instance = try reader.read(
            FilePath(source), name: name, namespace: namespace, plugins: dynamicPlugins.map { FilePath($0) },
            appConfigs: appConfigs.map { FilePath($0) })
        if let chart {
            throw ConfigError(problems: [
                Problem(
                    .error, at: YAMLPosition(file: "--chart \(chart.rawValue)", line: 1, column: 1, offset: 0),
                    "\(source) holds a Backstage CR, and --chart is for the values of a Helm chart",
                    advice: "Leave --chart out.")
            ])
        }
        for finding in instance.findings { Console.error(finding.description) }
        return ConfigDraft(instance, files: fileNames, target: target)
    }

    /// A config names its files, and a pipe is gone with the shell that made it.
    private func refusePipes() throws(ConfigError) {
        let files = InputFiles.disk(environment: [:])
        let pipes = ([source, dynamicPlugins].compactMap { $0 } + appConfigs).filter { files.isPipe(FilePath($0)) }
        guard let pipe = pipes.first else { return }
        throw ConfigError(problems: [
            Problem(
                .error, at: YAMLPosition(file: pipe, line: 1, column: 1, offset: 0),
                "found a pipe, expected a file that the config can name",
                advice: "Pipe the CR into this command with --from -, and name files for all else.")
        ])
    }

    /// Checked first, so that nobody answers questions for nothing.
    private func refuseToOverwrite() throws {
        guard config != "-", access(config, F_OK) == 0 else { return }
        Console.error(NewFile.exists(FilePath(config)).description)
        throw ExitCode.cannotWrite
    }

    /// What was written, what is missing, and what to do next.
    private func summary(_ draft: ConfigDraft) -> String {
        let missing = draft.questions.filter(\.isRequired)
        let render = "rehome render" + (config == "rehome.yaml" ? "" : " -f \(config)")
        guard !missing.isEmpty else {
            let problems = problems()
            guard !problems.isEmpty else {
                return "\(config): written, and nothing is missing. What to do next: \(render)"
            }
            return
                (["\(config): written. It cannot be rendered yet:"] + problems
                + ["Correct that, or move the file away and say it with --set; then: \(render)"]).joined(
                    separator: "\n")
        }
        return
            (["\(config): written. What only you can say:"] + missing.map { "  \($0.path): \($0.text)" }
            + ["Fill it in, or move the file away and say it with --set; then: \(render)", "\(DocsPage.firstConfig)"])
            .joined(separator: "\n")
    }

    /// The problems that rendering the written config would report.
    private func problems() -> [String] {
        let loader = MigrationLoader(files: .disk(environment: Console.environment))
        do {
            _ = try Renderer().render([FilePath(config)], with: loader)
            return []
        } catch let error as ConfigError {
            return error.problems.map(\.descriptionWithPage)
        } catch let error as YAMLError {
            return [Problem(error).descriptionWithPage]
        } catch {
            return ["\(error)"]
        }
    }

    private var fileNames: ConfigDraft.FileNames {
        ConfigDraft.FileNames(
            backstage: relative(source), dynamicPlugins: dynamicPlugins.map(relative),
            appConfigs: appConfigs.map(relative))
    }

    /// A file's name relative to the config.
    private func relative(_ name: String) -> String {
        guard name != "-" else { return name }
        let target = Array(absolute(FilePath(name)).components)
        let base = Array(absolute(FilePath(config).removingLastComponent()).components)
        let common = zip(target, base).prefix { $0 == $1 }.count
        let steps = base.dropFirst(common).map { _ in ".." } + target.dropFirst(common).map(\.string)
        return steps.joined(separator: "/")
    }

    private func absolute(_ path: FilePath) -> FilePath {
        guard !path.isAbsolute, let pointer = getcwd(nil, 0) else { return path.lexicallyNormalized() }
        defer { free(pointer) }
        return FilePath(platformString: pointer).appending(path.components).lexicallyNormalized()
    }
}

extension ConfigDraft.Target: ExpressibleByArgument {}

extension HelmChart: ExpressibleByArgument {}
