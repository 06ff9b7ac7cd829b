import FoundationEssentials
import SystemPackage
import YAMLTree

/// Finds the app-configs in a file: the file itself, or the contents of its ConfigMaps.
struct AppConfigReader {
    /// The certificate authorities' file, as Backstage's container sees it; `nil` where the target has no TLS.
    let certificatePath: String?
    /// Where the files are that an app-config includes.
    let files: InputFiles

    /// An item of `spec.application.appConfig.configMaps`: a ConfigMap, or one of its keys, which may have any name.
    struct Item {
        var name: String
        var key: String?

        init?(_ node: YAMLNode) {
            guard let name = node["name"]?.string else { return nil }
            self.name = name
            key = node["key"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        }

        func takes(_ key: String) -> Bool { self.key.map { $0 == key } ?? isYAML(key) }
    }

    /// - Parameter items: which ConfigMaps and keys to read. `nil` reads all of them, and documents that are no
    ///   ConfigMaps.
    func check(_ file: YAMLFile, only items: [Item]?, _ report: inout Report) {
        let budget = IncludeBudget()
        for object in file.objects {
            if object.kind == "ConfigMap" {
                let named = items?.filter { $0.name == object.name }
                // Such a ConfigMap may hold files of any kind beside app-configs.
                for part in Self.parts {
                    for entry in object.root[part]?.mergedEntries ?? []
                    where named?.contains(where: { $0.takes(entry.name) }) ?? Self.isYAML(entry.name) {
                        checkEmbedded(entry.name, of: object, budget, &report)
                    }
                }
            } else if items == nil {
                let root = AppConfigNode(object.root, included: included(beside: file.name, budget))
                audit(root, &report)
            }
        }
        for error in budget.errors { report.error(error) }
    }

    private static func isYAML(_ name: String) -> Bool { [".yaml", ".yml", ".json"].contains { name.hasSuffix($0) } }

    private func audit(_ root: AppConfigNode, _ report: inout Report) {
        // The whole app-config may be in an included file.
        guard let root = root.resolved else { return }
        AppConfigAudit(root: root, certificatePath: certificatePath).run(&report)
    }

    private func checkEmbedded(
        _ key: String, of object: ManifestObject, _ budget: IncludeBudget, _ report: inout Report
    ) {
        do throws(YAMLError) {
            guard let text = try Self.text(of: key, in: object) else { return }
            for document in text.inner.documents {
                audit(
                    AppConfigNode(document.root, place: text.place, included: included(in: object, budget)), &report)
            }
        } catch {
            report.error(error)
        }
    }

    /// A key of a ConfigMap is in one of these.
    private static let parts = ["data", "binaryData"]

    private struct Text {
        var inner: YAMLFile
        var place: (YAMLPosition) -> YAMLPosition
    }

    /// The text of a key of a ConfigMap, which Kubernetes makes a file.
    private static func text(of key: String, in object: ManifestObject) throws(YAMLError) -> Text? {
        if let embedded = try object.embedded(at: ["data", .key(key)]) {
            return Text(inner: embedded.inner, place: embedded.place)
        }
        guard let node = object.root[at: ["binaryData", .key(key)]], let text = node.scalar?.text else { return nil }
        guard let bytes = Data(base64Encoded: text, options: .ignoreUnknownCharacters) else {
            throw YAMLError(at: node.start, "binaryData.\(key) is no base64", expected: "base64, as kubectl writes it")
        }
        do {
            // The lines of base64-encoded text are no lines of the file, so errors are placed at the value.
            return Text(inner: try YAMLFile(parsing: Array(bytes), name: object.file.name), place: { _ in node.start })
        } catch {
            throw error.moved { _ in node.start }
        }
    }

    // MARK: Includes

    private func included(beside file: String, _ budget: IncludeBudget) -> AppConfigNode.Include {
        { name in
            let folder = FilePath(file).removingLastComponent()
            let path = name.hasPrefix("/") ? FilePath(name) : folder.appending(FilePath(name).components)
            guard budget.take() else { return nil }
            guard let bytes = try? self.files.read(path) else { return nil }
            do throws(YAMLError) {
                let file = try YAMLFile(parsing: bytes, name: path.string)
                return file.documents.first.map {
                    AppConfigNode($0.root, included: self.included(beside: file.name, budget))
                }
            } catch {
                budget.add(error)
                return nil
            }
        }
    }

    /// Includes within a ConfigMap: its keys are files of one folder.
    private func included(in object: ManifestObject, _ budget: IncludeBudget) -> AppConfigNode.Include {
        { name in
            let parts = FilePath(name).lexicallyNormalized().components.map(\.string)
            guard parts.count == 1, let key = parts.first, budget.take() else { return nil }
            let homes = [object] + object.file.objects.filter { $0.kind == "ConfigMap" }
            let home = homes.first { object in
                Self.parts.contains { object.root[at: [.key($0), .key(key)]]?.scalar != nil }
            }
            guard let home else { return nil }
            do throws(YAMLError) {
                guard let text = try Self.text(of: key, in: home), let root = text.inner.documents.first?.root else {
                    return nil
                }
                return AppConfigNode(root, place: text.place, included: self.included(in: home, budget))
            } catch {
                budget.add(error)
                return nil
            }
        }
    }
}

/// Limits how many files are included in all, since each may include many, and itself.
private final class IncludeBudget {
    private var left = 1000
    private(set) var errors: [YAMLError] = []

    func take() -> Bool {
        left -= 1
        return left >= 0
    }

    /// Adds an error once: a file may be read more than once.
    func add(_ error: YAMLError) {
        if !errors.contains(where: { $0.position == error.position }) { errors.append(error) }
    }
}
