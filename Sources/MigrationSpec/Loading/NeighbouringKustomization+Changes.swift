import SystemPackage
import YAMLTree

/// Reports what a kustomization changes in the objects. Rehome does not apply these changes to what it reads.
extension NeighbouringKustomization {
    static let advice = advice(build: "kustomize build FOLDER")
    var advice: String { Self.advice(build: file.build) }

    private static func advice(build: String) -> String {
        "See that it takes Backstage to no other database, and leaves the lists that the cut-over adds to. Or take what "
            + "is made of it: \(build) | rehome render, with spec.backstage.file \"-\" and cutover.mode patch."
    }

    func checkChanges(of objects: KustomizedObjects, _ report: inout Report) {
        for patch in patches { check(patch, of: objects, &report) }
        checkReplacements(of: objects, &report)
        checkTransformers(of: objects, &report)
        checkGenerators(of: objects, &report)
        checkMarks(of: objects, &report)
        for item in root["configurations"]?.items ?? [] {
            let contents = (try? readFile(item)) ?? []
            guard contents.isEmpty || contents.contains(where: { $0.mentions("Backstage") }) else { continue }
            report.warn(
                "\(name) has a configuration of kustomize's transformers that "
                    + (contents.isEmpty ? "was not looked at" : "speaks of Backstage, and was not applied here"),
                at: item.start, advice: advice)
        }
    }

    // MARK: Patches

    struct Patch {
        /// Its selector; `nil` where the patch itself has kind and name of the object.
        var target: YAMLNode?
        var position: YAMLPosition
        /// - Throws: ``InputFiles/Failure`` with why the patch cannot be read.
        var read: () throws(InputFiles.Failure) -> [YAMLNode]
    }

    var patches: [Patch] {
        let own = ["patches", "patchesJson6902"].flatMap { root[$0]?.items ?? [] }.map { item in
            Patch(target: item["target"].flatMap { $0.isNull ? nil : $0 }, position: item.start) {
                () throws(InputFiles.Failure) in
                if let text = item["patch"] { return try read(text) }
                return try item["path"].map { node throws(InputFiles.Failure) in try readFile(node) } ?? []
            }
        }
        let merged = (root["patchesStrategicMerge"]?.items ?? []).map { item in
            Patch(target: nil, position: item.start) { () throws(InputFiles.Failure) in try readEither(item) }
        }
        return own + merged
    }

    private func check(_ patch: Patch, of objects: KustomizedObjects, _ report: inout Report) {
        var (contents, reason): ([YAMLNode], String?) = ([], nil)
        do throws(InputFiles.Failure) { contents = try patch.read() } catch { reason = error.reason }
        if let object = patch.target.map(objects.selected) ?? contents.lazy.compactMap(objects.object).first {
            let found = contents.lazy.compactMap { VariableAudit.named(in: $0) }.first.map { ", and names \($0)" } ?? ""
            report.warn(
                "\(name) patches \(object)\(found); the patch was not applied here", at: patch.position,
                advice: advice)
        } else if patch.target == nil, let reason {
            report.warn(
                "\(name) has a patch that was not looked at, since it \(reason)", at: patch.position,
                advice: advice)
        }
    }

    // MARK: Other changes

    private func checkReplacements(of objects: KustomizedObjects, _ report: inout Report) {
        for item in root["replacements"]?.items ?? [] {
            let contents = item["path"].map { (try? readFile($0)) ?? [] } ?? [item]
            let targets = contents.flatMap { $0.items ?? [$0] }.flatMap { $0["targets"]?.items ?? [] }
            // A file that cannot be read may select any object.
            let isUnknown = contents.isEmpty
            let object = targets.lazy.compactMap { $0["select"].flatMap(objects.selected) }.first
            guard isUnknown || object != nil else { continue }
            report.warn(
                "\(name) has a replacement "
                    + (object.map { "in \($0); it was not carried out here" } ?? "that was not looked at"),
                at: item.start, advice: advice)
        }
    }

    /// kustomize's own transformers that change nothing by which Backstage finds a database. Labels and annotations that
    /// an engine obeys are reported by ``checkMarks(of:_:)``.
    private static let harmless: Set = [
        "AnnotationsTransformer", "ImageTagTransformer", "LabelTransformer", "ReplicaCountTransformer",
    ]

    private func checkTransformers(of objects: KustomizedObjects, _ report: inout Report) {
        for item in root["transformers"]?.items ?? [] {
            let contents = (try? readEither(item)) ?? []
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
                "\(name) has a transformer\(kind), which may change \(objects.subject) and was not applied here",
                at: item.start, advice: advice)
        }
    }

    private func checkGenerators(of objects: KustomizedObjects, _ report: inout Report) {
        for (field, kind) in [("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")] {
            for item in root[field]?.items ?? [] {
                // With any other behavior it makes an object of its own, and kustomize refuses two of one name.
                guard let behavior = item["behavior"]?.string, ["merge", "replace"].contains(behavior),
                    let object = item["name"]?.string.flatMap({ objects.object(kind, $0) })
                else { continue }
                let found = VariableAudit.named(in: item).map { ", and names \($0)" } ?? ""
                report.warn(
                    "\(name) \(behavior)s \(object), by a \(field)\(found); that was not done here", at: item.start,
                    advice: advice)
            }
        }
        for item in root["generators"]?.items ?? [] {
            let contents = (try? readEither(item)) ?? []
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

    /// The documents of an item that is either an inline text or the name of a file.
    func readEither(_ node: YAMLNode) throws(InputFiles.Failure) -> [YAMLNode] {
        let isText = node.scalar.map { $0.text.contains("\n") || $0.text.contains("{") } ?? true
        return isText ? try read(node) : try readFile(node)
    }

    /// The documents of an inline text.
    private func read(_ node: YAMLNode) throws(InputFiles.Failure) -> [YAMLNode] {
        guard let text = node.scalar?.text else { return [node] }
        return try read(Array(text.utf8))
    }

    private func readFile(_ node: YAMLNode) throws(InputFiles.Failure) -> [YAMLNode] {
        guard let path = node.scalar?.text, !path.isEmpty else { return [] }
        guard !path.contains("://") else { throw InputFiles.Failure(reason: "is at \(path)") }
        let place = folder.appending(FilePath(path).components)
        let bytes: [UInt8]
        do throws(InputFiles.Failure) { bytes = try files.read(place) } catch {
            throw InputFiles.Failure(reason: "is in \(place), which \(error.reason)")
        }
        return try read(bytes)
    }

    private func read(_ bytes: [UInt8]) throws(InputFiles.Failure) -> [YAMLNode] {
        do { return try YAMLFile(parsing: bytes, name: name).documents.map(\.root) } catch {
            throw InputFiles.Failure(reason: "is no YAML: \(error.problem)")
        }
    }
}

extension YAMLNode {
    /// Whether a scalar below the node has exactly this text.
    func mentions(_ text: String) -> Bool {
        if let scalar { return scalar.text == text }
        return (items ?? mergedEntries?.map(\.value) ?? []).contains { $0.mentions(text) }
    }
}
