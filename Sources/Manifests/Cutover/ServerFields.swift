import YAMLTree

/// Fields that the API server writes into an object, and that an export of it shows. Nobody should apply them.
enum ServerFields {
    private static let metadata = [
        "creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "generation", "managedFields",
        "ownerReferences", "resourceVersion", "selfLink", "uid",
    ]
    private static let lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

    /// The fields that the object has, in the order in which they stand.
    static func paths(in root: YAMLNode) -> [YAMLPath] {
        var paths = (root["metadata"]?.mergedEntries ?? []).flatMap { entry -> [YAMLPath] in
            if metadata.contains(entry.name) { return [["metadata", .key(entry.name)]] }
            guard entry.name == "annotations", let annotations = entry.value.mergedEntries,
                annotations.contains(where: { $0.name == lastApplied })
            else { return [] }
            return [
                annotations.count == 1 ? ["metadata", "annotations"] : ["metadata", "annotations", .key(lastApplied)]
            ]
        }
        if root["status"] != nil { paths.append(["status"]) }
        return paths
    }

    /// The edits that remove them.
    static func removals(from root: YAMLNode) -> [YAMLEdit] { paths(in: root).map { .remove($0) } }
}
