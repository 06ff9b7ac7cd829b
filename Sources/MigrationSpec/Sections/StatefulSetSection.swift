struct StatefulSetSection: Section {
    @Key(
        meaning:
            "A PostgreSQL image: of the sclorg family (registry.redhat.io/rhel9/postgresql-16, quay.io/sclorg/…) or the "
            + "official one (docker.io/library/postgres:17).",
        consequence: "Its major version must be at least the source's, which is 15 for the operator's own database.")
    var image: ImageReference

    @Key(
        .optional("official for an image named postgres, else sclorg"),
        meaning: "Whose conventions the image follows: environment, users, folders, probes.")
    var imageFamily: ImageFamily?

    @Key(
        .defaultsTo(Quantity(checked: "20Gi")),
        meaning: "The size of the data volume.",
        consequence:
            "A StatefulSet's claim cannot be changed later, only the claim itself, where the storage class allows it.")
    var storage: Quantity

    @Key(.optional("the cluster's default class"), meaning: "The storage class of the data volume.")
    var storageClass: ObjectName?

    @Key(
        .defaultsTo(Count(checked: 400)),
        meaning: "PostgreSQL's max_connections.",
        consequence: "Each replica of Backstage opens up to ten connections for each plugin's database.")
    var maxConnections: Count

    @Key(.optional("a quarter of the memory request, from 128MB on"), meaning: "PostgreSQL's shared_buffers.")
    var sharedBuffers: ServerMemory?

    @Key(.defaultsOfKeys, meaning: "What the PostgreSQL container asks for and may use.")
    var resources: ResourcesSection

    @Key(.defaultsOfKeys, meaning: "Where and how PostgreSQL's pod runs.")
    var pod: PodSection

    @Key(meaning: "How connections to this PostgreSQL are protected.")
    var tls: ServerTLSSection
}
