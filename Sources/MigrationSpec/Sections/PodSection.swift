public import YAMLTree

/// Where and how a pod runs, as far as that depends on the cluster.
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

/// When the kubelet pulls an image that it already has.
public enum ImagePullPolicy: String, ChoiceValue {
    case ifNotPresent = "IfNotPresent"
    case always = "Always"
    case never = "Never"
}

struct PodSection: Section {
    @Key(.defaultsTo(.ifNotPresent), meaning: "When the image is fetched anew.")
    var imagePullPolicy: ImagePullPolicy

    @Key(
        .defaultsTo([]),
        meaning: "Secrets with the registry's credentials, already in the cluster.",
        consequence: "If one is missing, the pod waits with ImagePullBackOff.")
    var imagePullSecrets: [ObjectName]

    @Key(.optional("any node"), meaning: "Labels that the node must have.")
    var nodeSelector: TextMap?

    @Key(.optional("none"), meaning: "Taints of nodes that the pod puts up with, as Kubernetes writes them.")
    var tolerations: KubernetesList?

    @Key(.optional("none"), meaning: "Nodes and pods to be near to or far from, as Kubernetes writes them.")
    var affinity: KubernetesMapping?

    @Key(.optional("the cluster's default"), meaning: "The pod's PriorityClass.")
    var priorityClassName: ObjectName?

    @Key(.optional("the cluster's default"), meaning: "The pod's RuntimeClass.")
    var runtimeClassName: ObjectName?

    @Key(
        .optional("the Job's own, where it leaves the receipt, else the namespace's default"),
        meaning: "A ServiceAccount that is there already, for the pod to run under.",
        consequence: "The Job's is then not rendered, but its Role and RoleBinding are.")
    var serviceAccountName: ObjectName?

    @Key(
        .optional("none but ours"),
        meaning: "Environment variables of the container, beside ours.",
        consequence: "Ours come last and win. What stands here is in git: a password belongs in a secretKeyRef.")
    var env: KubernetesList?

    @Key(.optional("none but ours"), meaning: "Labels of the pod, beside ours.")
    var labels: TextMap?

    @Key(.optional("none but ours"), meaning: "Annotations of the pod; they win over ours.")
    var annotations: TextMap?

    var settings: PodSettings {
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
        return settings
    }
}
