import JobContract
import YAMLTree

/// Refuses what would lose the only copy of the data, or the only way to open it again.
struct PhaseCheck {
    /// `nil` where no operator runs Backstage.
    let backstage: BackstageResource?
    /// `nil` where Helm does not install it.
    let helm: HelmRelease?
    let spec: SpecSection

    func run(_ report: inout Report) {
        guard let cutover = spec.cutover, let phase = spec.phase else { return }
        if phase.value == .rollback, let source = spec.source {
            report.error(
                "phase is rollback, which goes back to the \(owner)'s own database, but spec.source names another server",
                at: phase.position,
                advice: "Go back by a migration of its own: exchange source and target, and count generation up. "
                    + "spec.source is in line \(source.position.line).")
        }
        guard spec.source == nil, let secret = backstage?.generatedSecretName ?? helm?.databaseName else { return }
        checkGate(cutover, phase.value, &report)
        if let saved = cutover.savedSecret, saved.value.rawValue == credentialsSecret {
            report.error(
                "spec.cutover.savedSecret is '\(saved.value)', the new database's Secret", at: saved.position,
                advice: "It must be a copy of '\(secret)', the old one's.")
        }
        guard let backstage else { return }
        checkSavedSecret(cutover, phase, backstage, &report)
    }

    private var owner: String { helm == nil ? "operator" : "chart" }
    private var operatorVersion: OperatorVersion? { spec.backstage?.operatorVersion?.value }

    private func checkGate(_ cutover: CutoverSection, _ phase: Phase, _ report: inout Report) {
        guard cutover.gate.value == .none else { return }
        if phase == .rollback {
            report.error(
                "spec.cutover.gate is none and phase is rollback", at: cutover.gate.position,
                advice: "Applied too early, it would take Backstage back to a database that lacks what was written "
                    + "since the cut-over: let the gate be job or manual.")
        }
        guard backstage != nil, phase == .migrate, cutover.localDatabase.value == .retire,
            operatorVersion?.deletesLocalDatabase ?? true
        else { return }
        report.error(
            "spec.cutover.gate is none and localDatabase is retire, with an operator up to 1.9 or an unknown one",
            at: cutover.gate.position,
            advice: "Applied too early, the CR would delete the only copy of the data: let the gate be job or manual, "
                + "or keep the local database.")
    }

    /// Requires a copy of the operator's Secret: it goes with the local database, and its password is nowhere else.
    private func checkSavedSecret(
        _ cutover: CutoverSection, _ phase: Located<Phase>, _ backstage: BackstageResource, _ report: inout Report
    ) {
        guard cutover.savedSecret == nil, backstage.ownSecretName == nil, operatorVersion?.deletesLocalDatabase ?? true
        else { return }
        let cause: String
        let position: YAMLPosition
        switch phase.value {
        case .prepare: return
        case .migrate:
            guard cutover.localDatabase.value == .retire else { return }
            (cause, position) = ("localDatabase is retire", cutover.localDatabase.position)
        case .done: (cause, position) = ("phase is done", phase.position)
        case .rollback: (cause, position) = ("phase is rollback", phase.position)
        }
        let advice =
            "Such an operator deletes the Secret '\(backstage.generatedSecretName)' with the local database, and a new one would "
            + "not open the old volume. Save it under another name and name the copy here: kubectl get secret "
            + "\(backstage.generatedSecretName) -o yaml, the runbook has the whole command."
        if operatorVersion == nil, phase.value != .rollback {
            report.warn(
                "\(cause) without spec.cutover.savedSecret, which an operator up to 1.9 needs for the way back",
                at: position, advice: advice + " Or set spec.backstage.operatorVersion.")
        } else {
            let which = operatorVersion.map { "operator \($0)" } ?? "an operator up to 1.9 or an unknown one"
            report.error(
                "\(cause) with \(which), and spec.cutover.savedSecret is missing", at: position, advice: advice)
        }
    }

    private var credentialsSecret: String? { spec.credentials?.choice?.secretName?.value.rawValue }
}
