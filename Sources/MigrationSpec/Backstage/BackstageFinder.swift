import YAMLTree

/// Finds the one Backstage CR that a migration is about.
struct BackstageFinder {
    let file: YAMLFile
    /// The name that the config asks for.
    let wanted: Located<ObjectName>?
    /// The namespace that the config names, which decides between CRs of one name.
    let namespace: String?

    func find(_ report: inout Report) -> BackstageResource? {
        guard let object = choose(&report) else { return nil }
        let root = object.root
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
        guard let version = version(of: object, &report) else { return nil }
        checkShape(of: root, &report)
        return BackstageResource(
            object: object, name: name.rawValue, namespace: namespace?.rawValue, version: version)
    }

    static func isBackstage(_ object: ManifestObject) -> Bool {
        object.kind == "Backstage" && object.apiVersion.hasPrefix(BackstageVersion.group + "/")
    }

    private func choose(_ report: inout Report) -> ManifestObject? {
        let objects = file.objects
        let all = objects.filter(Self.isBackstage)
        if all.isEmpty {
            reportMissing(objects, &report)
            return nil
        }
        let named = all.filter { wanted == nil || $0.name == wanted?.value.rawValue }
        if let wanted, named.isEmpty {
            let names = all.map(\.name)
            report.error(
                "\(file.name) holds no Backstage CR called '\(wanted.value)'; it holds \(quoted(names))",
                at: wanted.position,
                advice: NearestWord.to(wanted.value.rawValue, among: names).map { "Did you mean '\($0)'?" })
            return nil
        }
        let here = named.filter { $0.namespace == namespace }
        // A CR without a namespace would be applied to the wanted one; a CR with another namespace would not.
        let possible = here.isEmpty ? named.filter { namespace != nil && $0.namespace == nil } : here
        let found = named.count > 1 && !possible.isEmpty ? possible : named
        guard found.count > 1 else { return found.first }
        let names = found.map { object in object.namespace.map { "\($0)/\(object.name)" } ?? object.name }
        // If two CRs have the same name, only the namespace tells them apart.
        let isOneName = Set(found.map(\.name)).count == 1
        let isOnePlace = Set(names).count == 1
        report.error(
            "found \(found.count) Backstage CRs, \(quoted(names)); expected one",
            at: wanted?.position ?? found[1].start,
            advice: isOnePlace
                ? "Two CRs of one name and namespace are one in the cluster: take one out."
                : isOneName
                    ? "Name the namespace of the one to move in metadata.namespace."
                    : "Name the one to move in spec.backstage.name.")
        return nil
    }

    private func reportMissing(_ objects: [ManifestObject], _ report: inout Report) {
        // An object of kind Backstage is what was meant, even if it is of Backstage's own operator or of a later
        // release.
        let namesakes = objects.filter { $0.kind == "Backstage" }
        let shown = namesakes.isEmpty ? objects : namesakes
        var titles: [String] = []
        for object in shown where !titles.contains(object.title) && titles.count < 5 { titles.append(object.title) }
        report.error(
            "found \(titles.isEmpty ? "an empty file" : titles.joined(separator: ", ")), "
                + "expected a Backstage of \(BackstageVersion.group)",
            at: shown.first?.start ?? YAMLPosition(file: file.name, line: 1, column: 1, offset: 0),
            advice: "Let spec.backstage.file name the file with the instance's Backstage CR.")
    }

    private func version(of object: ManifestObject, _ report: inout Report) -> BackstageVersion? {
        let text = object.apiVersion
        let word = String(text.dropFirst(BackstageVersion.group.count + 1))
        if let version = BackstageVersion(rawValue: word) { return version }
        let known = BackstageVersion.allCases.map { "\(BackstageVersion.group)/\($0.rawValue)" }
        report.error(
            "found apiVersion '\(text)', expected one of \(known.joined(separator: ", "))",
            at: object.root["apiVersion"]?.start ?? object.start,
            advice: BackstageVersion.isLater(word)
                ? "A version that is later than this rehome: a newer rehome may know it, or the operator serves "
                    + "\(BackstageVersion.newest.rawValue) too."
                : NearestWord.to(text, among: known).map { "Did you mean '\($0)'?" })
        return nil
    }

    /// Checks that the parts that later steps edit, or write into other files, have the expected type.
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
