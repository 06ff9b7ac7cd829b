import YAMLTree

/// Warns of variables in the CR, and in what Backstage reads, that a `postBuild` of Flux replaces and that decide on the
/// database. Rehome does not replace them in what it reads.
struct FluxVariables {
    private let title: String
    private let postBuild: YAMLNode?

    init(of object: EngineKustomization) { (title, postBuild) = (object.title, object.postBuild) }

    private var substitute: YAMLNode? { postBuild?["substitute"] }
    private var hasOthers: Bool { postBuild?["substituteFrom"]?.items.map { !$0.isEmpty } ?? false }

    func check(_ objects: KustomizedObjects, _ report: inout Report) {
        guard let postBuild, hasOthers || substitute?.entries.map({ !$0.isEmpty }) ?? false else { return }
        for object in objects.files.flatMap(\.objects) where !Self.isLeftAlone(object.root) {
            for text in Self.decisive(in: object, objects.backstage) {
                for variable in Self.variables(in: text) {
                    let name = object.name.isEmpty ? "" : " '\(object.name)'"
                    report.warn(
                        "\(title) puts \(value(of: variable)) in the place of ${\(variable.name)} in the \(object.kind)\(name), "
                            + "which decides which database Backstage uses; that was not done here",
                        at: substitute?[variable.name]?.start ?? postBuild.start,
                        advice:
                            "A variable that Backstage itself is to fill in is written $${\(variable.name)} below a postBuild. See "
                            + "that what Flux puts there is right after the cut-over too.")
                }
            }
        }
    }

    private func value(of variable: Variable) -> String {
        if let text = substitute?[variable.name]?.scalar?.text { return "'\(text)'" }
        let otherwise = variable.standard.map { "'\($0)'" } ?? "nothing"
        return hasOthers ? "a value of its own, or \(otherwise)," : otherwise
    }

    private static func isLeftAlone(_ root: YAMLNode) -> Bool {
        ["annotations", "labels"].contains {
            root[at: ["metadata", .key($0), "kustomize.toolkit.fluxcd.io/substitute"]]?.string == "disabled"
        }
    }

    /// The texts in an object that decide on Backstage's database.
    private static func decisive(in object: ManifestObject, _ backstage: BackstageResource?) -> [String] {
        if object.kind == "Backstage" {
            // A CR with a variable as its name is refused elsewhere.
            guard object.name == backstage?.name, let spec = object.root["spec"] else { return [] }
            return (spec["database"].map(texts) ?? []) + decisiveVariables(in: spec)
        }
        let entries = ["data", "stringData"].flatMap { object.root[$0]?.mergedEntries ?? [] }
        return entries.flatMap { entry -> [String] in
            let text = entry.value.scalar?.text ?? ""
            if VariableAudit.judges(entry.name) { return [text] }
            guard text.contains("${"), text.contains("database"), let file = try? YAMLFile(parsing: text, name: "")
            else { return [] }
            return file.documents.compactMap { $0.root[at: ["backend", "database"]] }.flatMap(texts)
        }
    }

    /// The values of environment variables that decide on the database.
    private static func decisiveVariables(in node: YAMLNode) -> [String] {
        if let name = node["name"]?.string, VariableAudit.judges(name), let text = node["value"]?.scalar?.text {
            return [text]
        }
        return (node.items ?? node.mergedEntries?.map(\.value) ?? []).flatMap(decisiveVariables)
    }

    private static func texts(in node: YAMLNode) -> [String] {
        if let text = node.scalar?.text { return [text] }
        return (node.items ?? node.mergedEntries?.map(\.value) ?? []).flatMap(texts)
    }

    private struct Variable {
        var name: String
        /// The default after `:-`, which Flux takes if the variable has no value.
        var standard: String?
    }

    /// The variables that Flux replaces (`drone/envsubst`). A doubled dollar escapes one.
    private static func variables(in text: String) -> [Variable] {
        guard text.contains("$") else { return [] }
        return text.replacing("$$", with: "")
            .matches(of: /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::?[-=]([^}]*)|[^}]*)\}/).map {
                Variable(name: String($0.output.1), standard: $0.output.2.map { String($0) })
            }
    }
}
