import ArgumentParser
import Manifests
import MigrationSpec
import OutputFolder
import YAMLTree

struct RenderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render", abstract: "Write the manifests that the config describes.",
        discussion:
            "All files are written, or none. Files of an earlier render that are not needed any more are removed; "
            + "other files in the folder are never touched.")

    @OptionGroup var input: InputOptions

    @OptionGroup var result: FormatOptions

    @Flag(help: "Write the manifests to standard output instead, stage by stage, and nothing to the disk.")
    var stdout = false

    @Flag(
        help: "Seal every value of a SealedSecret or SOPS file anew, as after a change of the password in its file.")
    var reseal = false

    func validate() throws {
        if stdout, result.isData {
            throw ValidationError("--stdout writes the manifests to standard output; leave --format json out.")
        }
    }

    func run() async throws {
        let instances = try await input.render(reseal ? .reseal : .keep)
        guard !stdout else { return try Console.write(instances.map { stream(of: $0.files, $0.migration) }.joined()) }
        var failed = false
        let results = Array(zip(instances, await write(instances)))
        if result.isData { try Console.write(ResultData.written(results)) }
        for (instance, outcome) in results {
            switch outcome {
            case .success where result.isData: break
            case .success(let result): try Console.print(summary(result, instance, isAlone: instances.count == 1))
            case .failure(let error):
                Console.error(error.description)
                failed = true
            }
        }
        if failed { throw ExitCode.cannotWrite }
    }

    /// Writes the instances' folders. Two instances may edit the same CR, so those are written one after the other.
    private func write(_ instances: [RenderedInstance]) async -> [Result<OutputFolder.WriteResult, OutputError>] {
        guard instances.allSatisfy(\.edits.isEmpty) else { return instances.map { $0.write() } }
        return await AllCores.map(instances) { { $0.write() } }
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

    /// - Parameter isAlone: whether it is the only instance, so that there is room for details.
    private func summary(_ result: OutputFolder.WriteResult, _ instance: RenderedInstance, isAlone: Bool) -> String {
        let (output, migration) = (instance.output, instance.migration)
        var counts = ["\(result.written.count) written", "\(result.unchanged) unchanged"]
        if !result.removed.isEmpty { counts.append("\(result.removed.count) removed") }
        var lines = ["\(output): \(counts.joined(separator: ", "))"]
        lines += instance.sealed.map { "Sealed: \(output)/\($0)" }
        lines += instance.kept.map { "Kept as it was sealed (--reseal seals it anew): \(output)/\($0)" }
        lines += result.edited.map { "Edited in place: \($0)" }
        lines += result.left.map { "Left, because it was changed by hand: \(output)/\($0)" }
        guard isAlone else { return lines.joined(separator: "\n") }
        lines += Consequences(migration).sentences
        if migration.cutover == .copy, migration.phase == .migrate, migration.backstage != nil {
            let source = migration.readsStandardInput ? "the CR" : migration.backstageFile
            lines.append(
                "\(Stage.cutover.folder) holds a copy of the CR: whatever applies \(source) now must let go of it, or "
                    + "cutover.mode be inPlace or patch.")
        }
        if migration.orchestratorIsDerived { lines.append(orchestratorSentence(migration)) }
        lines += ["Stages:"] + StageOverview(migration, files: instance.files).lines
        if let commit = HelmCommit(migration), commit.isLater {
            lines.append(
                "Do not commit \(commit.file) yet: stage \(commit.stage) of \(output)/README.md says what comes before."
            )
        }
        lines.append("What to do next: commit \(output), and follow \(output)/README.md")
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
