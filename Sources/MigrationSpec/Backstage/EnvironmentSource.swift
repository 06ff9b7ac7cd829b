import YAMLTree

/// A ConfigMap or Secret that Backstage's container takes as a whole, as `envFrom` does.
struct EnvironmentSource {
    /// `ConfigMap` or `Secret`.
    var kind: String
    var name: String
    /// Where it is named.
    var position: YAMLPosition
    /// The list that names it, for messages.
    var place: String
    /// The `prefix` of an `envFrom` item, with which the names of its variables begin in the container.
    var prefix = ""

    var named: NamedSource { NamedSource(content: .variables, kind: kind, name: name, position: position) }

    /// Its variables, as far as the objects at hand show them.
    func variables(in namespace: String?, among holders: [EnvironmentHolder]) -> [EnvironmentVariable] {
        holders.filter { $0.brings(kind, named: name, in: namespace) }.flatMap(\.entries).map { entry in
            EnvironmentVariable(
                name: prefix + entry.name, value: entry.value, position: entry.position,
                sentence: "the \(kind) '\(name)' of \(place) sets \(prefix + entry.name)",
                beatsSecrets: false)
        }
    }

    /// The items of a container's `envFrom`.
    static func taken(by container: YAMLNode, in place: String) -> [EnvironmentSource] {
        (container["envFrom"]?.items ?? []).flatMap { item in
            [("configMapRef", "ConfigMap"), ("secretRef", "Secret")].compactMap { field, kind in
                guard let node = item[at: [.key(field), "name"]], let name = node.string, !name.isEmpty else {
                    return nil
                }
                return EnvironmentSource(
                    kind: kind, name: name, position: node.start, place: place, prefix: item["prefix"]?.string ?? "")
            }
        }
    }
}

extension [EnvironmentSource] {
    /// The sources without certain Secrets.
    func without(secrets: Set<String>) -> Self { filter { $0.kind != "Secret" || !secrets.contains($0.name) } }
}
