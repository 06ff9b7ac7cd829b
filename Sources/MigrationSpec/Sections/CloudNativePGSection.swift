import YAMLTree

/// A cluster of the CloudNativePG operator (`postgresql.cnpg.io/v1`, kind Cluster).
struct CloudNativePGSection: Section {
    @Key(
        .optional("the operator's own default"),
        meaning: "A PostgreSQL image made for CloudNativePG (ghcr.io/cloudnative-pg/postgresql:17).",
        consequence: "Its major version must be at least the source's, which is 15 for the operator's own database.")
    var image: ImageReference?

    @Key(.defaultsTo(InstanceCount(checked: 1)), meaning: "How many servers: one, and its replicas.")
    var instances: InstanceCount

    @Key(like: StatefulSetSection().$storage)
    var storage: Quantity

    @Key(like: StatefulSetSection().$storageClass)
    var storageClass: ObjectName?

    @Key(like: StatefulSetSection().$maxConnections)
    var maxConnections: Count

    @Key(like: StatefulSetSection().$sharedBuffers)
    var sharedBuffers: ServerMemory?

    @Key(like: StatefulSetSection().$resources)
    var resources: ResourcesSection

    @Key(
        .optional("the user of spec.credentials; backstage with existing"),
        meaning: "The role that Backstage and the Job connect as; the cluster makes it, and lets it create databases.",
        consequence: "CloudNativePG keeps postgres and streaming_replica for itself.")
    var role: Located<RoleName>?

    @Key(
        .optional("the Secret of spec.credentials"),
        meaning: "The Secret of type kubernetes.io/basic-auth with the role's username and password.",
        consequence: "An existing Secret of spec.credentials must have that type and these keys beside its own.")
    var roleSecret: Located<ObjectName>?

    @Key(like: PodSection().$imagePullPolicy)
    var imagePullPolicy: ImagePullPolicy

    @Key(like: PodSection().$imagePullSecrets)
    var imagePullSecrets: [ObjectName]

    @Key(like: PodSection().$priorityClassName)
    var priorityClassName: ObjectName?

    @Key(
        .optional("the operator's own default"),
        meaning: "spec.affinity of the Cluster, as CloudNativePG writes it: nodeSelector and tolerations are in it.")
    var affinity: KubernetesMapping?

    @Key(like: PodSection().$labels)
    var labels: TextMap?

    @Key(like: PodSection().$annotations)
    var annotations: TextMap?

    var pod: PodSettings {
        var pod = PodSettings(
            imagePullPolicy: imagePullPolicy, imagePullSecrets: imagePullSecrets.map(\.rawValue))
        pod.priorityClassName = priorityClassName?.rawValue
        pod.affinity = affinity?.yamlValue
        pod.labels = labels?.entries ?? [:]
        pod.annotations = annotations?.entries ?? [:]
        return pod
    }
}
