import YAMLTree

/// Finds the one Backstage CR that a migration is about.
struct BackstageFinder {
    let file: YAMLFile
    /// The name that the config asks for.
    let wanted: Located<ObjectName>?

    func find(_ report: inout Report) -> BackstageResource? {
        let found = file.documents.indices.filter { isBackstage(file.documents[$0].root) }
        guard let index = choose(from: found, &report) else { return nil }
        let root = file.documents[index].root
        guard let nameNode = root[at: ["metadata", "name"]], !nameNode.isNull else {
            let position = root["metadata"]?.start ?? root.start
            report.error("the Backstage CR has no metadata.name; expected a name", at: position)
            return nil
        }
        let namespaceNode = root[at: ["metadata", "namespace"]].flatMap { $0.isNull ? nil : $0 }
        let name = ForeignName.read(nameNode, ["metadata", "name"], as: InstanceName.self, &report)
        let namespace = namespaceNode.flatMap {
            ForeignName.read($0, ["metadata", "namespace"], as: LabelName.self, &report)
        }
        guard let name, (namespace == nil) == (namespaceNode == nil) else { return nil }
        guard let version = version(of: root, &report) else { return nil }
        checkShape(of: root, &report)
        return BackstageResource(
            file: file, index: index, name: name.rawValue, namespace: namespace?.rawValue, version: version)
    }

    private func isBackstage(_ root: YAMLNode) -> Bool {
        root["kind"]?.string == "Backstage"
            && root["apiVersion"]?.string?.hasPrefix(BackstageVersion.group + "/") ?? false
    }

    private func choose(from found: [Int], _ report: inout Report) -> Int? {
        if found.isEmpty {
            let position = file.documents.first.map { $0.root["kind"]?.start ?? $0.root.start }
            let kinds = file.documents.map {
                $0.root["kind"]?.string.map { "kind '\($0)'" } ?? "a document without a kind"
            }
            report.error(
                "found \(kinds.isEmpty ? "an empty file" : kinds.joined(separator: ", ")), "
                    + "expected a Backstage of \(BackstageVersion.group)",
                at: position ?? YAMLPosition(file: file.name, line: 1, column: 1, offset: 0),
                advice: "Let spec.backstage.file name the file with the instance's Backstage CR.")
            return nil
        }
        let names = found.map { file.documents[$0].root[at: ["metadata", "name"]]?.string ?? "" }
        if let wanted {
            let matches = zip(found, names).filter { $0.1 == wanted.value.rawValue }.map(\.0)
            if matches.count == 1 { return matches.first }
            let nearest = NearestWord.to(wanted.value.rawValue, among: names)
            report.error(
                matches.isEmpty
                    ? "\(file.name) holds no Backstage CR called '\(wanted.value)'; it holds \(quoted(names))"
                    : "\(file.name) holds \(matches.count) Backstage CRs called '\(wanted.value)'; expected one",
                at: wanted.position, advice: nearest.map { "Did you mean '\($0)'?" })
            return nil
        }
        if found.count > 1 {
            let second = file.documents[found[1]].root
            report.error(
                "found \(found.count) Backstage CRs, \(quoted(names)); expected one",
                at: second["kind"]?.start ?? second.start, advice: "Name the one to move in spec.backstage.name.")
            return nil
        }
        return found.first
    }

    private func version(of root: YAMLNode, _ report: inout Report) -> BackstageVersion? {
        let node = root["apiVersion"]
        let text = node?.string ?? ""
        if let version = BackstageVersion(rawValue: String(text.dropFirst(BackstageVersion.group.count + 1))) {
            return version
        }
        let known = BackstageVersion.allCases.map { "\(BackstageVersion.group)/\($0.rawValue)" }
        report.error(
            "found apiVersion '\(text)', expected one of \(known.joined(separator: ", "))",
            at: node?.start ?? root.start,
            advice: NearestWord.to(text, among: known).map { "Did you mean '\($0)'?" })
        return nil
    }

    /// What later steps edit, or write into other files, must be what they take it for.
    private func checkShape(of root: YAMLNode, _ report: inout Report) {
        let mappings: [YAMLPath] = [
            ["metadata"], ["spec"], ["spec", "database"], ["spec", "application"],
            ["spec", "application", "extraEnvs"],
            ["spec", "application", "extraFiles"], ["spec", "deployment"],
        ]
        let lists: [YAMLPath] = [
            ["spec", "application", "extraEnvs", "envs"], ["spec", "application", "extraEnvs", "secrets"],
            ["spec", "application", "extraEnvs", "configMaps"], ["spec", "application", "extraFiles", "secrets"],
        ]
        for path in mappings {
            guard let node = root[at: path], !node.isNull, node.entries == nil else { continue }
            report.error("\(path): found \(node.kind), expected a mapping", at: node.start)
        }
        for path in lists {
            guard let node = root[at: path], !node.isNull, node.items == nil else { continue }
            report.error("\(path): found \(node.kind), expected a list", at: node.start)
        }
        let names: [YAMLPath] = [
            ["spec", "database", "authSecretName"], ["spec", "application", "dynamicPluginsConfigMapName"],
        ]
        for path in names {
            guard let node = root[at: path], !node.isNull, node.scalar?.text.isEmpty != true else { continue }
            _ = ForeignName.read(node, path, as: ObjectName.self, &report)
        }
    }

    private func quoted(_ names: [String]) -> String { names.map { "'\($0)'" }.joined(separator: ", ") }
}
