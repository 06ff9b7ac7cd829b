import JobContract
import MigrationSpec
import YAMLTree

/// The facts that the chapters use.
struct RunbookFacts {
    let migration: Migration
    let names: RenderedNames
    /// The Job's name, hash included.
    let jobName: String
    let stages: [Stage]
    /// The manifests of the first stage.
    let databaseFiles: [String]
    /// What the phase changes in the CR.
    let edits: [YAMLEdit]
    /// The changes of the phase to the list of dynamic plugins; `nil` where it changes nothing there.
    let plugins: PluginsCutover?

    var phase: Phase { migration.phase }
    var target: String { migration.target.host }
    var instance: String { migration.instance }
    /// Whether an operator runs Backstage, by a CR.
    var hasOperator: Bool { migration.backstage != nil }

    /// `kubectl` in the instance's namespace.
    var kubectl: ShellLine { "kubectl -n \(migration.namespace)" }
    var commands: Commands { Commands(facts: self) }
    /// The workload that runs Backstage, as `kubectl` names it. A v1alpha5 CR may give its kind in
    /// `spec.deployment.kind`.
    var deployment: String {
        let kind = migration.backstage?.root[at: ["spec", "deployment", "kind"]]?.string
        return "\(kind == "StatefulSet" ? "statefulset" : "deployment")/\(migration.deployment)"
    }

    // MARK: The old database

    /// The operator's own database.
    struct LocalDatabase {
        /// Its StatefulSet and Service.
        let name: String
        /// The Secret that the operator makes for it, and may delete.
        let operatorSecret: String
        /// A Secret of the user's in its place, which the operator leaves alone.
        let ownSecret: String?
        /// The name of the copy of the operator's Secret, whether or not there is one.
        let savedSecret: String

        var claim: String { "data-\(name)-0" }
    }

    /// `nil` where Backstage leaves a server that the config names.
    var local: LocalDatabase? {
        guard let backstage = migration.backstage, migration.source.address == nil else { return nil }
        return LocalDatabase(
            name: backstage.localDatabaseName, operatorSecret: backstage.generatedSecretName,
            ownSecret: backstage.ownSecretName,
            savedSecret: migration.savedSecret ?? "\(migration.name)-source-credentials")
    }

    /// The release whose chart has a database of its own for Backstage; `nil` where the config names another server.
    var chartsDatabase: HelmRelease? { migration.helm.flatMap { $0.runsDatabase ? $0 : nil } }

    /// The server that Backstage leaves when it moves.
    var source: String { local?.name ?? migration.source.address?.host ?? "the old database" }

    // MARK: Stages

    func encryptedFile(of credentials: Migration.Credentials) -> String {
        "\(Stage.database.folder)/secret-\(credentials.secretName).yaml"
    }

    /// The manifests that a person has to decrypt with `sops`, since no engine does.
    var encryptedFiles: [String] {
        if case .flux(let flux)? = migration.engine, flux.decryptionSecret != nil { return [] }
        return [migration.administrator?.credentials, migration.credentials].compactMap(\.self).filter {
            if case .sops = $0.source { true } else { false }
        }.map(encryptedFile)
    }

    var jobStage: Stage? { stages.first { $0.command != nil } }
    var crStage: Stage? { stages.first(where: \.changesCR) }
    /// "stage 3", as the chapters call it.
    func title(_ stage: Stage?) -> String { stage.map { "stage \($0.number)" } ?? "the stage" }

    /// Whether the CR of this phase waits for a receipt.
    var isGated: Bool {
        phase != .done && migration.gate != .none && !migration.hasDoor && crStage.map { $0 != .localDatabase } ?? false
    }
    /// Whether a former phase may have let the CR wait for a receipt.
    var isReceiptExpected: Bool { migration.gate != .none }
    /// Whether the copy goes on beside Backstage until the fence falls.
    var isLive: Bool { migration.copy.precopy && jobStage?.command == .migrate }
}
