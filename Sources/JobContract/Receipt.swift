/// The ConfigMap that says that a migration has been published: the cut-over CR names it, so the operator waits for it.
public enum Receipt {
    /// The ConfigMap's keys. They become environment variables of Backstage, so they are few and short.
    public enum Key: String, CaseIterable, Sendable {
        case migration = "REHOME_RECEIPT_MIGRATION"
        case publishedAt = "REHOME_RECEIPT_PUBLISHED_AT"
        case databases = "REHOME_RECEIPT_DATABASES"
        case fingerprint = "REHOME_RECEIPT_FINGERPRINT"
    }

    /// Marks an object that the operator watches (rhdh-operator, `ext-config-sync`).
    public static let watchLabel = (name: "rhdh.redhat.com/ext-config-sync", value: "true")
    /// Names the Backstage CR that a watched object belongs to (rhdh-operator, `backstage-name`).
    public static let instanceAnnotation = "rhdh.redhat.com/backstage-name"
}
