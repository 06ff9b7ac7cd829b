import YAMLTree

extension YAMLValue {
    /// The Secrets and ConfigMaps that a pod cannot start without.
    var requiredReferences: [String] {
        switch self {
        case .sequence(let items): return items.flatMap(\.requiredReferences)
        case .mapping(let mapping):
            return mapping.flatMap { entry -> [String] in
                let isReference = [
                    "secretKeyRef", "configMapKeyRef", "secretRef", "configMapRef", "secret", "configMap",
                ]
                .contains(entry.key)
                guard isReference else { return entry.value.requiredReferences }
                guard entry.value["optional"]?.bool != true else { return [] }
                return [entry.value["name"]?.string ?? entry.value["secretName"]?.string].compactMap { $0 }
            }
        default: return []
        }
    }
}
