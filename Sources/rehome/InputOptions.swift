import ArgumentParser
import ManifestTemplates
import Manifests
import MigrationSpec
import OutputFolder
import SystemPackage
import YAMLTree

/// What every command needs that renders.
struct InputOptions: ParsableArguments {
    @Option(name: [.customShort("f"), .customLong("file")], help: ArgumentHelp("The config.", valueName: "file"))
    var config = "rehome.yaml"

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp("The folder of rendered files.", valueName: "folder"))
    var output = "out"

    @Option(
        help: ArgumentHelp(
            "A folder with manifests of your own that replace built-in templates of the same name.", valueName: "folder"
        ))
    var templates: String?

    var folder: OutputFolder { OutputFolder(FilePath(output), version: Version.current) }

    /// The migration that the config describes and the files that it renders to; warnings go to standard error.
    ///
    /// - Throws: ``ExitCode/badInput``, after every problem has been printed.
    /// - Parameter comparing: whether a password that was rendered before is good enough.
    func render(comparing: Bool = false) throws -> (migration: Migration, files: [RenderedFile], edits: [EditedFile]) {
        var files = InputFiles.disk(environment: Console.environment)
        if comparing { files.renderedPassword = { [files, output] in Self.password(in: $0, below: output, files) } }
        do {
            let (migration, warnings) = try MigrationLoader(files: files).load(FilePath(config))
            let renderer = Renderer(templates: try loadTemplates(files))
            let rendered = (migration, try renderer.render(migration), try renderer.edits(migration))
            try check(rendered.1, of: migration)
            for warning in warnings { Console.error(warning.description) }
            return rendered
        } catch let error as ConfigError {
            Console.error(error.description)
        } catch let error as YAMLError {
            let expected = error.expected.map { "; expected \($0)" } ?? ""
            Console.error("\(error.position): error: \(error.problem)\(expected)")
        }
        throw ExitCode.badInput
    }

    /// What a render would change, the user's own files included.
    func changes() throws -> [OutputFolder.Change] {
        let (_, files, edits) = try render(comparing: true)
        var changes: [OutputFolder.Change]
        do throws(OutputError) {
            changes = try folder.changes(to: files)
            if !changes.isEmpty, let writer = try folder.writtenBy(), writer != Version.current {
                Console.error("\(output) was written by rehome \(writer); this is rehome \(Version.current).")
            }
        } catch {
            Console.error(error.description)
            throw ExitCode.cannotWrite
        }
        for edit in edits where edit.old != edit.new {
            changes.append(OutputFolder.Change(path: edit.path, old: edit.old, new: edit.new))
        }
        return changes
    }

    private static func password(in secret: String, below output: String, _ files: InputFiles) -> String? {
        let path = FilePath(output).appending(Stage.database.folder).appending("secret-\(secret).yaml")
        guard let bytes = try? files.read(path), let file = try? YAMLFile(parsing: bytes, name: path.string) else {
            return nil
        }
        return file.documents.first?.root[at: ["stringData", "POSTGRES_PASSWORD"]]?.string
    }

    /// A tree that breaks a rule is a template's fault, and without templates of a site's own a bug of ours.
    private func check(_ files: [RenderedFile], of migration: Migration) throws {
        let violations = try TreeRules(migration, files: files).violations()
        guard !violations.isEmpty else { return }
        for violation in violations { Console.error("error: \(violation)") }
        if let templates {
            Console.error("  These files come from templates; correct the ones in \(templates).")
            throw ExitCode.badInput
        }
        Console.error("  Nothing was written. This is a bug of rehome \(Version.current): please report it.")
        throw ExitCode.bug
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
