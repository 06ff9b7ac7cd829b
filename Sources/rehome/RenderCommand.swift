import ArgumentParser
import Manifests
import MigrationSpec
import OutputFolder
import YAMLTree

struct RenderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render", abstract: "Write the manifests that the config describes.",
        discussion:
            "All files are written, or none. Files of an earlier render that are not needed any more are removed; "
            + "other files in the folder are never touched.")

    @OptionGroup var input: InputOptions

    @Flag(help: "Write the manifests to standard output instead, stage by stage, and nothing to the disk.")
    var stdout = false

    func run() throws {
        let (migration, files, edits) = try input.render()
        guard !stdout else { return Console.write(stream(of: files, migration)) }
        do {
            let result = try input.folder.write(files, editing: edits)
            Console.print(summary(result, migration))
        } catch {
            Console.error(error.description)
            throw ExitCode.cannotWrite
        }
    }

    /// The objects of all stages as one YAML stream, which `kubectl` and other programs read.
    private func stream(of files: [RenderedFile], _ migration: Migration) -> String {
        let folders = migration.stages.map { $0.folder + "/" }
        return files.filter { file in
            folders.contains { file.path.hasPrefix($0) } && !file.path.hasSuffix("/kustomization.yaml")
        }.map { file in
            let text = String(decoding: file.bytes, as: UTF8.self)
            let separated = text.hasPrefix("---") ? text : "---\n" + text
            return separated.last?.isNewline ?? true ? separated : separated + "\n"
        }.joined()
    }

    private func summary(_ result: OutputFolder.WriteResult, _ migration: Migration) -> String {
        var counts = ["\(result.written.count) written", "\(result.unchanged) unchanged"]
        if !result.removed.isEmpty { counts.append("\(result.removed.count) removed") }
        var lines = ["\(input.output): \(counts.joined(separator: ", "))"]
        lines += result.edited.map { "Edited in place: \($0)" }
        lines += result.left.map { "Left, because it was changed by hand: \(input.output)/\($0)" }
        lines += Consequences(migration).sentences
        if migration.cutover == .copy, migration.phase == .migrate {
            lines.append(
                "\(Stage.cutover.folder) holds a copy of the CR: whatever applies \(migration.backstageFile) now must let go of "
                    + "it, or cutover.mode be inPlace or patch.")
        }
        if migration.orchestratorIsDerived { lines.append(orchestratorSentence(migration)) }
        lines.append("What to do next: \(input.output)/README.md")
        return lines.joined(separator: "\n")
    }

    private func orchestratorSentence(_ migration: Migration) -> String {
        if let evidence = migration.orchestratorEvidence {
            return "Stage 4 moves the orchestrator, since \(evidence)."
        }
        let place = migration.backstage.map { "nothing in \($0.file.name)" } ?? "nothing"
        return "There is no stage 4, since \(place) mentions the orchestrator; "
            + "if the instance runs it, set spec.orchestrator.enabled."
    }
}
