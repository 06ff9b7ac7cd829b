import JobContract
import MigrationSpec
import YAMLTree

/// The changes that the cut-over makes to a release's values.
///
/// As long as `postgresql.enabled` is true, the chart sets `POSTGRES_*` of its own database as variables, and these win
/// over a Secret. So the subchart is switched off, and the Secret brings the variables. Values that contain the cut-over
/// already give the same result. A list is always given as a whole, since Helm replaces lists.
struct HelmCutover {
    let migration: Migration
    let release: HelmRelease
    private let stage: Stage
    /// The receipt that new pods wait for; `nil` without a gate.
    private let receipt: String?

    /// - Returns: `nil` where Helm does not install Backstage, or its values stay as they are.
    init?(_ migration: Migration) {
        guard let release = migration.helm, let stage = migration.crStage else { return nil }
        // At this stage the chart's own database is still as the cut-over left it, and starting it takes no other
        // values. In the mode `copy`, the file beside the team's must exist all the same.
        guard stage != .localDatabase || migration.cutover == .copy else { return nil }
        self.migration = migration
        self.release = release
        self.stage = stage
        let hasGate = migration.phase != .done && stage != .localDatabase && migration.gate != .none
        receipt = hasGate ? RenderedNames(migration).receipt : nil
    }

    /// A value that the release must have, by its path from the root.
    struct WantedValue {
        var path: YAMLPath
        var value: YAMLValue
        /// Whether the value holds already without the last file: by a file before it, or by the chart's default.
        var isDefault = false
    }

    // MARK: Values

    var wanted: [WantedValue] { stage == .cutoverBack ? wantedBack : wantedThere }

    private var wantedThere: [WantedValue] {
        var wanted = database + environment + connection
        if let certificate = migration.certificate, let path = migration.certificatePath {
            let volume = Self.volume
            let superseded = volumes(mountedAt: path)
            wanted.append(list("extraVolumes", certificate.volume(named: volume), without: superseded))
            wanted.append(
                list(
                    "extraVolumeMounts",
                    [
                        "name": .string(volume), "mountPath": .string(path), "subPath": .string(certificate.key),
                        "readOnly": true,
                    ], without: superseded, at: path))
        }
        return wanted + orchestrator
    }

    func value(_ path: YAMLPath, _ value: YAMLValue) -> WantedValue {
        WantedValue(path: release.prefix + path, value: value)
    }

    private var database: [WantedValue] {
        guard migration.helm?.runsDatabase == true else { return [] }
        var wanted = [value(HelmRelease.enabled, false)]
        guard release.chart == .rhdh else { return wanted }
        // RHDH's chart gives Backstage the administrator's password too, and a pod does not start without the Secret that
        // Helm deletes with the subchart.
        if release.keepsOwnSecret {
            wanted += secret(release.databaseName, key: "postgres-password")
        } else if release.ownSecret == nil {
            wanted += secret(migration.credentials.secretName, key: Self.passwordKey)
        }
        if case .literal(let index) = release.administratorVariable {
            wanted += administratorVariable(index, from: migration.credentials.secretName, key: Self.passwordKey)
        }
        return wanted
    }

    static let passwordKey = "POSTGRES_PASSWORD"

    static let volume = "database-certificate"

    private var environment: [WantedValue] {
        receipts + [list("extraEnvVarsSecrets", .string(migration.credentials.secretName))]
    }

    /// The receipt, which replaces one of an earlier migration.
    var receipts: [WantedValue] {
        let path: YAMLPath = ["backstage", "extraEnvVarsCM"]
        let old = release.node(path)?.items?.map { $0.value() }
        let others = (old ?? []).filter { !RenderedNames.isReceipt($0.string ?? "", of: migration) }
        let new = others + (receipt.map { [.string($0)] } ?? [])
        if old == nil, new.isEmpty { return [] }
        var wanted = value(path, .sequence(new))
        wanted.isDefault = others.count != old?.count && isDefault(new, "extraEnvVarsCM")
        return [wanted]
    }

    /// Whether a list has these items without the last file.
    ///
    /// RHDH's chart has volumes of its own. A list in the values, even an empty one, replaces them.
    func isDefault(_ items: [YAMLValue], _ name: String) -> Bool {
        let path = release.prefix + ["backstage", .key(name)]
        if let earlier = release.earlier(path) { return earlier == .sequence(items) }
        return items.isEmpty && (release.chart == .backstage || name.hasPrefix("extraEnvVars"))
    }

    /// The connection in the app-config, if the values have an app-config. None is begun: with one, Backstage would read only
    /// the app-configs that are named.
    private var connection: [WantedValue] {
        let path: YAMLPath = ["backstage", "appConfig"]
        let isGiven = release.node(path)?.entries.map { !$0.isEmpty } ?? false
        guard release.chart == .rhdh || isGiven, let keys = HelmRelease.connection["connection"]?.mapping else {
            return []
        }
        return keys.map { value(path + ["backend", "database", "connection", .key($0.key)], $0.value) }
    }

