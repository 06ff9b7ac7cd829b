import Manifests
import MigrationSpec
import OutputFolder
import SystemPackage

/// What one config renders to.
struct RenderedInstance {
    /// The config's files, each a layer over those before it.
    var layers: [String]
    /// The folder of its files.
    var output: String
    var migration: Migration
    var files: [RenderedFile]
    /// The user's own files, edited.
    var edits: [EditedFile]
    /// Paths of what was sealed in this run, and of what was kept as it was.
    var sealed: [String]
    var kept: [String]
    var warnings: [Problem]

    /// The steady state says nothing of the version that wrote it, so that an upgrade alone leaves it as it is.
    var folder: OutputFolder {
        OutputFolder(FilePath(output), version: migration.phase == .done ? nil : Version.current)
    }

    /// The command that writes it, as far as its options go.
    var renderCommand: String {
        "rehome render " + layers.map { "-f \($0) " }.joined() + "-o \(output)"
    }

    func write() -> Result<OutputFolder.WriteResult, OutputError> {
        do { return .success(try folder.write(files, editing: edits)) } catch { return .failure(error) }
    }

    /// What a render would change, the user's own files included. A folder that another version of Rehome wrote is
    /// named first: the difference may be the version's.
    func changes() throws(OutputError) -> [OutputFolder.Change] {
        let changes = try silentChanges()
        if changes.contains(where: { change in !edits.contains { $0.path == change.path } }),
            let writer = try folder.writtenBy(), writer != Version.current
        {
            Console.error("\(output) was written by rehome \(writer); this is rehome \(Version.current).")
        }
        return changes
    }

    /// The same, with nothing said of versions.
    func silentChanges() throws(OutputError) -> [OutputFolder.Change] {
        var changes = try folder.changes(to: files)
        for edit in edits where edit.old != edit.new {
            changes.append(OutputFolder.Change(path: edit.path, old: edit.old, new: edit.new))
        }
        return changes
    }
}
