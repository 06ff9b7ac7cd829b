import JobContract
import MigrationSpec

/// The names of rendered objects that more than one manifest needs.
struct RenderedNames {
    /// The Job's, without the hash of its content.
    let job: String
    let serviceAccount: String
    /// The Role and RoleBinding of that account.
    let role: String
    /// Named after source, target, direction and generation only. With another image or limit there is another Job, but
    /// the same receipt. An old receipt does not open the gate of a new migration.
    let receipt: String
    /// What the names of all receipts of the instance begin with.
    let receiptPrefix: String

    init(_ migration: Migration) {
        let work =
            switch (migration.phase, migration.direction) {
            case (.prepare, _): "rehearsal"
            case (_, .forward): "copy"
            case (_, .rollback): "copy-back"
            }
        role = "\(migration.name)-\(work)"
        serviceAccount = migration.copy.pod.serviceAccountName ?? role
        job = "\(role)-\(migration.copy.attempt)"
        let local = migration.sourceIdentity
        let target = [migration.target.host, String(migration.target.port)]
        let isForward = migration.direction == .forward
        let identity = Receipt.identity(
            from: isForward ? local : target, to: isForward ? target : local,
            direction: migration.direction, generation: migration.copy.generation)
        receiptPrefix = Receipt.namePrefix(of: migration.name)
        receipt = "\(receiptPrefix)\(ShortHash.of(identity))"
    }

    /// Whether a ConfigMap of this name is a receipt of this migration or of an earlier one of the same instance.
    static func isReceipt(_ name: String, of migration: Migration) -> Bool {
        Receipt.isName(name, of: migration.name)
    }
}
