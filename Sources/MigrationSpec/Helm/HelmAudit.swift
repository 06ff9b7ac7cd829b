import YAMLTree

/// Looks in a release's values for what would keep Backstage from reaching the new database, and for what the cut-over
/// cannot change.
struct HelmAudit {
    let release: HelmRelease
    let spec: SpecSection
    /// The migration's name.
    let migration: String?
    let certificate: CertificateReference?
    /// Files with app-configs that the config names.
    let appConfigs: [YAMLFile]
    /// Where the files are that an app-config includes.
    let files: InputFiles

    func run(_ report: inout Report) {
        guard let section = spec.backstage?.helm else { return }
        checkPhase(section, &report)
        checkEngine(&report)
        checkShapes(&report)
        checkSource(section, &report)
        checkKeys(&report)
        checkData(&report)
        checkStrategy(&report)
        checkOrchestrator(&report)
        checkNames(&report)
        checkLists(section, &report)
        checkEnvironment(&report)
        checkAppConfig(&report)
        checkAppConfigFiles(&report)
        if spec.phase?.value.leadsAway ?? false {
            release.checkUnread(migration: migration, appConfigs: appConfigs, &report)
        }
    }

    /// Checks that the engine acts on the changed object.
    private func checkEngine(_ report: inout Report) {
        guard let object = release.object, let mode = spec.cutover?.mode.value else { return }
        let title = "the \(object.kind.rawValue) '\(object.name)'"
        EngineAnnotations(
            of: object.object, title: title, engine: spec.engine?.engine, isChanged: mode != .none
        ).run(&report)
        guard let hold = object.hold else { return }
        report.warn(
            "\(title) has '\(hold.setting)', with which \(object.kind.engine) does not act on a change of it",
            at: hold.position,
            advice:
                "Backstage stays where it is until somebody takes it out, as the runbook says where its values change.")
    }

    var certificatePath: String? { certificate.map { "\(release.installFolder)/\($0.key)" } }

    // MARK: What is asked for

    private func checkPhase(_ section: Located<HelmSection>, _ report: inout Report) {
        guard let cutover = spec.cutover, let phase = spec.phase else { return }
        if phase.value == .rollback { checkRole(&report) }
        if cutover.mode.value == .patch {
            report.error(
                "spec.cutover.mode is patch, which changes a Backstage CR, and Helm installs this Backstage",
                at: cutover.mode.position,
                advice: "copy renders a values file to be given last, inPlace edits the last of yours.")
        }
        if cutover.localDatabase.value == .retire, phase.value == .migrate {
            report.error(
                "spec.cutover.localDatabase is retire, and Helm deletes at once what the values have no more",
                at: cutover.localDatabase.position,
                advice:
                    "No gate holds Helm back, so it may be the only copy of the data: keep it, and set phase to done "
                    + "some days later.")
        }
        if cutover.mode.value == .inPlace, section.value.values.value.contains(where: \.isStandardInput) {
            report.error(
                "standard input cannot be edited in place", at: section.value.values.position,
                advice: "Name the files themselves.")
        }
    }

    /// Checks the role for a copy back: the copy must belong to the role that Backstage logs in as, and the Job needs
    /// its password.
    private func checkRole(_ report: inout Report) {
        guard let user = release.literalUser, let place = release.node(HelmRelease.connectionUser)?.start,
            ![HelmRelease.administrator, release.databaseUser].contains(user)
        else { return }
        report.error(
            "phase is rollback, and Backstage logs in as '\(user)', whose password is in no Secret of the chart's",
            at: place,
            advice: "Let it be '\(release.databaseUser)', which the chart makes, or \(HelmRelease.administrator).")
    }

    private func checkSource(_ section: Located<HelmSection>, _ report: inout Report) {
        let place = release.node(HelmRelease.enabled)?.start ?? section.value.values.position
        if spec.source == nil, !release.runsDatabase, !report.hasError(naming: "spec.source") {
            report.error(
                "\(release.prefix + HelmRelease.enabled) is not true, so Backstage is on a server of its own, and spec.source "
                    + "is missing",
                at: place,
                advice:
                    "Name that server in the config: spec.source.server with host, tls, and in secretName the Secret "
                    + "with its role.")
        }
        if release.hasOtherSource, release.node(HelmRelease.enabled)?.isTrueToHelm == true {
            report.error(
                "\(release.prefix + HelmRelease.enabled) is true, and spec.source names another server", at: place,
                advice:
                    "Take spec.source out to move the chart's own database, or switch off what Backstage does not use.")
        }
        if spec.source == nil, release.runsDatabase, let setting = release.node(HelmRelease.enablesAdministrator),
            !setting.isTrueToHelm
        {
            report.error(
                "\(release.prefix + HelmRelease.enablesAdministrator) is false, so '\(HelmRelease.administrator)', as which the "
                    + "Job logs in, has no password",
                at: setting.start,
                advice:
                    "Name the chart's own Service, '\(release.databaseHost)', in spec.source.server, and in secretName a Secret "
                    + "with the role that owns the databases.")
        }
        if let own = release.ownSecret, own.contains("{{") {
            report.error(
                "the Secret of the chart's database is named by a template", at: place,
                advice: "Write its name, as kubectl get secrets shows it.")
        }
    }

