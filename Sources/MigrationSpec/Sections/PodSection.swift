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
    /// The account that the pod runs under; `nil` for the one that is rendered, or the namespace's default.
    public var serviceAccountName: String?
    /// Environment variables beside ours, as Kubernetes writes them.
    public var env: YAMLValue?
    public var labels: YAMLMapping = [:]
    public var annotations: YAMLMapping = [:]

    init(imagePullPolicy: ImagePullPolicy, imagePullSecrets: [String] = []) {
        self.imagePullPolicy = imagePullPolicy
        self.imagePullSecrets = imagePullSecrets
    }
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
        static let serviceAccountName = Field<ObjectName>(
            "serviceAccountName", .optional("the Job's own, where it leaves the receipt, else the namespace's default"),
            meaning: "A ServiceAccount that is there already, for the pod to run under.",
            consequence: "The Job's is then not rendered, but its Role and RoleBinding are.")
        static let env = Field<KubernetesList>(
            "env", .optional("none but ours"), meaning: "Environment variables of the container, beside ours.",
            consequence: "Ours come last and win. What stands here is in git: a password belongs in a secretKeyRef.")
        static let labels = Field<TextMap>(
            "labels", .optional("none but ours"), meaning: "Labels of the pod, beside ours.")
        static let annotations = Field<TextMap>(
            "annotations", .optional("none but ours"), meaning: "Annotations of the pod; they win over ours.")
    }

    public static var fields: [any FieldDeclaration] {
        [
            Keys.imagePullPolicy, Keys.imagePullSecrets, Keys.nodeSelector, Keys.tolerations, Keys.affinity,
            Keys.priorityClassName, Keys.runtimeClassName, Keys.serviceAccountName, Keys.env, Keys.labels,
            Keys.annotations,
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
        let serviceAccountName = reader.read(Keys.serviceAccountName)?.value
        let env = reader.read(Keys.env)?.value
        let labels = reader.read(Keys.labels)?.value
        let annotations = reader.read(Keys.annotations)?.value
        guard let imagePullPolicy, let imagePullSecrets else { return nil }
        var settings = PodSettings(
            imagePullPolicy: imagePullPolicy, imagePullSecrets: imagePullSecrets.map(\.rawValue))
        settings.nodeSelector = nodeSelector?.yamlValue
        settings.tolerations = tolerations?.yamlValue
        settings.affinity = affinity?.yamlValue
        settings.priorityClassName = priorityClassName?.rawValue
        settings.runtimeClassName = runtimeClassName?.rawValue
        settings.serviceAccountName = serviceAccountName?.rawValue
        settings.env = env?.yamlValue
        settings.labels = labels?.entries ?? [:]
        settings.annotations = annotations?.entries ?? [:]
        self.settings = settings
    }
}
