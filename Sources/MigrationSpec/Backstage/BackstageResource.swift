public import YAMLTree

/// The Backstage CR, in the file that the team keeps.
public struct BackstageResource: Sendable {
    public let file: YAMLFile
    /// Which document of the file it is.
    public let index: Int
    public let name: String
    /// The namespace that the file names, if it does.
    public let namespace: String?
    public let version: BackstageVersion

    public var root: YAMLNode { file.documents[index].root }

    /// The directory that extra files go to unless an item says otherwise (CRD default of `extraFiles.mountPath`).
    public static let defaultMountPath = "/opt/app-root/src"
    /// The container that `extraEnvs` and `extraFiles` reach unless an item says otherwise.
    public static let mainContainer = "backstage-backend"

    /// The operator's own StatefulSet and Service (rhdh-operator, `pkg/utils/utils.go`).
    public var localDatabaseName: String { "backstage-psql-\(name)" }
    /// The Secret that the operator makes for its own database.
    public var generatedSecretName: String { "backstage-psql-secret-\(name)" }
    /// Where the source's credentials are: the operator makes a Secret only if the CR names none.
    public var sourceSecretName: String {
        root[at: ["spec", "database", "authSecretName"]]?.string.flatMap { $0.isEmpty ? nil : $0 }
            ?? generatedSecretName
    }

    /// Whether the CR names a Secret of the user's for the local database, which the operator never deletes.
    public var namesOwnSecret: Bool { sourceSecretName != generatedSecretName }

    /// The directory that the certificate is mounted in, and how the CR says so.
    ///
    /// A shared `extraFiles.mountPath` would take the certificate with it, so the item gets its own where it can.
    var certificateDirectory: String {
        guard !version.hasItemMountPath else { return Self.defaultMountPath }
        return root[at: ["spec", "application", "extraFiles", "mountPath"]]?.string ?? Self.defaultMountPath
    }

    /// Whether the CR switches on the operator's flavour of that name, which there is from operator 1.10 on.
    public var hasOrchestratorFlavour: Bool {
        let flavours = root[at: ["spec", "flavours"]]?.items ?? []
        return flavours.contains { $0["name"]?.string == "orchestrator" && $0["enabled"]?.bool ?? true }
    }

    /// What in the CR or beside it says that the instance runs the orchestrator; `nil` if nothing does.
    public var orchestratorEvidence: String? {
        if hasOrchestratorFlavour {
            return "the CR switches on the flavour 'orchestrator'"
        }
        for document in file.documents {
            let kind = document.root["kind"]?.string
            if kind == "SonataFlowPlatform" { return "\(file.name) holds a SonataFlowPlatform" }
            let data = kind == "ConfigMap" ? document.root["data"]?.entries ?? [] : []
            if data.contains(where: { $0.value.scalar?.text.contains("ref: sonataflow") ?? false }) {
                return "the plugins in \(file.name) have 'ref: sonataflow'"
            }
        }
        return nil
    }
}
