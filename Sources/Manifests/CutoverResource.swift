import JobContract
import MigrationSpec
import YAMLTree

/// The Backstage CR on the new database: the user's document with the few lines changed that must change.
struct CutoverResource {
    let migration: Migration
    /// The ConfigMap that the operator is to wait for; `nil` without a gate.
    let receiptName: String?

    /// The user's file with its edits.
    /// - Throws: ``YAMLError`` where the CR cannot be edited without changing other places too.
    func editedFile() throws(YAMLError) -> YAMLFile {
        try migration.backstage.file.applying(edits, toDocument: migration.backstage.index)
    }

    /// The CR's document of it alone.
    func bytes() throws(YAMLError) -> [UInt8] {
        let index = migration.backstage.index
        let edited = try editedFile()
        let document = edited.documents[index]
        // What stands before the first document, comments say, belongs to it.
        let start = index == 0 ? 0 : document.start.offset
        let end = index == edited.documents.indices.last ? edited.bytes.count : document.end.offset
        return Array(edited.bytes[start..<end])
    }

    private var root: YAMLNode { migration.backstage.root }

    var edits: [YAMLEdit] {
        var edits: [YAMLEdit] = []
        if migration.localDatabase == .retire {
            let path: YAMLPath = ["spec", "database", "enableLocalDb"]
            if root[at: path]?.bool != false { edits.append(.set(path, false)) }
            // An operator up to 1.9 deletes this Secret, and no pod starts with one named that is not there.
            let secret: YAMLPath = ["spec", "database", "authSecretName"]
            if root[at: secret]?.string == migration.backstage.generatedSecretName { edits.append(.remove(secret)) }
        }
        let extraEnvs: YAMLPath = ["spec", "application", "extraEnvs"]
        if let receiptName { edits += gating(receiptName, in: extraEnvs.appending("configMaps")) }
        if migration.target.trust != nil {
            let name = migration.certificateSecretName
            var item: YAMLValue = ["name": .string(name), "key": .string(JobFiles.certificateKey)]
            // A shared mountPath would take the file elsewhere.
            if migration.backstage.version.hasItemMountPath {
                item["mountPath"] = .string(BackstageResource.defaultMountPath)
            }
            edits += naming(name, in: ["spec", "application", "extraFiles", "secrets"], as: item)
        }
        // The last Secret wins where two bring the same variable.
        let credentials = migration.credentials.secretName
        edits += naming(credentials, in: extraEnvs.appending("secrets"), as: ["name": .string(credentials)])
        let patch: YAMLPath = ["spec", "deployment", "patch"]
        if let node = root[at: patch] { edits += repointing(node, at: patch) }
        return edits
    }

    private func naming(_ name: String, in list: YAMLPath, as item: YAMLValue) -> [YAMLEdit] {
        let isThere = root[at: list]?.items?.contains { $0["name"]?.string == name } ?? false
        return isThere ? [] : [.append(to: list, item)]
    }

    /// Names the receipt in the place of a former one: a new migration waits for its own.
    private func gating(_ receiptName: String, in list: YAMLPath) -> [YAMLEdit] {
        let items = root[at: list]?.items ?? []
        let former = items.indices.first { index in
            items[index]["name"]?.string.map { RenderedNames.isReceipt($0, of: migration) && $0 != receiptName }
                ?? false
        }
        guard let former else { return naming(receiptName, in: list, as: ["name": .string(receiptName)]) }
        return [.set(list + [.index(former), "name"], .string(receiptName))]
    }

    /// Points what reads the operator's database Secret at the new one, in containers, init containers and volumes.
    private func repointing(_ node: YAMLNode, at path: YAMLPath) -> [YAMLEdit] {
        if let items = node.items {
            return items.indices.flatMap { repointing(items[$0], at: path.appending(.index($0))) }
        }
        return (node.entries ?? []).flatMap { entry -> [YAMLEdit] in
            let entryPath = path.appending(.key(entry.name))
            guard entry.value.scalar != nil else { return repointing(entry.value, at: entryPath) }
            guard namesSecret(entry.name, below: path), entry.value.string == migration.backstage.sourceSecretName
            else {
                return []
            }
            return [.set(entryPath, .string(migration.credentials.secretName))]
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
