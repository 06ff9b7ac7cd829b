/// Services beside Backstage that keep data of their own on the same server: the orchestrator and Lightspeed.
struct NeighbouringServices {
    let orchestrator: Located<OrchestratorSection>
    let lightspeed: LightspeedSection?
    let backstage: BackstageResource?
    /// What shows that the instance runs the orchestrator, whatever the config says.
    let orchestratorEvidence: String?

    var hasOrchestrator: Bool { orchestrator.value.enabled?.value ?? (orchestratorEvidence != nil) }

    /// The databases that nobody else makes, and that must exist although the source may lack them.
    var databases: [String] {
        [hasOrchestrator ? Migration.orchestratorDatabase : nil, lightspeedDatabase].compactMap { $0 }
    }

    private var stack: LightspeedStack? { backstage.flatMap { LightspeedStack(in: $0.file) } }

    private var lightspeedDatabase: String? {
        let stack = stack
        guard lightspeed?.enabled ?? (stack != nil) else { return nil }
        return lightspeed?.database?.rawValue ?? stack?.database ?? Migration.lightspeedDatabase
    }

    /// Warns where the config and the files disagree about the orchestrator.
    func checkDenial(_ report: inout Report) {
        guard let enabled = orchestrator.value.enabled, !enabled.value, let evidence = orchestratorEvidence else {
            return
        }
        report.warn(
            "spec.orchestrator.enabled is false, but \(evidence)", at: enabled.position,
            advice:
                "The orchestrator's services would stay on the old database, and fail when it goes: set it to true, or "
                + "take the orchestrator out there.")
    }

    /// Refuses an invalid name of a database.
    func checkDatabase(_ report: inout Report) {
        guard let stack, let name = stack.database, !DatabaseName.accepts(name) else { return }
        report.error(
            "conversation_cache.postgres.db: found '\(name)', expected \(DatabaseName.expectation)", at: stack.position)
    }

    /// Warns where these services would connect to a target with TLS in another way than Backstage.
    func check(_ target: Migration.Target, _ certificate: CertificateReference?, _ report: inout Report) {
        guard let certificate else { return }
        stack?.check(certificate, &report)
        guard hasOrchestrator else { return }
        let position = orchestrator.value.enabled?.position ?? orchestrator.position
        let jobs = "\(orchestrator.value.platform)-jobs-service"
        switch target.kind {
        case .external, .operated:
            report.warn(
                "the orchestrator's jobs service drops sslmode from its URL, so a server that insists on TLS may refuse it",
                at: position,
                advice:
                    "Set quarkus.datasource.reactive.postgresql.ssl-mode in the ConfigMap \(jobs)-props, and try it "
                    + "before the cut-over.")
        case .statefulSet, .cloudNativePG:
            report.warn(
                "the orchestrator's services connect without TLS: serviceRef of a SonataFlowPlatform has no word for it",
                at: position,
                advice: "The rendered server lets them in so, inside the namespace; a server that insisted on TLS "
                    + "would turn them away.")
        }
    }
}
