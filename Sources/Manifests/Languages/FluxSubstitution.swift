import YAMLTree

/// The variables that Flux replaces in whatever it applies with a `postBuild`.
enum FluxSubstitution {
    static let annotation = "kustomize.toolkit.fluxcd.io/substitute"

    /// The object with an annotation by which Flux leaves `${…}` in it alone.
    static func disabled(in object: YAMLValue) -> YAMLValue {
        guard holds(object), object["metadata"]?.mapping != nil else { return object }
        var object = object
        if object["metadata"]?["annotations"]?.mapping == nil { object["metadata"]?["annotations"] = [:] }
        object["metadata"]?["annotations"]?[annotation] = "disabled"
        return object
    }

    /// Whether an object has that annotation.
    static func isDisabled(in root: YAMLNode) -> Bool {
        ["annotations", "labels"].contains { root[at: ["metadata", .key($0), .key(annotation)]]?.string == "disabled" }
    }

    /// Whether an object holds a variable that Flux would replace.
    static func holds(_ value: YAMLValue) -> Bool {
        switch value {
        case .string(let text): text.utf8.contains(UInt8(ascii: "$")) && text.containsBytes(of: "${")
        case .sequence(let items): items.contains(where: holds)
        case .mapping(let mapping): mapping.contains { holds($0.value) || holds(.string($0.key)) }
        default: false
        }
    }
}
