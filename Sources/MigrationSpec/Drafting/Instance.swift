/// What an instance's own files tell about it, before there is a config.
public struct Instance: Sendable {
    /// What applies the CR's file now, as far as the files show it. That decides how the CR is changed.
    struct Owner: Sendable {
        var mode: CutoverMode
        /// The end of a sentence that begins with "since".
        var evidence: String
    }

    let backstage: BackstageResource
    let plugins: DynamicPlugins?
    /// The kustomization that gives the CR its namespace, if one can be found.
    let kustomization: NeighbouringKustomization?
    /// `nil` if nothing shows one.
    let owner: Owner?
    /// Problems in the app-configs or beside the CR that would keep Backstage from reaching the new database.
    public let findings: [Problem]

    /// Why the instance is taken to run the orchestrator, if it is.
    var orchestratorEvidence: String? {
        backstage.orchestratorEvidence ?? plugins?.orchestratorEvidence(for: nil)
            ?? RawRuntimeConfig(of: backstage, among: backstage.file.objects)?.orchestratorEvidence
    }
}
