import YAMLTree

/// Finds the app-configs in a file: the file itself, or what its ConfigMaps hold.
struct AppConfigReader {
    /// The certificate authorities' file, as Backstage's container sees it; `nil` where the target has no TLS.
    let certificatePath: String?

    /// - Parameter names: the ConfigMaps to look at; `nil` for all of them, and for documents that are no ConfigMaps.
    func check(_ file: YAMLFile, onlyConfigMaps names: [String]?, _ report: inout Report) {
        for index in file.documents.indices {
            let root = file.documents[index].root
            if root["kind"]?.string == "ConfigMap" {
                let name = root[at: ["metadata", "name"]]?.string ?? ""
                guard names?.contains(name) ?? true else { continue }
                // Beside app-configs, such a ConfigMap may hold files of any kind.
                for entry in root["data"]?.mergedEntries ?? [] where Self.isYAML(entry.name) {
                    checkEmbedded(["data", .key(entry.name)], index, file, &report)
                }
            } else if names == nil {
                audit(root) { $0 }.run(&report)
            }
        }
    }

    private static func isYAML(_ name: String) -> Bool { [".yaml", ".yml", ".json"].contains { name.hasSuffix($0) } }

    private func checkEmbedded(_ path: YAMLPath, _ index: Int, _ file: YAMLFile, _ report: inout Report) {
        do throws(YAMLError) {
            guard let embedded = try EmbeddedYAML(at: path, inDocument: index, of: file) else { return }
            for document in embedded.inner.documents { audit(document.root, place: embedded.place).run(&report) }
        } catch {
            report.error(error)
        }
    }

    private func audit(_ root: YAMLNode, place: @escaping (YAMLPosition) -> YAMLPosition) -> AppConfigAudit {
        AppConfigAudit(root: root, certificatePath: certificatePath, place: place)
    }
}
