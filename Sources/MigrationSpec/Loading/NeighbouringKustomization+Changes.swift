import SystemPackage
import YAMLTree

/// What a kustomization does to objects, none of which is done here.
extension NeighbouringKustomization {
    static let advice =
        "See that it takes Backstage to no other database, and leaves the lists that the cut-over adds to. Or take what "
        + "kustomize makes: kustomize build FOLDER | rehome render, with spec.backstage.file \"-\" and cutover.mode patch."

    func checkChanges(of objects: KustomizedObjects, _ report: inout Report) {
        checkPatches(of: objects, &report)
        checkReplacements(of: objects, &report)
        checkTransformers(of: objects, &report)
        checkGenerators(of: objects, &report)
        for item in root["configurations"]?.items ?? [] {
            let contents = readFile(item)
            guard contents.isEmpty || contents.contains(where: { $0.mentions("Backstage") }) else { continue }
            report.warn(
                "\(name) has a configuration of kustomize's transformers that "
                    + (contents.isEmpty ? "was not looked at" : "speaks of Backstage, and was not applied here"),
                at: item.start, advice: Self.advice)
        }
    }

    // MARK: Patches

    private func checkPatches(of objects: KustomizedObjects, _ report: inout Report) {
        for item in ["patches", "patchesJson6902"].flatMap({ root[$0]?.items ?? [] }) {
            let contents = item["patch"].map(read) ?? item["path"].map(readFile) ?? []
            warn(patch: contents, of: item["target"].flatMap { $0.isNull ? nil : $0 }, at: item.start, objects, &report)
        }
        for item in root["patchesStrategicMerge"]?.items ?? [] {
            let isFile = item.scalar.map { !$0.text.contains("\n") && !$0.text.contains("{") } ?? false
            warn(patch: isFile ? readFile(item) : read(item), of: nil, at: item.start, objects, &report)
        }
    }

    /// - Parameters:
    ///   - contents: what the patch says, as far as that can be read.
    ///   - target: what it is for; `nil` where its own kind and name say so.
    private func warn(
        patch contents: [YAMLNode], of target: YAMLNode?, at position: YAMLPosition, _ objects: KustomizedObjects,
        _ report: inout Report
    ) {
        let object = target.map(objects.selected) ?? contents.lazy.compactMap(objects.object).first
        guard let object else { return }
        let found = contents.lazy.compactMap { VariableAudit.named(in: $0) }.first.map { ", and names \($0)" } ?? ""
        report.warn(
            "\(name) patches \(object)\(found); the patch was not applied here", at: position, advice: Self.advice)
    }

    // MARK: Other changes

    private func checkReplacements(of objects: KustomizedObjects, _ report: inout Report) {
        for item in root["replacements"]?.items ?? [] {
            let contents = item["path"].map(readFile) ?? [item]
            let targets = contents.flatMap { $0.items ?? [$0] }.flatMap { $0["targets"]?.items ?? [] }
            // A file that is not here may mean anything.
            let isUnknown = contents.isEmpty
            let object = targets.lazy.compactMap { $0["select"].flatMap(objects.selected) }.first
            guard isUnknown || object != nil else { continue }
            report.warn(
                "\(name) has a replacement "
                    + (object.map { "in \($0); it was not carried out here" } ?? "that was not looked at"),
                at: item.start, advice: Self.advice)
        }
    }

    /// Those of kustomize's own that change nothing by which Backstage finds a database.
    private static let harmless: Set = [
        "AnnotationsTransformer", "ImageTagTransformer", "LabelTransformer", "ReplicaCountTransformer",
    ]

    private func checkTransformers(of objects: KustomizedObjects, _ report: inout Report) {
        for item in root["transformers"]?.items ?? [] {
            let contents = item.scalar == nil || item.isOnSeveralLines ? read(item) : readFile(item)
            let concerned = contents.filter { content in
                guard let kind = content["kind"]?.string else { return true }
                if let target = content["target"], kind.hasPrefix("Patch") {
                    return objects.selected(by: target) != nil
                }
                return !Self.harmless.contains(kind)
            }
            guard contents.isEmpty || !concerned.isEmpty else { continue }
            let kind = concerned.first?["kind"]?.string.map { " of kind \($0)" } ?? ""
            report.warn(
                "\(name) has a transformer\(kind), which may change the Backstage CR and was not applied here",
                at: item.start, advice: Self.advice)
        }
    }

    private func checkGenerators(of objects: KustomizedObjects, _ report: inout Report) {
        for item in root["generators"]?.items ?? [] {
            let contents = item.scalar == nil || item.isOnSeveralLines ? read(item) : readFile(item)
            let kinds = ["ConfigMapGenerator": "ConfigMap", "SecretGenerator": "Secret"]
            let concerned = contents.filter { content in
                guard let kind = content["kind"]?.string.flatMap({ kinds[$0] }),
                    let name = content[at: ["metadata", "name"]]?.string
                else { return true }
                return objects.contains(kind, name)
            }
            guard contents.isEmpty || !concerned.isEmpty else { continue }
            report.warn(
                "\(name) has a generator, which may make what Backstage reads and was not run here", at: item.start,
                advice:
                    "Name a file with what it makes in spec.backstage.appConfigFiles, where that is an app-config or "
                    + "variables of Backstage.")
        }
    }

    // MARK: Texts and files

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

extension YAMLNode {
    fileprivate var isOnSeveralLines: Bool { scalar?.text.contains("\n") ?? false }

    /// Whether a text in it is just that.
    fileprivate func mentions(_ text: String) -> Bool {
        if let scalar { return scalar.text == text }
        return (items ?? mergedEntries?.map(\.value) ?? []).contains { $0.mentions(text) }
    }
}
