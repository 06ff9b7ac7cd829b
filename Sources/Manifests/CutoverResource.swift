import JobContract
import MigrationSpec
import YAMLTree

/// The Backstage CR as its phase wants it: the user's document with the few lines changed that must change.
struct CutoverResource {
    let migration: Migration
    let backstage: BackstageResource
    /// What changes in the CR, in the order in which it must.
    private(set) var edits: [YAMLEdit] = []

    init(migration: Migration, backstage: BackstageResource) {
        self.migration = migration
        self.backstage = backstage
        edits = changes
    }

    /// The user's file with its edits.
    /// - Throws: ``YAMLError`` where the CR cannot be edited without changing other places too.
    func editedFile() throws(YAMLError) -> YAMLFile {
        try backstage.file.applying(edits, toDocument: backstage.index)
    }

    /// The edits as a patch of the CR as something else renders it.
    /// - Throws: ``YAMLError`` where the CR has been through the cut-over: a patch of that would say nothing.
    func patch(in stage: Stage) throws(YAMLError) -> JSONPatch {
        let path: YAMLPath = ["spec", "application", "extraEnvs", "configMaps"]
        let names = (root[at: path]?.items ?? []).compactMap { $0["name"] }
        let receipt = names.first { $0.string.map { RenderedNames.isReceipt($0, of: migration) } ?? false }
        guard receipt == nil, !edits.isEmpty else {
            throw YAMLError(
                at: receipt?.start ?? root.start, "the CR has been through the cut-over already",
                expected: "the CR as it is rendered without the component in \(stage.folder)")
        }
        return try JSONPatch(edits, of: root)
    }

    private var root: YAMLNode { backstage.root }
    private static let extraEnvs: YAMLPath = ["spec", "application", "extraEnvs"]

    private func extraFiles(_ certificate: CertificateReference) -> YAMLPath {
        ["spec", "application", "extraFiles", certificate.kind == .secret ? "secrets" : "configMaps"]
    }

    private var changes: [YAMLEdit] {
        guard let stage = migration.crStage else { return [] }
        let edits = localDatabase(stage) + gate(stage)
        return edits + (stage == .cutoverBack ? leavingTarget : enteringTarget) + repointing(stage)
    }

    // MARK: The local database

    private func localDatabase(_ stage: Stage) -> [YAMLEdit] {
        let enabled: YAMLPath = ["spec", "database", "enableLocalDb"]
        let secret: YAMLPath = ["spec", "database", "authSecretName"]
        if stage != .cutover {
            var edits: [YAMLEdit] = root[at: enabled]?.bool == false ? [.set(enabled, true)] : []
            // An operator makes a Secret of its own only if it finds none named, and a new password would not open the
            // old volume.
            if migration.savedSecret != nil, root[at: secret]?.string != migration.localSecretName {
                edits.append(.set(secret, .string(migration.localSecretName)))
            }
            return edits
        }
        guard migration.retiresLocalDatabase else { return [] }
        var edits: [YAMLEdit] = root[at: enabled]?.bool == false ? [] : [.set(enabled, false)]
        // An operator up to 1.9 deletes this Secret, and no pod starts with one named that is not there.
        if root[at: secret]?.string == backstage.generatedSecretName { edits.append(.remove(secret)) }
        return edits
    }

    // MARK: The gate

    /// The receipt that the CR is to wait for. Raising the local database waits for nothing: the new database's Secret
    /// still wins.
    private func receipt(_ stage: Stage) -> String? {
        guard migration.gate != .none, migration.phase != .done, stage != .localDatabase else { return nil }
        return RenderedNames(migration).receipt
    }

