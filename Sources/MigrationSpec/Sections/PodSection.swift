public import YAMLTree

/// Where and how a pod runs, as far as that is the cluster's business.
public struct PodSettings: Sendable, Equatable {
    public var imagePullPolicy: ImagePullPolicy
    public var imagePullSecrets: [String]
    public var nodeSelector: YAMLValue?
    public var tolerations: YAMLValue?
    public var affinity: YAMLValue?
    public var priorityClassName: String?
    public var runtimeClassName: String?
    public var labels: YAMLMapping
    public var annotations: YAMLMapping
}

/// When the kubelet fetches an image that it has already.
public enum ImagePullPolicy: String, ChoiceValue {
    case ifNotPresent = "IfNotPresent"
    case always = "Always"
    case never = "Never"
}

public struct PodSection: Section {
    enum Keys {
        static let imagePullPolicy = Field<ImagePullPolicy>(
            "imagePullPolicy", .defaultsTo(.ifNotPresent), meaning: "When the image is fetched anew.")
        static let imagePullSecrets = Field<[ObjectName]>(
            "imagePullSecrets", .defaultsTo([]),
            meaning: "Secrets with the registry's credentials, already in the cluster.",
            consequence: "If one is missing, the pod waits with ImagePullBackOff.")
        static let nodeSelector = Field<TextMap>(
            "nodeSelector", .optional("any node"), meaning: "Labels that the node must have.")
        static let tolerations = Field<KubernetesList>(
            "tolerations", .optional("none"),
            meaning: "Taints of nodes that the pod puts up with, as Kubernetes writes them.")
        static let affinity = Field<KubernetesMapping>(
            "affinity", .optional("none"),
            meaning: "Nodes and pods to be near to or far from, as Kubernetes writes them.")
        static let priorityClassName = Field<ObjectName>(
            "priorityClassName", .optional("the cluster's default"), meaning: "The pod's PriorityClass.")
        static let runtimeClassName = Field<ObjectName>(
            "runtimeClassName", .optional("the cluster's default"), meaning: "The pod's RuntimeClass.")
        static let labels = Field<TextMap>(
            "labels", .optional("none but ours"), meaning: "Labels of the pod, beside ours.")
        static let annotations = Field<TextMap>(
            "annotations", .optional("none but ours"), meaning: "Annotations of the pod; they win over ours.")
    }

    public static var fields: [any FieldDeclaration] {
        [
            Keys.imagePullPolicy, Keys.imagePullSecrets, Keys.nodeSelector, Keys.tolerations, Keys.affinity,
            Keys.priorityClassName, Keys.runtimeClassName, Keys.labels, Keys.annotations,
        ]
    }

    var settings: PodSettings

    public init?(_ reader: inout SectionReader) {
        let imagePullPolicy = reader.read(Keys.imagePullPolicy)?.value
        let imagePullSecrets = reader.read(Keys.imagePullSecrets)?.value
        let nodeSelector = reader.read(Keys.nodeSelector)?.value
        let tolerations = reader.read(Keys.tolerations)?.value
        let affinity = reader.read(Keys.affinity)?.value
        let priorityClassName = reader.read(Keys.priorityClassName)?.value
        let runtimeClassName = reader.read(Keys.runtimeClassName)?.value
        let labels = reader.read(Keys.labels)?.value
        let annotations = reader.read(Keys.annotations)?.value
        guard let imagePullPolicy, let imagePullSecrets else { return nil }
        settings = PodSettings(
            imagePullPolicy: imagePullPolicy, imagePullSecrets: imagePullSecrets.map(\.rawValue),
            nodeSelector: nodeSelector?.yamlValue, tolerations: tolerations?.yamlValue, affinity: affinity?.yamlValue,
            priorityClassName: priorityClassName?.rawValue, runtimeClassName: runtimeClassName?.rawValue,
            labels: labels?.entries ?? [:], annotations: annotations?.entries ?? [:])
    }
}
