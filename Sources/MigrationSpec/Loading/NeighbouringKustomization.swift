import SystemPackage
import YAMLTree

/// The kustomization in a file's folder, where it lists the file: what that says holds for the file's objects.
struct NeighbouringKustomization {
    /// Its file.
    let name: String
    /// The namespace that it puts them into, whatever they say themselves.
    let namespace: Located<LabelName>?
    private let root: YAMLNode
    private let folder: FilePath
    private let files: InputFiles

    init?(listing path: FilePath, in files: InputFiles) {
        guard path != InputFiles.standardInput, let file = path.lastComponent?.string else { return nil }
        let folder = path.removingLastComponent()
        for candidate in ["kustomization.yaml", "kustomization.yml", "Kustomization"] {
            let place = folder.appending(candidate)
            guard let bytes = try? files.read(place), let text = try? YAMLFile(parsing: bytes, name: place.string),
                let root = text.documents.first?.root
            else { continue }
            let resources = (root["resources"]?.items ?? []).compactMap(\.string)
            guard resources.contains(where: { FilePath($0).lexicallyNormalized().string == file }) else { continue }
            name = place.string
            namespace = root["namespace"].flatMap { node in
                node.string.flatMap { LabelName(rawValue: $0) }.map { Located(value: $0, position: node.start) }
            }
            self.root = root
            self.folder = folder
            self.files = files
            return
        }
        return nil
    }

    // MARK: What it makes of the CR

    /// Reports what makes another CR of the one in the file.
    func check(_ backstage: BackstageResource, _ report: inout Report) {
        if let node = root["namespace"], !node.isNull, node.scalar?.text.isEmpty != true {
            _ = ForeignName.read(node, ["namespace"], as: LabelName.self, &report)
        }
        for field in ["namePrefix", "nameSuffix"] {
            guard let node = root[field], let text = node.scalar?.text, !node.isNull, !text.isEmpty else { continue }
            report.error(
                "\(field): found '\(text)', which gives the Backstage CR another name than '\(backstage.name)'",
                at: node.start,
                advice:
                    "The operator's Service and Secret are named after it. Take what kustomize makes: kustomize build "
                    + "FOLDER | rehome render, with spec.backstage.file \"-\" and cutover.mode patch.")
        }
        for patch in patches where patch.concerns(backstage) { warn(of: patch, &report) }
    }

    private func warn(of patch: Patch, _ report: inout Report) {
        let found =
            patch.contents.lazy.compactMap { VariableAudit.named(in: $0) }.first.map { ", and names \($0)" } ?? ""
        report.warn(
            "\(name) patches the Backstage CR\(found); the patch was not applied here", at: patch.position,
            advice:
                "See that it takes Backstage to no other database, and leaves the lists that the cut-over adds to. Or take "
                + "what kustomize makes: kustomize build FOLDER | rehome render, with spec.backstage.file \"-\" and "
                + "cutover.mode patch.")
    }

    // MARK: Patches

    private struct Patch {
        let position: YAMLPosition
        /// What it is for; `nil` where its own kind and name say so.
        let target: YAMLNode?
        /// What it says, as far as that can be read.
        let contents: [YAMLNode]

        /// kustomize takes the parts of a target for regular expressions; what is more than a word may mean anything.
        func concerns(_ backstage: BackstageResource) -> Bool {
            guard let target else {
                return contents.contains { $0["kind"]?.string ?? "Backstage" == "Backstage" }
            }
            func mayBe(_ field: String, _ value: String) -> Bool {
                guard let text = target[field]?.string, !text.isEmpty else { return true }
                let isWord = text.utf8.allSatisfy {
                    $0 == UInt8(ascii: "-") || (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20)
                }
                return text == value || !isWord
            }
            return mayBe("kind", "Backstage") && mayBe("name", backstage.name)
        }
    }

    private var patches: [Patch] {
        let fields = ["patches", "patchesJson6902"].flatMap { root[$0]?.items ?? [] }.map { item in
            let contents = item["patch"].map(read) ?? item["path"].map(readFile) ?? []
            return Patch(
                position: item.start, target: item["target"].flatMap { $0.isNull ? nil : $0 }, contents: contents)
        }
        return fields
            + (root["patchesStrategicMerge"]?.items ?? []).map { item in
                let isFile = item.scalar.map { !$0.text.contains("\n") && !$0.text.contains("{") } ?? false
                return Patch(position: item.start, target: nil, contents: isFile ? readFile(item) : read(item))
            }
    }

    /// What a text in the kustomization says.
    private func read(_ node: YAMLNode) -> [YAMLNode] {
        node.scalar.map { read(Array($0.text.utf8)) } ?? [node]
    }

    private func readFile(_ node: YAMLNode) -> [YAMLNode] {
        guard let path = node.scalar?.text, !path.isEmpty else { return [] }
        return read((try? files.read(folder.appending(FilePath(path).components))) ?? [])
    }

    private func read(_ bytes: [UInt8]) -> [YAMLNode] {
        (try? YAMLFile(parsing: bytes, name: name))?.documents.map(\.root) ?? []
    }
}
