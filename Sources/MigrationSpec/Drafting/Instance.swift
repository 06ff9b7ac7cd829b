/// What an instance's own files tell of it, before there is a config.
public struct Instance: Sendable {
    /// What applies the CR's file now, as far as the files tell, and so how the CR is to be changed.
    struct Owner: Sendable {
        var mode: CutoverMode
        /// The end of a sentence that begins with "since".
        var evidence: String
    }

    let backstage: BackstageResource
    let plugins: DynamicPlugins?
    /// What puts the CR's file into a namespace, as far as can be seen.
    let kustomization: NeighbouringKustomization?
    /// `nil` where nothing tells of one.
    let owner: Owner?
    /// What in the app-configs, or beside the CR, would keep Backstage from reaching the new database.
    public let findings: [Problem]

    /// Why the instance is taken to run the orchestrator, if it is.
    var orchestratorEvidence: String? {
        backstage.orchestratorEvidence ?? plugins?.orchestratorEvidence(for: nil)
            ?? RawRuntimeConfig(of: backstage, among: backstage.file.objects)?.orchestratorEvidence
    }
}
