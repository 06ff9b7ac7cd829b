public struct StatefulSetSection: Section {
    enum Keys {
        static let image = Field<ImageReference>(
            "image",
            meaning:
                "A PostgreSQL image: of the sclorg family (registry.redhat.io/rhel9/postgresql-16, quay.io/sclorg/…) or the "
                + "official one (docker.io/library/postgres:17).",
            consequence: "Its major version must be at least the source's, which is 15 for the operator's own database."
        )
        static let imageFamily = Field<ImageFamily>(
            "imageFamily", .optional("official for an image named postgres, else sclorg"),
            meaning: "Whose conventions the image follows: environment, users, folders, probes.")
        static let storage = Field<Quantity>(
            "storage", .defaultsTo(Quantity(checked: "20Gi")), meaning: "The size of the data volume.",
            consequence:
                "A StatefulSet's claim cannot be changed later, only the claim itself, where the storage class allows it."
        )
        static let storageClass = Field<ObjectName>(
            "storageClass", .optional("the cluster's default class"), meaning: "The storage class of the data volume.")
        static let maxConnections = Field<Count>(
            "maxConnections", .defaultsTo(Count(checked: 400)), meaning: "PostgreSQL's max_connections.",
            consequence: "Each replica of Backstage opens up to ten connections for each plugin's database.")
        static let sharedBuffers = Field<ServerMemory>(
            "sharedBuffers", .optional("a quarter of the memory request, from 128MB on"),
            meaning: "PostgreSQL's shared_buffers.")
        static let resources = Field<ResourcesSection>(
            "resources", .defaultsOfKeys, meaning: "What the PostgreSQL container asks for and may use.")
        static let pod = Field<PodSection>("pod", .defaultsOfKeys, meaning: "Where and how PostgreSQL's pod runs.")
        static let tls = Field<ServerTLSSection>("tls", meaning: "How connections to this PostgreSQL are protected.")
    }

    public static var fields: [any FieldDeclaration] {
        [
            Keys.image, Keys.imageFamily, Keys.storage, Keys.storageClass, Keys.maxConnections, Keys.sharedBuffers,
            Keys.resources,
            Keys.pod, Keys.tls,
        ]
    }

    var image: ImageReference
    var imageFamily: ImageFamily?
    var storage: Quantity
    var storageClass: ObjectName?
    var maxConnections: Count
    var sharedBuffers: ServerMemory?
    var resources: Resources
    var pod: PodSettings
    var tls: ServerTLSSection

    public init?(_ reader: inout SectionReader) {
        let image = reader.read(Keys.image)?.value
        imageFamily = reader.read(Keys.imageFamily)?.value
        let storage = reader.read(Keys.storage)?.value
        storageClass = reader.read(Keys.storageClass)?.value
        let maxConnections = reader.read(Keys.maxConnections)?.value
        sharedBuffers = reader.read(Keys.sharedBuffers)?.value
        let resources = reader.read(Keys.resources)?.value
        let pod = reader.read(Keys.pod)?.value.settings
        let tls = reader.read(Keys.tls)?.value
        guard let image, let storage, let maxConnections, let resources, let pod, let tls else {
            return nil
        }
        self.image = image
        self.storage = storage
        self.maxConnections = maxConnections
        self.resources = resources.over(.database)
        self.pod = pod
        self.tls = tls
    }
}
