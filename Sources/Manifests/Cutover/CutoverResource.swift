import JobContract
import MigrationSpec
import YAMLTree

/// The Backstage CR as its phase needs it: the user's document with the few lines changed that must change.
struct CutoverResource {
    let migration: Migration
    let backstage: BackstageResource
    /// The edits of the CR. Their order matters.
    private(set) var edits: [YAMLEdit] = []

    init(migration: Migration, backstage: BackstageResource) {
        self.migration = migration
        self.backstage = backstage
        edits = changes
    }

    /// The user's file with its edits.
    ///
    /// - Throws: ``YAMLError`` where the CR cannot be edited without changing other places too.
    func editedFile() throws(YAMLError) -> YAMLFile {
        try backstage.object.applying(edits)
    }

    /// The edits as a patch of the CR, for a CR that another program renders.
    ///
    /// - Throws: ``YAMLError`` where the CR already has the cut-over in it: a patch of that would be empty.
    func patch(in stage: Stage) throws(YAMLError) -> JSONPatch {
        let path: YAMLPath = ["spec", "application", "extraEnvs", "configMaps"]
        let names = (root[at: path]?.items ?? []).compactMap { $0["name"] }
        let receipt = names.first { $0.string.map { RenderedNames.isReceipt($0, of: migration) } ?? false }
        guard receipt == nil, !isDoorThere, !edits.isEmpty else {
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
        let own = edits + (stage == .cutoverBack ? leavingTarget : enteringTarget) + repointing(stage)
        return withoutEmptied(own) + doorEdits
    }

    /// Removes lists and mappings of `spec.application` that the edits leave empty: an earlier cut-over had begun them.
    private func withoutEmptied(_ edits: [YAMLEdit]) -> [YAMLEdit] {
        let application: YAMLPath = ["spec", "application"]
        var (others, removed): ([YAMLEdit], [YAMLPath]) = ([], [])
        for edit in edits {
            if case .remove(let path) = edit, path.components.starts(with: application.components) {
                removed.append(path)
            } else {
                others.append(edit)
            }
        }
        return others + YAMLEdit.removals(of: removed, from: root, below: 1, beside: others.map(\.path))
    }

    // MARK: The local database

    private static let authSecretName: YAMLPath = ["spec", "database", "authSecretName"]

    private func localDatabase(_ stage: Stage) -> [YAMLEdit] {
        let enableLocalDb = BackstageResource.enableLocalDb
        let isOff = backstage.hasSwitchedOffDatabase
        guard stage == .cutover else { return (isOff ? [.set(enableLocalDb, true)] : []) + namingSaved }
        // After a rollback only the saved Secret opens the local database. If the CR named none, the operator would make
        // one with a new password.
        guard migration.retiresLocalDatabase else { return migration.copy.generation > 1 ? namingSaved : [] }
        var edits: [YAMLEdit] = isOff ? [] : [.set(enableLocalDb, false)]
        // The operator up to 1.9 deletes its own Secret, and the clean-up deletes the copy. No pod would start with the name
        // of a Secret that is gone.
        if backstage.namedSecret != nil, backstage.ownSecretName == nil { edits.append(.remove(Self.authSecretName)) }
        return edits
    }

    /// Names the saved Secret. If the CR names none, the operator makes one, whose password does not open the old volume.
    private var namingSaved: [YAMLEdit] {
        guard let saved = migration.savedSecret, migration.source.address == nil, backstage.ownSecretName == nil,
            backstage.namedSecret != saved
        else { return [] }
        return [.set(Self.authSecretName, .string(saved))]
    }

    // MARK: The gate

    /// The receipt that the CR waits for. When the local database is started again, there is nothing to wait for: the
    /// new database's Secret still wins.
    private func receipt(_ stage: Stage) -> String? {
        guard migration.gate != .none, migration.phase != .done, stage != .localDatabase else { return nil }
        // With a door, new pods must start before there is a receipt.
        if migration.hasDoor { return nil }
        return RenderedNames(migration).receipt
    }

    /// Names this migration's receipt in the place of an earlier one's.
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
        let edits = (migration.certificate.map(mounting) ?? []) + reading(.extraFiles) + reading(.extraEnvs)
        // Where two Secrets have the same variable, the last one wins.
        let credentials = migration.credentials.secretName
        let last = backstage.items(.extraEnvs, .secrets).last { $0.key == nil && $0.reachesBackstage }
        if let last, last.name == credentials || isRepointed(last) { return edits }
        return edits + [.append(to: Self.extraEnvs.appending("secrets"), ["name": .string(credentials)])]
    }