    /// Names the receipt in the place of a former one: a new migration waits for its own.
    private func gate(_ stage: Stage) -> [YAMLEdit] {
        let list = Self.extraEnvs.appending("configMaps")
        let items = root[at: list]?.items ?? []
        let receipts = items.indices.filter { index in
            items[index]["name"]?.string.map { RenderedNames.isReceipt($0, of: migration) } ?? false
        }
        guard let name = receipt(stage) else { return removing(receipts, from: list) }
        guard let first = receipts.first else { return naming(name, in: list, as: ["name": .string(name)]) }
        let isNamed = receipts.contains { items[$0]["name"]?.string == name }
        return isNamed ? [] : [.set(list + [.index(first), "name"], .string(name))]
    }

    // MARK: The new database's Secrets

    private var enteringTarget: [YAMLEdit] {
        var edits: [YAMLEdit] = []
        if let certificate = migration.certificate {
            let name = certificate.name
            var item: YAMLValue = ["name": .string(name), "key": .string(certificate.key)]
            // A shared mountPath would take the file elsewhere.
            if backstage.version.hasItemMountPath {
                item["mountPath"] = .string(BackstageResource.defaultMountPath)
            }
            edits += naming(name, in: extraFiles(certificate), as: item)
        }
        // The last Secret wins where two bring the same variable.
        let credentials = migration.credentials.secretName
        return edits + naming(credentials, in: Self.extraEnvs.appending("secrets"), as: ["name": .string(credentials)])
    }

    private var leavingTarget: [YAMLEdit] {
        let certificates = migration.certificate.map { [(extraFiles($0), $0.name)] } ?? []
        let credentials = [(Self.extraEnvs.appending("secrets"), migration.credentials.secretName)]
        return (certificates + credentials).flatMap { list, name in
            let items = root[at: list]?.items ?? []
            return removing(items.indices.filter { items[$0]["name"]?.string == name }, from: list)
        }
    }

    private func naming(_ name: String, in list: YAMLPath, as item: YAMLValue) -> [YAMLEdit] {
        let isThere = root[at: list]?.items?.contains { $0["name"]?.string == name } ?? false
        return isThere ? [] : [.append(to: list, item)]
    }

    /// From the last, so that the others keep their places.
    private func removing(_ indices: [Int], from list: YAMLPath) -> [YAMLEdit] {
        indices.reversed().map { .remove(list.appending(.index($0))) }
    }

    // MARK: Other readers

    /// Points what reads a database's Secret by itself at the one that Backstage will use: containers, init containers
    /// and volumes of the deployment patch.
    private func repointing(_ stage: Stage) -> [YAMLEdit] {
        let path: YAMLPath = ["spec", "deployment", "patch"]
        guard let node = root[at: path] else { return [] }
        let credentials = migration.credentials.secretName
        return stage == .cutoverBack
            ? repointing(node, at: path, from: [credentials, backstage.generatedSecretName], to: migration.localSecretName)
            : repointing(
                node, at: path, from: [migration.source.secretName, backstage.generatedSecretName], to: credentials)
    }

    private func repointing(_ node: YAMLNode, at path: YAMLPath, from old: Set<String>, to new: String) -> [YAMLEdit] {
        if let items = node.items {
            return items.indices.flatMap { repointing(items[$0], at: path.appending(.index($0)), from: old, to: new) }
        }
        return (node.entries ?? []).flatMap { entry -> [YAMLEdit] in
            guard entry.value.scalar != nil else {
                return repointing(entry.value, at: path.appending(.key(entry.name)), from: old, to: new)
            }
            guard namesSecret(entry.name, below: path), let name = entry.value.string, name != new, old.contains(name)
            else { return [] }
            return [.set(path.appending(.key(entry.name)), .string(new))]
        }
    }

    /// `envFrom[].secretRef.name`, `env[].valueFrom.secretKeyRef.name`, `volumes[].secret.secretName` and
    /// `volumes[].projected.sources[].secret.name`.
    private func namesSecret(_ key: String, below path: YAMLPath) -> Bool {
        guard case .key(let parent)? = path.components.last else { return false }
        return switch key {
        case "name": ["secretRef", "secretKeyRef", "secret"].contains(parent)
        case "secretName": parent == "secret"
        default: false
        }
    }
}
