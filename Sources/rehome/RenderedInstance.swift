import Manifests
import MigrationSpec
import OutputFolder
import SystemPackage

/// The result of rendering one config.
struct RenderedInstance {
    /// The config's files, each a layer over those before it.
    var layers: [String]
    /// The output folder.
    var output: String
    var migration: Migration
    var files: [RenderedFile]
    /// The user's own files with edits.
    var edits: [EditedFile]
    /// Paths of the files that were sealed in this run, and of those that were kept.
    var sealed: [String]
    var kept: [String]
    var warnings: [Problem]

    /// The output folder. In the steady state it does not record the version that wrote it, so that an upgrade alone
    /// changes nothing.
    var folder: OutputFolder {
        OutputFolder(FilePath(output), version: migration.phase == .done ? nil : Version.current)
    }

    /// The command that writes it, as far as the options are known.
    var renderCommand: String {
        "rehome render " + layers.map { "-f \($0) " }.joined() + "-o \(output)"
    }

    func write() -> Result<OutputFolder.WriteResult, OutputError> {
        do { return .success(try folder.write(files, editing: edits)) } catch { return .failure(error) }
    }

    /// The changes that a render would make, including those of the user's own files. If another version of Rehome
    /// wrote the folder, that is reported first, since it may be the cause.
    func changes() throws(OutputError) -> [OutputFolder.Change] {
        let changes = try silentChanges()
        if changes.contains(where: { change in !edits.contains { $0.path == change.path } }),
            let writer = try folder.writtenBy(), writer != Version.current
        {
            Console.error("\(output) was written by rehome \(writer); this is rehome \(Version.current).")
        }
        return changes
    }

    /// The same, without a report of versions.
    func silentChanges() throws(OutputError) -> [OutputFolder.Change] {
        var changes = try folder.changes(to: files)
        for edit in edits where edit.old != edit.new {
            changes.append(OutputFolder.Change(path: edit.path, old: edit.old, new: edit.new))
        }
        return changes
    }
}
