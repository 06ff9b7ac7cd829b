import YAMLTree

/// A cluster of the CloudNativePG operator (`postgresql.cnpg.io/v1`, kind Cluster).
public struct CloudNativePGSection: Section {
    enum Keys {
        static let image = Field<ImageReference>(
            "image", .optional("the operator's own default"),
            meaning: "A PostgreSQL image made for CloudNativePG (ghcr.io/cloudnative-pg/postgresql:17).",
            consequence: "Its major version must be at least the source's, which is 15 for the operator's own database."
        )
        static let instances = Field<InstanceCount>(
            "instances", .defaultsTo(InstanceCount(checked: 1)), meaning: "How many servers: one, and its replicas.")
        static let storage = StatefulSetSection.Keys.storage
        static let storageClass = StatefulSetSection.Keys.storageClass
        static let maxConnections = StatefulSetSection.Keys.maxConnections
        static let sharedBuffers = StatefulSetSection.Keys.sharedBuffers
        static let resources = StatefulSetSection.Keys.resources
        static let role = Field<RoleName>(
            "role", .optional("the user of spec.credentials; backstage with existing"),
            meaning:
                "The role that Backstage and the Job connect as; the cluster makes it, and lets it create databases.",
            consequence: "CloudNativePG keeps postgres and streaming_replica for itself.")
        static let roleSecret = Field<ObjectName>(
            "roleSecret", .optional("the Secret of spec.credentials"),
            meaning: "The Secret of type kubernetes.io/basic-auth with the role's username and password.",
            consequence: "An existing Secret of spec.credentials must have that type and these keys beside its own.")
        static let imagePullPolicy = PodSection.Keys.imagePullPolicy
        static let imagePullSecrets = PodSection.Keys.imagePullSecrets
        static let priorityClassName = PodSection.Keys.priorityClassName
        static let affinity = Field<KubernetesMapping>(
            "affinity", .optional("the operator's own default"),
            meaning: "spec.affinity of the Cluster, as CloudNativePG writes it: nodeSelector and tolerations are in it."
        )
        static let labels = PodSection.Keys.labels
        static let annotations = PodSection.Keys.annotations
    }

    public static var fields: [any FieldDeclaration] {
        [
            Keys.image, Keys.instances, Keys.storage, Keys.storageClass, Keys.maxConnections, Keys.sharedBuffers,
            Keys.resources, Keys.role, Keys.roleSecret, Keys.imagePullPolicy, Keys.imagePullSecrets,
            Keys.priorityClassName,
            Keys.affinity, Keys.labels, Keys.annotations,
        ]
    }

    var image: ImageReference?
    var instances: InstanceCount
    var storage: Quantity
    var storageClass: ObjectName?
    var maxConnections: Count
    var sharedBuffers: ServerMemory?
    var resources: Resources
    var role: Located<RoleName>?
    var roleSecret: Located<ObjectName>?
    var pod: PodSettings

    public init?(_ reader: inout SectionReader) {
        image = reader.read(Keys.image)?.value
        let instances = reader.read(Keys.instances)?.value
        let storage = reader.read(Keys.storage)?.value
        storageClass = reader.read(Keys.storageClass)?.value
        let maxConnections = reader.read(Keys.maxConnections)?.value
        sharedBuffers = reader.read(Keys.sharedBuffers)?.value
        let resources = reader.read(Keys.resources)?.value
        role = reader.read(Keys.role)
        roleSecret = reader.read(Keys.roleSecret)
        let imagePullPolicy = reader.read(Keys.imagePullPolicy)?.value
        let imagePullSecrets = reader.read(Keys.imagePullSecrets)?.value
        let priorityClassName = reader.read(Keys.priorityClassName)?.value
        let affinity = reader.read(Keys.affinity)?.value
        let labels = reader.read(Keys.labels)?.value
        let annotations = reader.read(Keys.annotations)?.value
        guard let instances, let storage, let maxConnections, let resources, let imagePullPolicy, let imagePullSecrets
        else { return nil }
        self.instances = instances
        self.storage = storage
        self.maxConnections = maxConnections
        self.resources = resources.over(.database)
        var pod = PodSettings(imagePullPolicy: imagePullPolicy)
        pod.imagePullSecrets = imagePullSecrets.map(\.rawValue)
        pod.priorityClassName = priorityClassName?.rawValue
        pod.affinity = affinity?.yamlValue
        pod.labels = labels?.entries ?? [:]
        pod.annotations = annotations?.entries ?? [:]
        self.pod = pod
    }
}
