/// The ConfigMap that says that a migration has been published. The cut-over CR names it, so the operator waits for it.
public enum Receipt {
    /// What a receipt's name is made from, one line each. The Job's hash is not among it, so that a new image or limit
    /// does not change the gate. Another direction or generation has another receipt, so an old receipt opens no gate.
    ///
    /// - Parameters:
    ///   - source: the server that is left, by names that do not change: its address, or namespace and name of its
    ///     Service.
    ///   - target: the server that is moved to, likewise.
    ///   - direction: forward, or back.
    ///   - generation: counts the moves of the instance.
    public static func identity(from source: [String], to target: [String], direction: Direction, generation: Int)
        -> String
    {
        (["from"] + source + ["to"] + target + [direction.rawValue, "generation", String(generation)]).joined(
            separator: "\n")
    }

    /// What the names of all receipts of an instance begin with.
    ///
    /// - Parameter migration: the migration's name.
    public static func namePrefix(of migration: String) -> String { "\(migration)-receipt-" }

    /// Whether a ConfigMap of this name is a receipt of that migration, or of a former one of the same instance.
    public static func isName(_ name: String, of migration: String) -> Bool {
        let prefix = namePrefix(of: migration)
        let rest = name.dropFirst(prefix.count)
        return name.hasPrefix(prefix) && rest.count == 10 && rest.allSatisfy { $0.isASCII && $0.isHexDigit }
    }

    /// The ConfigMap's keys. They become environment variables of Backstage, so they are few and short.
    public enum Key: String, CaseIterable, Sendable {
        case migration = "REHOME_RECEIPT_MIGRATION"
        /// `forward` or `rollback`.
        case direction = "REHOME_RECEIPT_DIRECTION"
        case publishedAt = "REHOME_RECEIPT_PUBLISHED_AT"
        case databases = "REHOME_RECEIPT_DATABASES"
        case fingerprint = "REHOME_RECEIPT_FINGERPRINT"
    }

    /// The lines before and after a receipt that is printed for a person to apply. No other line of the Job's output
    /// can begin like these: lines of the log begin with a time, and all others with a blank or a fixed word.
    public enum Marker {
        public static func begin(_ name: String) -> String { "REHOME-RECEIPT-BEGIN \(name)" }
        public static func end(_ name: String) -> String { "REHOME-RECEIPT-END \(name)" }
    }

    /// The name of the ConfigMap with a report of the same migration.
    public static func reportName(beside receipt: String) -> String { "\(receipt)-report" }

    /// Marks an object that the operator watches (rhdh-operator, `ext-config-sync`).
    public static let watchLabel = (name: "rhdh.redhat.com/ext-config-sync", value: "true")
    /// Names the Backstage CR that a watched object belongs to (rhdh-operator, `backstage-name`).
    public static let instanceAnnotation = "rhdh.redhat.com/backstage-name"
}
