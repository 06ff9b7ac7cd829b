import SystemPackage
import YAMLTree

/// The kustomization in a file's folder, where it lists the file: what that says holds for the file's objects.
struct NeighbouringKustomization {
    /// Its file.
    let name: String
    /// The namespace that it puts them into, whatever they say themselves.
    let namespace: Located<LabelName>?

    init?(listing path: FilePath, in files: InputFiles) {
        guard path != InputFiles.standardInput, let file = path.lastComponent?.string else { return nil }
        for candidate in ["kustomization.yaml", "kustomization.yml", "Kustomization"] {
            let place = path.removingLastComponent().appending(candidate)
            guard let bytes = try? files.read(place), let text = try? YAMLFile(parsing: bytes, name: place.string)
            else {
                continue
            }
            let root = text.documents.first?.root
            let resources = root?["resources"]?.items ?? []
            guard resources.contains(where: { $0.string == file || $0.string == "./\(file)" }) else { continue }
            name = place.string
            namespace = root?["namespace"].flatMap { node in
                node.string.flatMap { LabelName(rawValue: $0) }.map { Located(value: $0, position: node.start) }
            }
            return
        }
        return nil
    }
}
