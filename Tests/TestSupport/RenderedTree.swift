import SystemPackage

/// What `rehome render` makes of an example with some lines of its config changed.
public struct RenderedTree: Sendable {
    /// The folder of the stages.
    public let folder: FilePath

    /// Renders with the real program, in a copy of the example's folder.
    ///
    /// - Parameters:
    ///   - changes: Texts of `rehome.yaml` and what takes their place; each must be there.
    ///   - parent: Where the copy is made.
    public init(of example: FilePath, named name: String, changes: KeyValuePairs<String, String>, in parent: FilePath)
        async throws
    {
        let copy = parent.appending(name)
        _ = try await Command.run("/bin/cp", ["-r", example.string, copy.string])
        let config = copy.appending("rehome.yaml")
        var text = try config.text()
        for (old, new) in changes {
            guard text.contains(old) else { throw PodError("\(config): '\(old)' is not there to be changed") }
            text = text.replacing(old, with: new)
        }
        try config.write(text)
        folder = copy.appending("out")
        _ = try await Command.run(
            Programs.rehome,
            ["render", "--file", config.string, "--output", folder.string])
    }

    /// A stage by what its folder is called after its number: `copy` for `2-copy`.
    /// - Throws: ``PodError`` if the tree has none.
    public func stage(_ name: String) throws -> FilePath {
        for number in 1...9 {
            let stage = folder.appending("\(number)-\(name)")
            if (try? stage.appending("kustomization.yaml").text()) != nil { return stage }
        }
        throw PodError("\(folder): no stage '\(name)'")
    }

    /// A Job of a person's hand.
    public func tool(_ name: String) -> FilePath { folder.appending("tools/\(name).yaml") }

    /// The name of the Job in a stage.
    public func job(in stage: String) throws -> String {
        var namespace = ClusterNamespace(try ClusterNamespace.name(in: self.stage("database")))
        try namespace.apply(self.stage(stage))
        guard let name = namespace.jobs.keys.first, namespace.jobs.count == 1 else {
            throw PodError("\(folder): expected one Job in '\(stage)'")
        }
        return name
    }
}
