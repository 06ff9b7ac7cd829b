import ArgumentParser
import Glibc
import MigrationSpec
import OutputFolder
import SystemPackage

struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write a first rehome.yaml from the Backstage CR, or the values of its Helm chart, that you keep.",
        discussion:
            "Fills in what the files tell, leaves empty what only you can say, and comments on every other key. "
            + "An existing file is never overwritten.")

    @Option(
        name: .customLong("from"),
        help: ArgumentHelp(
            "The file with the Backstage CR or the Helm values, or - for standard input.", valueName: "file"))
    var source: String

    @Option(help: ArgumentHelp("Which CR, if the file holds several.", valueName: "name"))
    var name: String?

    @Option(help: ArgumentHelp("The CR's namespace, if several have its name.", valueName: "namespace"))
    var namespace: String?

    @Option(help: ArgumentHelp("The file with the dynamic plugins' ConfigMap, or with their list.", valueName: "file"))
    var dynamicPlugins: String?

    @Option(
        name: .customLong("app-config"), parsing: .upToNextOption,
        help: ArgumentHelp("Files with Backstage's app-config, by itself or in ConfigMaps.", valueName: "file"))
    var appConfigs: [String] = []

    @Option(
        help: ArgumentHelp(
            "What to move to: \(ConfigDraft.Target.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "target"))
    var target = ConfigDraft.Target.statefulSet

    @Option(
        name: [.customShort("f"), .customLong("file")],
        help: ArgumentHelp("The config to write, or - for standard output.", valueName: "file"))
    var config = "rehome.yaml"

    func run() throws {
        let text: String
        do {
            let reader = InstanceReader(files: .disk(environment: [:]))
            if let release = reader.values(FilePath(source)) {
                text = ConfigDraft(release, files: fileNames, target: target).text
            } else {
                let instance = try reader.read(
                    FilePath(source), name: name, namespace: namespace, plugins: dynamicPlugins.map { FilePath($0) },
                    appConfigs: appConfigs.map { FilePath($0) })
                text = ConfigDraft(instance, files: fileNames, target: target).text
                for finding in instance.findings { Console.error(finding.description) }
            }
        } catch {
            Console.error(error.description)
            throw ExitCode.badInput
        }
        guard config != "-" else { return try Console.write(text) }
        do { try NewFile.write(Array(text.utf8), to: FilePath(config)) } catch {
            Console.error(error.description)
            throw ExitCode.cannotWrite
        }
        try Console.print(
            "\(config): written. Fill in what is empty; `rehome render -f \(config)` names what is missing.")
    }

    private var fileNames: ConfigDraft.FileNames {
        ConfigDraft.FileNames(
            backstage: relative(source), dynamicPlugins: dynamicPlugins.map(relative),
            appConfigs: appConfigs.map(relative))
    }

    /// A file as the config is to name it.
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