    /// The chart's SonataFlowPlatform and the Job that makes its database.
    private var orchestrator: [WantedValue] {
        guard release.hasOrchestrator else { return [] }
        let path: YAMLPath = ["orchestrator", "sonataflowPlatform"]
        let name = path.appending("externalDBName")
        return [
            WantedValue(path: path.appending("externalDBsecretRef"), value: .string(migration.credentials.secretName)),
            WantedValue(path: path.appending("externalDBHost"), value: .string(migration.target.host)),
            WantedValue(path: path.appending("externalDBPort"), value: .string(String(migration.target.port))),
            // Any database that exists: the Job connects to it to make its own.
            WantedValue(
                path: name,
                value: .string(release.root[at: name]?.string.flatMap { $0.isEmpty ? nil : $0 } ?? "postgres")),
        ]
    }

    // MARK: Files

    /// The wanted values that differ from those of the release.
    var edits: [YAMLEdit] {
        let last = release.files.last
        let gone = wanted.filter { $0.isDefault && last?.holds($0.path) ?? false }.map(\.path)
        let set = changed.filter { !gone.contains($0.path) }
        guard let root = last?.root, !gone.isEmpty else { return set }
        return set + YAMLEdit.removals(of: gone, from: root, below: 0, beside: set.map(\.path))
    }

    private var changed: [YAMLEdit] {
        wanted.filter { wanted in
            let node = release.root[at: wanted.path]
            let old = node?.value()
            // Helm reads YAML 1.1.
            let isThere = old == wanted.value || node?.resolved(.yaml11) == wanted.value
            return !isThere && !isEscaped(old, wanted.value)
        }.map { .set($0.path, escaped($0.value)) }
    }

    /// Whether Flux replaces variables in the object before it is applied. A doubled dollar in it says so.
    private var isSubstituted: Bool {
        guard let object = release.object, object.kind == .helmRelease else { return false }
        var found = false
        object.object.root.eachScalar { _, node in
            if !found, node.scalar?.text.contains("$${") ?? false { found = true }
        }
        return found
    }

    private func escaped(_ value: YAMLValue) -> YAMLValue {
        guard let text = value.string, text.contains("$"), isSubstituted else { return value }
        return .string(HelmParameter.withDoubledDollars(text))
    }

    /// Warns of variables that are new in a HelmRelease, since Flux might replace them.
    var substituted: [Problem] {
        guard let object = release.object, object.kind == .helmRelease, migration.cutover != .none, !isSubstituted,
            !FluxSubstitution.isDisabled(in: object.object.root),
            let value = edits.lazy.compactMap(\.value).first(where: FluxSubstitution.holds)
        else { return [] }
        return [
            Problem(
                .warning, at: object.object.root["kind"]?.start ?? object.object.root.start,
                "the HelmRelease gains \(value.string ?? "a variable") for Backstage, and Flux puts values of its own there if the Kustomization "
                    + "that applies it has a postBuild",
                advice:
                    "With a postBuild, give the HelmRelease the annotation \(FluxSubstitution.annotation): disabled, or write $${…} "
                    + "there: Backstage would find no host, and stay on no database at all.")
        ]
    }

    /// Whether the old value is the wanted one with doubled dollars. Below a Kustomization with `postBuild`, Flux
    /// replaces `$NAME` by its own variable and `$$` by one dollar.
    func isEscaped(_ old: YAMLValue?, _ wanted: YAMLValue) -> Bool {
        guard release.object?.kind == .helmRelease, let text = wanted.string, text.contains("$") else { return false }
        return old?.string == HelmParameter.withDoubledDollars(text)
    }

    /// The last values file, or the engine's object with the values, with the changes.
    ///
    /// - Throws: ``YAMLError`` where it cannot be edited without changing something else.
    func editedFile() throws(YAMLError) -> EditedFile? {
        guard let old = release.files.last else { return nil }
        let new = try old.applying(edits)
        return EditedFile(path: old.file.name, old: old.file.bytes, new: new.bytes)
    }

    /// The rendered file that replaces the team's, or is given after it.
    ///
    /// - Throws: ``YAMLError`` where the team's object cannot be edited without changing something else.
    func copy() throws(YAMLError) -> RenderedFile {
        guard let values = release.files.last, let object = values.object else { return try extraFile() }
        let edited = try values.applying(edits)
        return RenderedFile(path: Self.file(for: release), bytes: object.object.bytes(in: edited))
    }

    /// The rendered file with the changed values, as the output folder has it.
    static func file(for release: HelmRelease) -> String {
        guard let object = release.object else { return "values/cutover.yaml" }
        return "values/\(object.kind.rawValue.lowercased())-\(object.name).yaml"
    }

    /// A values file to be given last.
    private func extraFile() throws(YAMLError) -> RenderedFile { try Self.file(wanted, at: Self.file(for: release)) }

    static func file(_ wanted: [WantedValue], at path: String) throws(YAMLError) -> RenderedFile {
        let empty = try YAMLFile(parsing: "{}\n", name: path)
        let filled = try empty.applying(wanted.map { .set($0.path, $0.value) }, toDocument: 0)
        return RenderedFile(path: path, object: try filled.onlyDocument.root.value())
    }
}

extension YAMLEdit {
    /// The value that the edit writes; `nil` for a removal.
    var value: YAMLValue? {
        switch self {
        case .set(_, let value), .append(_, let value), .insert(let value, _): value
        case .remove: nil
        }
    }
}
