import YAMLTree

/// Finds the ConfigMap with the dynamic plugins that a Backstage CR names.
struct DynamicPluginsFinder {
    let backstage: BackstageResource
    /// The file that the config names, and where. Without one, the CR's own file is searched.
    let named: (file: YAMLFile, position: YAMLPosition)?

    private static let field: YAMLPath = ["spec", "application", "dynamicPluginsConfigMapName"]

    func find(_ report: inout Report) -> DynamicPlugins? {
        let wanted = backstage.root[at: Self.field]?.string.flatMap { $0.isEmpty ? nil : $0 }
        let file = named?.file ?? backstage.file
        guard let wanted else {
            guard let named else { return nil }
            report.error(
                "spec.backstage.dynamicPluginsFile is set, but the CR has no \(Self.field)", at: named.position,
                advice: "The operator reads no ConfigMap that the CR does not name: name it there, or take the key out."
            )
            return nil
        }
        let objects = file.objects.filter { $0.kind == "ConfigMap" }
        let namespace = backstage.namespace
        if let match = objects.first(where: { $0.isObject(kind: "ConfigMap", name: wanted, in: namespace) }) {
            return read(match, &report)
        }
        guard let named else { return nil }
        if let list = list(in: file) {
            return checked(DynamicPlugins(name: wanted, home: .list(file)), list, place: { $0 }, &report)
        }
        let names = objects.map(\.name)
        let has = names.isEmpty ? "none" : names.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
        report.error(
            "\(file.name) holds no ConfigMap '\(wanted)', which the CR's \(Self.field) names; found \(has)",
            at: named.position,
            advice: NearestWord.to(wanted, among: names).map { "Did you mean '\($0)'?" }
                ?? "Name the file with the ConfigMap's manifest, as it is applied, or with the list that it is made of."
        )
        return nil
    }

    /// The list of a file that holds nothing else, as `configMapGenerator` and `--from-file` take it.
    private func list(in file: YAMLFile) -> YAMLNode?? {
        guard file.documents.count <= 1 else { return nil }
        guard let root = file.documents.first?.root, !root.isNull else { return .some(nil) }
        return root.entries == nil || root["kind"] != nil ? nil : .some(root)
    }

    private func read(_ object: ManifestObject, _ report: inout Report) -> DynamicPlugins? {
        let root = object.root
        do throws(YAMLError) {
            let path: YAMLPath = ["data", .key(DynamicPlugins.key)]
            guard let list = try object.embedded(at: path) else {
                report.error(
                    "the ConfigMap '\(object.name)' has no \(path) that is text", at: root["data"]?.start ?? root.start,
                    advice: "The operator reads the list of plugins from that key.")
                return nil
            }
            if list.inner.documents.count > 1 { _ = try list.inner.onlyDocument }
            return checked(
                DynamicPlugins(name: object.name, home: .configMap(object, list: list)),
                list.inner.documents.first?.root, place: list.place, &report)
        } catch {
            report.error(error)
            return nil
        }
    }

    /// - Parameter root: `nil` for a list that is empty or has only comments, so that only the operator's own plugins
    ///   count.
    private func checked(
        _ plugins: DynamicPlugins, _ root: YAMLNode?, place: (YAMLPosition) -> YAMLPosition, _ report: inout Report
    ) -> DynamicPlugins? {
        guard let root, !root.isNull else { return plugins }
        let list = root["plugins"]
        if root.entries != nil, list?.isNull ?? true || list?.items != nil { return plugins }
        let wrong = root.entries == nil ? root : list ?? root
        report.error(
            root.entries == nil
                ? "found \(wrong.kind), expected a mapping with the key plugins"
                : "plugins: found \(wrong.kind), expected a list", at: place(wrong.start))
        return nil
    }
}
