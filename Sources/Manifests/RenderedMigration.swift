public import MigrationSpec
public import SystemPackage
import YAMLTree

/// Everything that is rendered from a config.
public struct RenderedMigration: Sendable {
    public var migration: Migration
    /// The output tree, in which the secret values are still to be sealed.
    public var files: [RenderedFile]
    /// The team's own files as the cut-over leaves them, changed or not.
    public var edits: [EditedFile]
    public var warnings: [Problem]
}

extension Renderer {
    /// Loads a config and renders it.
    ///
    /// Where the cut-over edits the team's own files, the tree is rendered from the edited files. So nothing in it
    /// depends on what was there before, and rendering again changes nothing.
    ///
    /// - Parameters:
    ///   - layers: the config's files, each laid over those before it.
    ///   - loader: reads them.
    /// - Throws: `ConfigError` with every problem of the config and of what it names; `YAMLError` at the place of a
    ///   template or of the CR that does not fit.
    public func render(_ layers: [FilePath], with loader: MigrationLoader) throws -> RenderedMigration {
        var (migration, warnings) = try loader.load(layers)
        let edits = try self.edits(migration)
        warnings += findings(migration)
        let changes = edits.filter { $0.old != $0.new }
        if !changes.isEmpty {
            var edited = loader
            edited.files = loader.files.over(
                Dictionary(changes.map { (FilePath($0.path), $0.new) }, uniquingKeysWith: { $1 }))
            let again = try edited.load(layers)
            migration = again.migration
            // Problems are placed in the edited files, unless nothing is to be written.
            if !loader.isComparing {
                let said = again.warnings + findings(migration)
                let messages = Set(said.map { migration.unmoved($0.message) })
                warnings = said + warnings.filter { !messages.contains(migration.unmoved($0.message)) }
            }
        }
        return RenderedMigration(migration: migration, files: try render(migration), edits: edits, warnings: warnings)
    }
}

extension Migration {
    /// A message with the new Secret's name in place of the old one's. The cut-over changes the name in the CR, and the same
    /// problem must count once before and after that.
    fileprivate func unmoved(_ message: String) -> String {
        let secret = "'\(credentials.secretName)'"
        return (backstage?.localSecretNames ?? []).reduce(message) { $0.replacing("'\($1)'", with: secret) }
    }
}