    private func mounting(_ certificate: CertificateReference) -> [YAMLEdit] {
        switch backstage.certificateItem(certificate) {
        case .present, .unfit: return []
        case .elsewhere(let item):
            return [.append(to: item.path.appending("containers"), .string(BackstageResource.mainContainer))]
        case .missing:
            var item: YAMLValue = ["name": .string(certificate.name), "key": .string(certificate.key)]
            // Without it, a mountPath that is shared by all items would put the file elsewhere.
            if backstage.version.hasItemMountPath {
                item["mountPath"] = .string(BackstageResource.defaultMountPath)
            }
            return [.append(to: extraFiles(certificate), item)]
        }
    }

    /// Edits items that name a Secret of the old database.
    private func reading(_ section: ExtraItem.Section) -> [YAMLEdit] {
        backstage.items(section, .secrets).filter(isRepointed).map {
            .set($0.path.appending("name"), .string(migration.credentials.secretName))
        }
    }

    /// Whether the item's Secret is replaced. If `spec.source` names the server, its Secret is the user's own. It stays if
    /// only Backstage reads it, since the new one comes after it.
    private func isRepointed(_ item: ExtraItem) -> Bool {
        guard let name = item.name, name != migration.credentials.secretName else { return false }
        if migration.source.address == nil { return backstage.localSecretNames.contains(name) }
        return name == migration.source.secretName && item.reachesOthers
    }

    /// Backwards through each list, so that the indexes of the items before stay valid.
    private var leavingTarget: [YAMLEdit] {
        let certificates = migration.certificate.map(unmounting) ?? []
        return certificates
            + [ExtraItem.Section.extraFiles, .extraEnvs].flatMap { section in
                backstage.items(section, .secrets).reversed().flatMap { leaving($0, section) }
            }
    }

    /// Points sidecars back to the old Secret too. Items for keys that only the new Secret has are removed.
    private func leaving(_ item: ExtraItem, _ section: ExtraItem.Section) -> [YAMLEdit] {
        guard item.name == migration.credentials.secretName else { return [] }
        if let key = item.key, !DatabaseSecret.shared.contains(key) {
            return DatabaseSecret.added.contains(key) ? [.remove(item.path)] : []
        }
        // Backstage alone reads it, and the operator gives Backstage its own Secret.
        if section == .extraEnvs, item.key == nil, !item.reachesOthers { return [.remove(item.path)] }
        return [.set(item.path.appending("name"), .string(migration.localSecretName))]
    }

    private func unmounting(_ certificate: CertificateReference) -> [YAMLEdit] {
        guard case .present(let item) = backstage.certificateItem(certificate) else { return [] }
        guard item.reachesOthers else { return [.remove(item.path)] }
        let containers = item.node["containers"]?.items ?? []
        return containers.indices.filter { containers[$0].string == BackstageResource.mainContainer }.reversed().map {
            .remove(item.path + ["containers", .index($0)])
        }
    }

    private func naming(_ name: String, in list: YAMLPath, as item: YAMLValue) -> [YAMLEdit] {
        let isThere = root[at: list]?.items?.contains { $0["name"]?.string == name } ?? false
        return isThere ? [] : [.append(to: list, item)]
    }

    private func removing(_ indices: [Int], from list: YAMLPath) -> [YAMLEdit] {
        indices.reversed().map { .remove(list.appending(.index($0))) }
    }

    // MARK: Other readers

    /// Replaces the database's Secret in containers, init containers and volumes of the deployment patch that read it
    /// by themselves.
    private func repointing(_ stage: Stage) -> [YAMLEdit] {
        let path: YAMLPath = ["spec", "deployment", "patch"]
        guard let node = root[at: path] else { return [] }
        let credentials = migration.credentials.secretName
        return stage == .cutoverBack
            ? repointing(
                node, at: path, from: backstage.localSecretNames.union([credentials]), to: migration.localSecretName)
            : repointing(
                node, at: path, from: backstage.localSecretNames.union([migration.source.secretName]), to: credentials)
    }

    private func repointing(_ node: YAMLNode, at path: YAMLPath, from old: Set<String>, to new: String) -> [YAMLEdit] {
        if isDoors(path) { return [] }
        if let items = node.items {
            return items.indices.flatMap { repointing(items[$0], at: path.appending(.index($0)), from: old, to: new) }
        }
        return (node.mergedEntries ?? []).flatMap { entry -> [YAMLEdit] in
            guard entry.value.scalar != nil else {
                return repointing(entry.value, at: path.appending(.key(entry.name)), from: old, to: new)
            }
            guard namesSecret(entry.name, below: path), let name = entry.value.string, name != new, old.contains(name)
            else { return [] }
            let edit = YAMLEdit.set(path.appending(.key(entry.name)), .string(new))
            // The old Secret lacks keys that the new one has, and a pod does not start without a key unless it is
            // optional.
            let isMissing = new == migration.localSecretName && DatabaseSecret.added.contains(node["key"]?.string ?? "")
            return isMissing && node["optional"]?.bool != true
                ? [edit, .set(path.appending("optional"), true)] : [edit]
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
