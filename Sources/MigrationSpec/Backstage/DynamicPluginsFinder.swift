import YAMLTree

/// Finds the ConfigMap with the dynamic plugins that a Backstage CR names.
struct DynamicPluginsFinder {
    let backstage: BackstageResource
    /// The file that the config names, and where it does; without one, the CR's own file is looked through.
    let named: (file: YAMLFile, position: YAMLPosition)?

    private static let field: YAMLPath = ["spec", "application", "dynamicPluginsConfigMapName"]

    func find(_ report: inout Report) -> DynamicPlugins? {
        let wanted = backstage.root[at: Self.field]?.string.flatMap { $0.isEmpty ? nil : $0 }
        let file = named?.file ?? backstage.file
        let found = file.documents.indices.filter { file.documents[$0].root["kind"]?.string == "ConfigMap" }
        let names = found.map { file.documents[$0].root[at: ["metadata", "name"]]?.string ?? "" }
        guard let wanted else {
            guard let named else { return nil }
            report.error(
                "spec.backstage.dynamicPluginsFile is set, but the CR has no \(Self.field)", at: named.position,
                advice: "The operator reads no ConfigMap that the CR does not name: name it there, or take the key out.")
            return nil
        }
        guard let match = zip(found, names).first(where: { $0.1 == wanted }) else {
            guard let named else { return nil }
            let has = names.isEmpty ? "none" : names.map { "'\($0)'" }.joined(separator: ", ")
            report.error(
                "\(file.name) holds no ConfigMap '\(wanted)', which the CR's \(Self.field) names; found \(has)",
                at: named.position,
                advice: NearestWord.to(wanted, among: names).map { "Did you mean '\($0)'?" }
                    ?? "Name the file with the ConfigMap's manifest, as it is applied.")
            return nil
        }
        return read(match.0, named: wanted, in: file, &report)
    }

    private func read(_ index: Int, named name: String, in file: YAMLFile, _ report: inout Report) -> DynamicPlugins? {
        let root = file.documents[index].root
        do throws(YAMLError) {
            let path: YAMLPath = ["data", .key(DynamicPlugins.key)]
            guard let list = try EmbeddedYAML(at: path, inDocument: index, of: file) else {
                report.error(
                    "the ConfigMap '\(name)' has no \(path) that is text", at: root["data"]?.start ?? root.start,
                    advice: "The operator reads the list of plugins from that key.")
                return nil
            }
            let inner = try list.inner.onlyDocument.root
            if let plugins = inner["plugins"], !plugins.isNull, plugins.items == nil {
                report.error(
                    "plugins: found \(plugins.kind), expected a list", at: list.place(of: plugins.start))
                return nil
            }
            return DynamicPlugins(name: name, list: list)
        } catch {
            report.error(error)
            return nil
        }
    }
}
