import SystemPackage
import YAMLTree

/// An object that makes an engine apply a folder: Flux's Kustomization, or a source of an Argo CD Application or
/// ApplicationSet. It may change what the folder's kustomization makes.
struct EngineKustomization: Sendable {
    /// Its name in messages.
    let title: String
    /// The node with its changes. Its fields have the names of a kustomization's.
    let changes: YAMLNode
    /// The parts of the folder's path, as the object gives it.
    private let parts: [String]
    /// The command that shows what it makes.
    let build: String
    /// The namespace that it gives objects; `nil` where it gives none.
    let namespace: Namespace?
    /// Flux's `postBuild`.
    let postBuild: YAMLNode?
    /// Whether the engine applies a folder that has no kustomization.
    let takesAnyFolder: Bool
    /// Whether it then applies all folders below as well.
    let takesFoldersBelow: Bool
    /// Whether its path begins at the root of a repository, as far as it tells.
    private let isOfRepository: Bool

    struct Namespace: Sendable {
        let node: YAMLNode
        /// Whether it replaces the namespace that an object has.
        let isForced: Bool
    }

    private static let groups = ["kustomize.toolkit.fluxcd.io/", "argoproj.io/"]

    /// The objects of that kind in a file; none where it cannot be read.
    static func all(in path: FilePath, _ files: InputFiles) -> [EngineKustomization] {
        // Most files have no such object, and searching bytes is faster than parsing. The 'v' of the version tells an
        // apiVersion from an annotation.
        guard let bytes = try? files.read(path), groups.contains(where: { Self.holds(bytes, $0 + "v") }),
            let file = try? YAMLFile(parsing: bytes, name: path.string)
        else { return [] }
        return file.objects.flatMap(Self.read)
    }

    private static func holds(_ bytes: [UInt8], _ text: String) -> Bool {
        let wanted = Array(text.utf8)
        return bytes.indices.contains { bytes[$0] == wanted[0] && bytes[$0...].starts(with: wanted) }
    }

    private static func read(_ object: ManifestObject) -> [EngineKustomization] {
        func isOf(_ group: Int, _ kind: String) -> Bool {
            object.kind == kind && object.apiVersion.hasPrefix(groups[group])
        }
        if isOf(0, "Kustomization") { return [EngineKustomization(flux: object)].compactMap(\.self) }
        guard isOf(1, "Application") || isOf(1, "ApplicationSet") else { return [] }
        let base: YAMLPath = object.kind == "ApplicationSet" ? ["spec", "template", "spec"] : ["spec"]
        let several = object.root[at: base + ["sources"]]?.items ?? []
        let sources = several.isEmpty ? [object.root[at: base + ["source"]]].compactMap(\.self) : several
        let destination = object.root[at: base + ["destination", "namespace"]]
        // A source without a path applies nothing: other sources take values from it.
        return sources.filter {
            $0["chart"] == nil && $0["helm"]?.entries == nil && !($0["path"]?.scalar?.text ?? "").isEmpty
        }.map {
            EngineKustomization(argoCD: object, source: $0, destination: destination)
        }
    }

    private init?(flux object: ManifestObject) {
        guard let spec = object.root["spec"], spec.entries != nil else { return nil }
        title = "the Kustomization '\(object.name)' of Flux"
        changes = spec
        parts = Self.parts(of: spec["path"]?.scalar?.text ?? "")
        build = "flux build kustomization \(object.name) --path FOLDER"
        namespace = spec["targetNamespace"].flatMap { $0.string.map { !$0.isEmpty } ?? false ? $0 : nil }
            .map { Namespace(node: $0, isForced: true) }
        postBuild = spec["postBuild"].flatMap { $0.entries?.isEmpty ?? true ? nil : $0 }
        (takesAnyFolder, takesFoldersBelow) = (true, true)
        // Artifacts of an OCIRepository or a Bucket may hold only a part of the repository.
        isOfRepository = spec[at: ["sourceRef", "kind"]]?.string ?? "GitRepository" == "GitRepository"
    }

    private init(argoCD object: ManifestObject, source: YAMLNode, destination: YAMLNode?) {
        title = "the \(object.kind) '\(object.name)' of Argo CD"
        let kustomize = source["kustomize"].flatMap { $0.entries == nil ? nil : $0 }
        changes = kustomize ?? YAMLNode.made([:], at: source.start)
        parts = Self.parts(of: source["path"]?.scalar?.text ?? "")
        build = "argocd app manifests \(object.name)"
        let forced = kustomize?["namespace"].flatMap { $0.isNull ? nil : $0 }
        namespace = (forced ?? destination).flatMap { $0.string.map { !$0.isEmpty } ?? false ? $0 : nil }
            .map { Namespace(node: $0, isForced: forced != nil) }
        postBuild = nil
        takesAnyFolder = kustomize == nil
        takesFoldersBelow = takesAnyFolder && source[at: ["directory", "recurse"]]?.scalar?.text == "true"
        isOfRepository = true
    }

    /// Whether its path may lead to a folder.
    ///
    /// - Parameter own: the parts of the folder's path from the repository's root.
    func names(_ own: [String]) -> Bool {
        guard let opening = parts.firstIndex(where: Self.isTemplate) else {
            return own == parts || (!isOfRepository && !parts.isEmpty && own.suffix(parts.count).elementsEqual(parts))
        }
        // A template in the path may stand for several folders.
        let closing = parts.lastIndex(where: Self.isTemplate) ?? opening
        let (before, after) = (parts[..<opening], parts[(closing + 1)...])
        return own.count > before.count + after.count && own.starts(with: before)
            && own.suffix(after.count).elementsEqual(after)
    }

    private static func parts(of path: String) -> [String] {
        FilePath(path).lexicallyNormalized().components.map(\.string).filter { $0 != "." }
    }

    private static func isTemplate(_ part: String) -> Bool { part.contains("{{") || part.contains("${") }
}