    /// Refuses or warns of values that would lose the data: until everything is copied, the chart's database holds the only
    /// copy, and Helm deletes it as soon as the values switch it off.
    private func checkData(_ report: inout Report) {
        guard release.runsDatabase, let phase = spec.phase?.value, phase != .done else { return }
        let persistence = "\(release.prefix + ["postgresql", "primary"])"
        if let deletion = release.claimDeletion {
            report.add(
                phase == .migrate ? .error : .warning,
                "\(persistence).persistentVolumeClaimRetentionPolicy.whenDeleted is Delete, so the data goes with the StatefulSet, "
                    + "which the values switch off",
                at: deletion.start, advice: "Set it to Retain and upgrade the release before it moves.")
        }
        if let lack = release.lackOfPersistence {
            report.warn(
                "\(persistence).persistence.enabled is not true, so the data is in the database's pod alone",
                at: lack.start,
                advice: phase == .rollback
                    ? "What is copied back is gone when that pod is: switch it on before the database is made again."
                    : "It is gone when that pod is: copy it soon, and let nothing restart the pod before.")
        }
    }

    /// Warns of a strategy that stops the old pods while the new ones wait for the receipt.
    private func checkStrategy(_ report: inout Report) {
        guard let strategy = release.strategyWithDowntime, let phase = spec.phase?.value,
            phase == .prepare || phase == .migrate
        else { return }
        report.warn(
            "\(release.prefix + ["backstage", "strategy"]) lets all old pods go while new ones wait for the Job",
            at: strategy.start,
            advice:
                "Use RollingUpdate with maxUnavailable: 0 for the move, or upgrade the release once the Job is Complete."
        )
    }

    /// Refuses `spec.orchestrator.enabled` if the chart has a SonataFlowPlatform of its own, which the values change, or if a
    /// rollback could not log in for it.
    private func checkOrchestrator(_ report: inout Report) {
        guard let enabled = spec.orchestrator?.value.enabled, enabled.value else { return }
        if !release.hasOrchestrator, spec.phase?.value == .rollback {
            report.error(
                "spec.orchestrator.enabled is true, phase is rollback, and no Secret of the chart's names a role",
                at: enabled.position,
                advice: "Take the key out, and put the SonataFlowPlatform back by hand as it was.")
        }
        guard release.hasOrchestrator else { return }
        report.error(
            "spec.orchestrator.enabled is true, and the chart installs the orchestrator itself", at: enabled.position,
            advice: "Take the key out: the cut-over changes orchestrator.sonataflowPlatform in the values.")
    }

    /// Refuses Helm templates in names that go into manifests and commands.
    private func checkNames(_ report: inout Report) {
        let paths: [YAMLPath] = [
            ["nameOverride"], ["fullnameOverride"], ["postgresql", "nameOverride"], ["postgresql", "fullnameOverride"],
            ["postgresql", "primary", "persistence", "existingClaim"], ["postgresql", "primary", "name"],
            ["postgresql", "primary", "persistence", "volumeName"], ["postgresql", "readReplicas", "name"],
            ["postgresql", "readReplicas", "persistence", "existingClaim"],
            ["postgresql", "readReplicas", "persistence", "volumeName"], ["postgresql", "serviceAccount", "name"],
        ]
        for path in paths {
            guard let node = release.node(path), let text = node.scalar?.text, !text.isEmpty, !ObjectName.accepts(text)
            else {
                continue
            }
            report.error(
                "\(release.prefix + path): found '\(text)', expected a Kubernetes object name (a-z, 0-9, -, .)",
                at: node.start, advice: "Write the name that it comes to.")
        }
    }

    /// Refuses files that lack a list which must gain an item: Helm would replace the chart's own list by the new one.
    private func checkLists(_ section: Located<HelmSection>, _ report: inout Report) {
        let goesBack = spec.phase?.value == .rollback && spec.rollback?.step == .cutoverBack
        guard certificate != nil, release.chart == .rhdh, !goesBack else { return }
        for name in ["extraVolumes", "extraVolumeMounts"] where release.node(["backstage", .key(name)]) == nil {
            report.error(
                "the values have no \(release.prefix + ["backstage", .key(name)]), which must gain an item, and a list here "
                    + "would replace the chart's own",
                at: section.value.values.position,
                advice:
                    "Let the first of these files be the chart's own values: helm show values CHART > chart-values.yaml."
            )
        }
    }
}
