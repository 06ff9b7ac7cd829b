import ArgumentParser
import Manifests
import MigrationSpec
import OutputFolder
import YAMLTree

/// How a command writes its result to standard output.
enum ResultFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}

/// Options of all commands that have a result.
struct FormatOptions: ParsableArguments {
    @Option(help: "Form of the result. With json, standard output holds one document.")
    var format = ResultFormat.text

    var isData: Bool { format == .json }
}

/// Results as data (docs/rehome-output.schema.json). Names stay the same in all versions. Paths are relative to the
/// current folder.
enum ResultData {
    /// The result of `check` and `diff`.
    static func changes(_ found: [(instance: RenderedInstance, changes: [OutputFolder.Change])]) -> String {
        let document: YAMLValue = [
            "isCurrent": .bool(found.allSatisfy(\.changes.isEmpty)),
            "instances": .sequence(
                found.map { instance, changes in
                    var value = begin(instance)
                    value["isCurrent"] = .bool(changes.isEmpty)
                    // Edits of the user's own files come last.
                    let ofFolder = changes.count - instance.edits.count { $0.old != $0.new }
                    value["changes"] = .sequence(
                        changes.enumerated().map { change($1, isOwn: $0 >= ofFolder, of: instance) })
                    return value
                }),
        ]
        return document.json()
    }

    private static func change(_ change: OutputFolder.Change, isOwn: Bool, of instance: RenderedInstance) -> YAMLValue {
        [
            "path": .string(isOwn ? change.path : "\(instance.output)/\(change.path)"),
            "kind": .string(change.old == nil ? "added" : change.new == nil ? "removed" : "changed"),
            "isOwn": .bool(isOwn), "diff": .string(SecretMask.diff(change)),
        ]
    }

    /// The result of `render`.
    static func written(_ results: [(RenderedInstance, Result<OutputFolder.WriteResult, OutputError>)]) -> String {
        let document: YAMLValue = [
            "instances": .sequence(
                results.map { instance, result in
                    var value = begin(instance)
                    func paths(_ paths: [String]) -> YAMLValue {
                        .sequence(paths.map { .string("\(instance.output)/\($0)") })
                    }
                    switch result {
                    case .failure(let error): value["error"] = .string(error.description)
                    case .success(let result):
                        value["written"] = paths(result.written)
                        value["unchanged"] = .int(result.unchanged)
                        value["removed"] = paths(result.removed)
                        value["left"] = paths(result.left)
                        value["edited"] = .sequence(result.edited.map { .string($0) })
                        value["sealed"] = paths(instance.sealed)
                        value["kept"] = paths(instance.kept)
                    }
                    return value
                })
        ]
        return document.json()
    }

    private static func begin(_ instance: RenderedInstance) -> YAMLValue {
        [
            "config": .sequence(instance.layers.map { .string($0) }),
            "namespace": .string(instance.migration.namespace), "instance": .string(instance.migration.instance),
            "folder": .string(instance.output),
            "warnings": .sequence(instance.warnings.map { .string($0.description) }),
        ]
    }

    /// What `init` wrote.
    ///
    /// - Parameters:
    ///   - text: the config.
    ///   - file: where it was written; `nil` for one that stands in the document alone.
    ///   - problems: why it cannot be rendered yet.
    static func draft(_ draft: ConfigDraft, text: String, file: String?, problems: [String] = []) -> String {
        var document: YAMLValue = [
            "text": .string(text),
            "missing": .sequence(
                draft.questions.filter(\.isRequired).map { ["path": .string($0.path), "meaning": .string($0.text)] }),
        ]
        if let file {
            document["config"] = .string(file)
            document["problems"] = .sequence(problems.map { .string($0) })
        }
        return document.json()
    }

    /// What keys mean.
    static func keys(_ keys: [ConfigFormat.Key]) -> String {
        let document: YAMLValue = ["keys": .sequence(keys.map(key))]
        return document.json()
    }

    private static func key(_ key: ConfigFormat.Key) -> YAMLValue {
        let declaration = key.declaration
        var value: YAMLValue = [
            "path": .string(key.path), "meaning": .string(declaration.meaning),
            "expected": .string(declaration.shape.expectation), "isRequired": .bool(declaration.isRequired),
        ]
        value["consequence"] = declaration.consequence.map { .string($0) }
        if let standard = declaration.defaultValue, standard != .null { value["default"] = standard }
        value["otherwise"] = declaration.derivation.map { .string($0) }
        if let (fields, rules) = declaration.shape.keys {
            value["keys"] = .sequence(fields.map { .string($0.name) })
            value["atLeastOne"] = .sequence(rules.atLeastOne.map { .string($0) })
            value["exactlyOne"] = .sequence(rules.exactlyOne.map { .string($0) })
        }
        return value
    }
}
