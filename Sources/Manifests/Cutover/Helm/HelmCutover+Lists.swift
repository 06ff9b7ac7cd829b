import MigrationSpec
import YAMLTree

/// Lists that gain an item. Helm replaces lists, so each is given as a whole.
extension HelmCutover {
    /// The chart's own list, with an item in the place of a former one of its name, or at the end.
    ///
    /// - Parameters:
    ///   - names: names of items that are removed.
    ///   - path: the path at which no other volume may be mounted.
    func list(_ name: String, _ item: YAMLValue, without names: Set<String> = [], at path: String? = nil)
        -> WantedValue
    {
        let place: YAMLPath = ["backstage", .key(name)]
        var items = release.node(place)?.items?.map { $0.value() } ?? []
        items.removeAll { other in
            path != nil
                ? other["name"] != item["name"] && Self.isMounted(other["mountPath"]?.string, at: path)
                : names.contains(other["name"]?.string ?? "")
        }
        if let index = items.firstIndex(where: { $0 == item || ($0["name"] != nil && $0["name"] == item["name"]) }) {
            items[index] = item
        } else {
            items.append(item)
        }
        return value(place, .sequence(items))
    }

    private static func isMounted(_ place: String?, at path: String?) -> Bool {
        guard let place, let path else { return false }
        return (place.hasSuffix("/") ? String(place.dropLast()) : place) == path
    }

    /// Volumes that are mounted only where the certificate must be: a pod may mount one volume at a path.
    func volumes(mountedAt path: String) -> Set<String> {
        let mounts = release.node(["backstage", "extraVolumeMounts"])?.items ?? []
        func names(_ isWanted: (Bool) -> Bool) -> Set<String> {
            Set(
                mounts.filter { isWanted(Self.isMounted($0["mountPath"]?.string, at: path)) }
                    .compactMap { $0["name"]?.string })
        }
        var needed = names { !$0 }
        // Sidecars and init containers have mounts of their own.
        release.node(["backstage"])?.eachScalar { place, node in
            guard place.components.contains(.key("volumeMounts")), place.components.last == .key("name") else { return }
            needed.formUnion([node.scalar?.text].compactMap(\.self))
        }
        return names { $0 }.subtracting(needed).subtracting([Self.volume])
    }
}
