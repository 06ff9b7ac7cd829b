import ArgumentParser
import ManifestTemplates
import Manifests
import MigrationSpec
import OutputFolder
import SystemPackage
import YAMLTree

/// Options of all commands that render.
struct InputOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "Configs that are rendered each by itself, into the folder out beside each, or below the folder of -o.",
            valueName: "config"), completion: .file())
    var configs: [String] = []

    @Option(
        name: [.customShort("f"), .customLong("file")], parsing: .singleValue,
        help: ArgumentHelp(
            "The config; given again, a layer over those before it: mappings merge, everything else replaces. "
                + "With configs as arguments, what lies under each of them. (default: rehome.yaml)", valueName: "file"),
        completion: .file())
    var layers: [String] = []

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp(
            "The folder of rendered files; of several configs, each one's folder in it is its metadata.name. "
                + "(default: out)", valueName: "folder"), completion: .directory)
    var output: String?

    @Option(
        help: ArgumentHelp(
            "A folder with manifests of your own that replace built-in templates of the same name "
                + "(docs/how-to/templates.md).", valueName: "folder"), completion: .directory)
    var templates: String?

    /// The layers of each config.
    private var inputs: [[String]] {
        configs.isEmpty ? [layers.isEmpty ? ["rehome.yaml"] : layers] : inputs(of: configs)
    }

    /// The layers of each config, which is laid over those of -f.
    func inputs(of configs: [String]) -> [[String]] { configs.map { layers + [$0] } }

    /// Renders the configs. Warnings go to standard error.
    ///
    /// - Throws: ``ExitCode/badInput``, after every problem of every config has been printed.
    /// - Parameter mode: whether sealed values are kept, sealed again, or not needed.
    func render(_ mode: Sealer.Mode) async throws -> [RenderedInstance] {
        var instances: [RenderedInstance] = []
        var failure: ExitCode?
        for outcome in try await outcomes(of: inputs, mode) {
            switch outcome.result {
            case .success(let instance): instances.append(instance)
            case .failure(let problem):
                Console.error(problem.text)
                if failure != .bug { failure = problem.exitCode }
            }
        }
        for clash in Self.clashes(between: instances) {
            Console.error(clash)
            if failure == nil { failure = .badInput }
        }
        if let failure { throw failure }
        // Instances beside each other share files, and what is wrong with those is told once.
        var seen: Set<Problem> = []
        let warnings = instances.flatMap(\.warnings).filter { seen.insert($0).inserted }
        if !warnings.isEmpty { Console.error(warnings.map(\.descriptionWithPage).joined(separator: "\n")) }
        return instances
    }

    /// The changes that a render would make to each instance.
    func changes() async throws -> [(instance: RenderedInstance, changes: [OutputFolder.Change])] {
        try await render(.compare).map { instance in
            (instance, try reported { () throws(OutputError) in try instance.changes() })
        }
    }

    /// Renders each config, given by its layers, or says why it cannot be rendered.
    func outcomes(of inputs: [[String]], _ mode: Sealer.Mode) async throws -> [Outcome] {
        let files = InputFiles.disk(environment: Console.environment)
        let templates = try loadTemplates(files)
        let results = await AllCores.map(inputs) {
            let renderer = Renderer(templates: templates.unparsed)
            return { layers in outcome(of: layers, with: renderer, mode, files) }
        }
        var edited = EditedInputs()
        return zip(inputs, results).map { layers, result in
            var result = result
            if case .success(let instance) = result, edited.touches(instance.edits) {
                result = outcome(of: layers, with: Renderer(templates: templates), mode, edited.over(files))
            }
            if case .success(let instance) = result { edited.add(instance.edits) }
            return Outcome(layers: layers, result: result)
        }
    }

    /// Why instances cannot be rendered together.
    static func clashes(between instances: [RenderedInstance]) -> [String] {
        let folders = Dictionary(grouping: instances, by: { InputFiles.realPath(of: FilePath($0.output)) })
        var clashes: [String] = []
        for (_, group) in folders.sorted(by: { $0.key.string < $1.key.string }) where group.count > 1 {
            let names = group.compactMap(\.layers.last).joined(separator: ", ")
            clashes.append(
                "error: \(names) would all be rendered to \(group.first?.output ?? "")\n"
                    + "  Put them into folders of their own, or give each a metadata.name of its own and a folder with -o."
            )
        }
        for group in EditedInputs.conflicting(instances) {
            let names = group.compactMap(\.layers.last).joined(separator: ", ")
            let migration = group.first?.migration
            clashes.append(
                "error: \(names) would all edit the CR '\(migration?.instance ?? "")' of \(migration?.backstage?.file.name ?? "")\n"
                    + "  One instance moves to one place: render one of them.")
        }
        return clashes
    }

    struct Outcome {
        var layers: [String]
        var result: Result<RenderedInstance, Failure>
    }

    /// Why a config was not rendered.
    struct Failure: Error {
        var text: String
        var exitCode = ExitCode.badInput
    }

    private func outcome(
        of layers: [String], with renderer: Renderer, _ mode: Sealer.Mode, _ files: InputFiles
    ) -> Result<RenderedInstance, Failure> {
        do { return .success(try render(layers, with: renderer, mode, files)) } catch let failure as Failure {
            return .failure(failure)
        } catch let error as YAMLError {
            return .failure(Failure(text: Problem(error).descriptionWithPage))
        } catch let error as ConfigError {
            return .failure(Failure(text: error.descriptionWithPages))
        } catch {
            return .failure(Failure(text: "\(error)"))
        }
    }

    private func render(
        _ layers: [String], with renderer: Renderer, _ mode: Sealer.Mode, _ files: InputFiles
    ) throws -> RenderedInstance {
        var files = files
        files.output = FilePath(outputRoot(of: layers))
        let loader = MigrationLoader(files: files, isComparing: mode == .compare)
        let rendered = try renderer.render(layers.map { FilePath($0) }, with: loader)
        let migration = rendered.migration
        let output = folder(of: layers, name: migration.name)
        let sealer = Sealer(mode: mode, now: files.now) { path in
            try? OutputFolder(FilePath(output), version: nil).read(path)
        }
        let sealed = try sealer.seal(rendered.files, of: migration)
        try check(sealed.files, of: migration)
        return RenderedInstance(
            layers: layers, output: output, migration: migration, files: sealed.files.map(\.withoutObject),
            edits: rendered.edits, sealed: sealed.sealed, kept: sealed.kept, warnings: rendered.warnings)
    }

    /// Reports an error of reading or writing a folder.
    func reported<Value>(_ body: () throws(OutputError) -> Value) throws -> Value {
        do { return try body() } catch {
            Console.error(error.description)
            throw ExitCode.cannotWrite
        }
    }

    private func folder(of layers: [String], name: String) -> String {
        guard !configs.isEmpty, let output else { return outputRoot(of: layers) }
        return FilePath(output).appending(name).string
    }

    /// The folder in which all that a config comes to will lie.
    private func outputRoot(of layers: [String]) -> String {
        if let output { return output }
        guard !configs.isEmpty, let config = layers.last else { return "out" }
        if InputFiles.disk(environment: [:]).isPipe(FilePath(config)) { return "out" }
        return FilePath(config).removingLastComponent().appending("out").string
    }

    /// Checks a tree against the rules. A violation comes from a site's own template, or is a bug of ours.
    private func check(_ files: [RenderedFile], of migration: Migration) throws {
        let violations = try TreeRules(migration, files: files).violations()
        guard !violations.isEmpty else { return }
        let text = violations.map { "error: \($0)\n" }.joined()
        if let templates {
            throw Failure(text: text + "  These files come from templates; correct the ones in \(templates).")
        }
        throw Failure(
            text: text + "  Nothing was written. This is a bug of rehome \(Version.current): please report it.",
            exitCode: .bug)
    }

    private func loadTemplates(_ files: InputFiles) throws -> Templates {
        var result = Templates()
        guard let templates else { return result }
        let folder = FilePath(templates)
        var found = 0
        for template in ManifestTemplate.allCases {
            let path = folder.appending(template.rawValue)
            do throws(InputFiles.Failure) {
                result.replace(template, with: try files.read(path), from: path.string)
                found += 1
            } catch  where error.isMissing {
                continue
            } catch {
                Console.error("error: the template \(path) \(error.reason)")
                throw ExitCode.badInput
            }
        }
        guard found > 0 else {
            Console.error(
                "error: --templates \(templates) holds no template; expected one or more of "
                    + ManifestTemplate.allCases.map(\.rawValue).joined(separator: ", "))
            throw ExitCode.badInput
        }
        return result
    }
}
