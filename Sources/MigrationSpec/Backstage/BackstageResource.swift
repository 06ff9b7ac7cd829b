import JobContract
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
        root[at: ["spec", "database", "authSecretName"]]?.string.flatMap { $0.isEmpty ? nil : $0 } ?? generatedSecretName
    }

    /// The directory that the certificate is mounted in, and how the CR says so.
    ///
    /// A shared `extraFiles.mountPath` would take the certificate with it, so the item gets its own where it can.
    private var certificateDirectory: String {
        guard !version.hasItemMountPath else { return Self.defaultMountPath }
        return root[at: ["spec", "application", "extraFiles", "mountPath"]]?.string ?? Self.defaultMountPath
    }

    /// The certificate authorities' file, as Backstage's container sees it.
    public var certificatePath: String { "\(certificateDirectory)/\(JobFiles.certificateKey)" }

    /// Whether the CR itself switches the orchestrator on, or its file holds what the orchestrator brings along.
    var suggestsOrchestrator: Bool {
        let flavours = root[at: ["spec", "flavours"]]?.items ?? []
        if flavours.contains(where: { $0["name"]?.string == "orchestrator" && $0["enabled"]?.bool ?? true }) { return true }
        return file.documents.contains { document in
            if document.root["kind"]?.string == "SonataFlowPlatform" { return true }
            let data = document.root["kind"]?.string == "ConfigMap" ? document.root["data"]?.entries ?? [] : []
            return data.contains { $0.value.scalar?.text.contains("ref: sonataflow") ?? false }
        }
    }
}
