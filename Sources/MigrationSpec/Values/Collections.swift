public import YAMLTree

/// Names and texts, such as labels.
public struct TextMap: ConfigValue {
    public var entries: YAMLMapping

    public static var shape: Shape { .map }
    public var yamlValue: YAMLValue { .mapping(entries) }

    public static func decode(_ node: YAMLNode, path: String, report: inout Report) -> TextMap? {
        guard let entries = node.mergedEntries else {
            mismatch(node, path: path, report: &report)
            return nil
        }
        var result = YAMLMapping()
        for entry in entries {
            guard let text = entry.value.string else {
                report.error(
                    "\(path).\(entry.name): found \(entry.value.kind), expected text", at: entry.value.start,
                    advice: entry.value.scalar.map { "Put it in quotes: \"\($0.text)\"." })
                continue
            }
            result[entry.name] = .string(text)
        }
        return result.count == entries.count ? TextMap(entries: result) : nil
    }
}

/// A list in Kubernetes' own format, which is not changed.
public struct KubernetesList: ConfigValue {
    public var yamlValue: YAMLValue

    public static var shape: Shape { .verbatim(isList: true) }

    public static func decode(_ node: YAMLNode, path: String, report: inout Report) -> KubernetesList? {
        guard let items = node.items, items.allSatisfy({ $0.entries != nil }) else {
            mismatch(node, path: path, report: &report)
            return nil
        }
        return KubernetesList(yamlValue: node.value())
    }
}

/// A mapping in Kubernetes' own format, which is not changed.
public struct KubernetesMapping: ConfigValue {
    public var yamlValue: YAMLValue

    public static var shape: Shape { .verbatim(isList: false) }

    public static func decode(_ node: YAMLNode, path: String, report: inout Report) -> KubernetesMapping? {
        guard node.entries != nil else {
            mismatch(node, path: path, report: &report)
            return nil
        }
        return KubernetesMapping(yamlValue: node.value())
    }
}
