import JobContract
public import SystemPackage
import YAMLTree

/// Reads a config and everything that it names, and resolves every default.
public struct MigrationLoader: Sendable {
    public var files: InputFiles
    /// Whether nothing will be written, so that an expired certificate is only a warning.
    public var isComparing: Bool

    public init(files: InputFiles, isComparing: Bool = false) {
        self.files = files
        self.isComparing = isComparing
    }

    /// Loads a config in one file, like ``load(_:)-([FilePath])``.
    ///
    /// - Throws: ``ConfigError`` with every problem of the config, the CR and the files that they name.
    public func load(_ path: FilePath) throws(ConfigError) -> (migration: Migration, warnings: [Problem]) {
        try load([path])
    }

    /// - Parameter layers: the config's files, each laid over those before it: mappings merge, everything else
    ///   replaces.
    /// - Returns: the migration, and warnings about it.
    /// - Throws: ``ConfigError`` with every problem of the config, the CR and the files that they name.
    public func load(_ layers: [FilePath]) throws(ConfigError) -> (migration: Migration, warnings: [Problem]) {
        var report = Report()
        let migration = load(layers, &report)
        guard let migration, !report.hasErrors else {
            throw ConfigError(problems: report.sorted.filter { $0.severity == .error })
        }
        return (migration, report.sorted)
    }

    private func load(_ layers: [FilePath], _ report: inout Report) -> Migration? {
        var roots: [YAMLNode] = []
        for path in layers {
            let start = YAMLPosition(file: path.string, line: 1, column: 1, offset: 0)
            let file = yaml(
                path, at: start, role: "the config",
                advice:
                    "Name it with -f, or write one with: rehome init --from YOUR-BACKSTAGE-CR.yaml "
                    + "(\(DocsPage.firstConfig))", &report)
            guard let file else { continue }
            do { roots.append(try file.onlyDocument.root) } catch { report.error(error) }
        }
        guard roots.count == layers.count, let root = YAMLNode.layered(roots),
            let section = RootSection.decode(root, path: "", report: &report), let spec = section.spec
        else { return nil }
        return resolve(metadata: section.metadata, spec: spec, &report)
    }

    /// Continues past what is missing, so that one run finds the problems of every file.
    private func resolve(
        metadata: MetadataSection?, spec: SpecSection, _ report: inout Report
    ) -> Migration? {
        let manifests = spec.backstage.flatMap { self.manifests($0, metadata, spec.cutover, &report) }
        let backstage = manifests?.backstage
        let plugins = manifests?.plugins
        let source =
            spec.source.flatMap { resolve($0.value.server, &report) }
            ?? backstage.map { Migration.Source(of: $0) }
        let namespace = self.namespace(metadata, manifests, &report)
        let name = metadata?.name?.value.rawValue
        let operated = operatedCluster(spec.target?.value.choice, namespace: namespace)
        let credentials = spec.credentials?.choice.flatMap {
            resolve($0, for: .backstage, name: name, operated, &report)
        }
        let helm = spec.backstage?.helm.flatMap {
            release($0, namespace: namespace, credentialsSecret: credentials?.secretName, spec, &report)
        }
        let target = spec.target?.value.choice.flatMap { choice in
            if case .cloudNativePG(let section) = choice {
                return resolve(
                    section, name: name, namespace: namespace, spec, secret: credentials?.secretName, &report)
            }
            return resolve(choice, name: name, namespace: namespace, &report)
        }
        let administrator = spec.adminCredentials?.choice.flatMap {
            resolve($0, for: .administrator, name: name, operated, &report)
        }
        if let section = spec.backstage, section.file == nil ? helm == nil : backstage == nil { return nil }

        if let name = metadata?.name, metadata?.namespace == nil, spec.source != nil || helm != nil,
            spec.backstage?.file == nil
        {
            report.error(
                "'metadata.namespace' is missing, and there is no Backstage CR that names one", at: name.position,
                advice: "Set it to the namespace that Backstage runs in.")
        }

        let certificate = name.flatMap { target?.trust?.reference(for: $0) }
        NameCheck(backstage: backstage, certificateSecret: target?.trust?.bundle == nil ? nil : certificate?.name).run(
            metadata: metadata, spec: spec, &report)
        if let manifests {
            manifests.audit(
                operatorVersion: spec.backstage?.operatorVersion, readsLocalDatabase: spec.source == nil,
                credentialsSecret: credentials?.secretName, certificate: certificate, engine: spec.engine?.engine,
                isChanged: spec.cutover?.mode.value != CutoverMode.none, goesBack: spec.phase?.value == .rollback,
                namespace: namespace, files,
                &report)
        }
        if let helm {
            HelmAudit(
                release: helm, spec: spec, migration: name, certificate: certificate,
                appConfigs: appConfigs(spec.backstage, &report), files: files
            ).run(&report)
        }
        if let target {
            let pod: YAMLPath = ["spec", "deployment", "patch", "spec", "template", "spec", "hostAliases"]
            let aliases = HostAliasAudit(host: target.host)
            aliases.check(backstage?.root[at: pod], &report)
            aliases.check(helm?.node(["backstage", "hostAliases"]), &report)
        }
        PhaseCheck(backstage: backstage, helm: helm, spec: spec).run(&report)
        checkTarget(spec, backstage, &report)
        checkDecryption(spec, &report)

        let hasReturned = spec.phase?.value == .rollback || spec.migration?.generation.rawValue ?? 1 > 1
        guard let name, let namespace, let source = source ?? helm?.source(hasReturned: hasReturned), let target,
            let credentials,
            (administrator != nil) == (spec.adminCredentials != nil), let platform = spec.platform,
            let migration = spec.migration, let cutover = spec.cutover, let phase = spec.phase,
            let rollback = spec.rollback,
            let orchestrator = spec.orchestrator
        else { return nil }
        let services = NeighbouringServices(
            orchestrator: orchestrator, lightspeed: spec.lightspeed, backstage: backstage,
            orchestratorEvidence: backstage?.orchestratorEvidence
                ?? plugins?.orchestratorEvidence(for: spec.backstage?.operatorVersion?.value)
                ?? manifests?.rawRuntime?.orchestratorEvidence)
        if let backstage {
            checkCutover(
                cutover, spec, hasOrchestrator: services.hasOrchestrator, plugins: plugins,
                rawRuntime: manifests?.rawRuntime, backstage, &report)
        }
        if phase.value.leadsAway {
            let dependencies = (spec.backstage?.operatorVersion?.value).hasPluginDependencies
            manifests?.checkUnread(
                migration: name, credentialsSecret: credentials.secretName,
                knowsPlugins: services.hasOrchestrator && dependencies, &report)
        }
        let door = DoorCheck(cutover: cutover, migration: migration, backstage: backstage, hasHelm: helm != nil).run(
            &report)
        checkWorkflows(orchestrator, namespace: namespace, &report)
        services.checkDatabase(&report)
        services.checkDenial(&report)
        services.check(target, certificate, &report)
        let deployment =
            spec.source?.value.deployment?.value.rawValue ?? backstage.map { "backstage-\($0.name)" } ?? helm?
            .deployment ?? "backstage"
        return Migration(
            name: name, namespace: namespace, instance: backstage?.name ?? deployment, deployment: deployment,
            backstage: backstage, helm: helm, plugins: plugins, phase: phase.value, rollbackStep: rollback.step,
            operatorVersion: spec.backstage?.operatorVersion?.value, platform: platform, source: source, target: target,
            credentials: credentials,
            administrator: administrator.map {
                Migration.Administrator(
                    credentials: $0, createDatabases: spec.adminCredentials?.createDatabases ?? true)
            }, copy: copy(migration, emptyDatabases: services.databases, &report),
            backstageFile: spec.backstage?.file?.value.rawValue ?? "",
            pluginsFile: spec.backstage?.dynamicPluginsFile?.value.rawValue, instanceFiles: manifests?.files ?? [],
            // Without a CR there is nothing to change but a Deployment, whose owner we do not know.
            cutover: backstage == nil && helm == nil ? .none : cutover.mode.value,
            localDatabase: backstage == nil ? .keep : cutover.localDatabase.value, gate: cutover.gate.value,
            door: door, savedSecret: cutover.savedSecret?.value.rawValue, engine: spec.engine?.engine,
            hasOrchestrator: services.hasOrchestrator,
            orchestratorEvidence: services.orchestratorEvidence,
            orchestratorIsDerived: orchestrator.value.enabled == nil && helm == nil,
            orchestrator: Migration.Orchestrator(
                platform: orchestrator.value.platform.rawValue, networkPolicies: orchestrator.value.networkPolicies,
                workflows: orchestrator.value.workflows.map { Migration.Workflow($0, namespace: namespace) }),
            networkPolicies: spec.networkPolicies ?? false)
    }

    private func checkWorkflows(_ section: Located<OrchestratorSection>, namespace: String, _ report: inout Report) {
        var seen: Set<[String]> = []
        for workflow in section.value.workflows.map({ Migration.Workflow($0, namespace: namespace) })
        where !seen.insert([workflow.namespace, workflow.name]).inserted {
            report.error(
                "spec.orchestrator.workflows names '\(workflow.name)' in '\(workflow.namespace)' twice",
                at: section.position,
                advice: "One of the two may be in another namespace.")
        }
    }

    private func namespace(
        _ metadata: MetadataSection?, _ manifests: InstanceManifests?, _ report: inout Report
    ) -> String? {
        let given = metadata?.namespace
        guard let manifests else { return given?.value.rawValue }
        let backstage = manifests.backstage
        if let kustomization = manifests.kustomizations.own, let own = kustomization.namespace {
            guard let given, given.value != own.value else { return own.value.rawValue }
            report.warn(
                "metadata.namespace is '\(given.value)', and \(kustomization.name) puts the Backstage CR into '\(own.value)'",
                at: given.position,
                advice:
                    "It is right if an overlay above that one says so: the operator looks in the CR's namespace only.")
            return given.value.rawValue
        }
        guard let own = backstage.namespace else {
            if metadata != nil, given == nil {
                report.error(
                    "the Backstage CR '\(backstage.name)' names no namespace, and metadata.namespace is missing",
                    at: metadata?.name?.position ?? backstage.root.start,
                    advice: "Set metadata.namespace in the config to the instance's namespace.")
            }
            return given?.value.rawValue
        }
        if let given, given.value.rawValue != own {
            report.error(
                "metadata.namespace is '\(given.value)', but the Backstage CR lives in '\(own)'", at: given.position,
                advice: "Everything must be in the instance's namespace: the operator looks nowhere else.")
        }
        return own
    }

    private func resolve(_ section: SourceServerSection, _ report: inout Report)
        -> Migration.Source
    {
        Migration.Source(
            address: Migration.Address(host: section.host.value.rawValue, port: section.port.rawValue),
            secretName: section.secretName.value.rawValue, userKey: section.userKey.rawValue,
            passwordKey: section.passwordKey.rawValue,
            trust: trust(
                of: "the source", section.tls.mode, section.tls.caFile, host: section.host.value.rawValue, &report))
    }

    /// - Parameter position: where the file is named, for when it is not there.
    func yaml(
        _ path: FilePath, at position: YAMLPosition, role: String, advice: String, _ report: inout Report
    ) -> YAMLFile? {
        do throws(InputFiles.Failure) {
            let bytes = try files.read(path)
            let name = path == InputFiles.standardInput ? "stdin" : path.string
            do { return try YAMLFile(parsing: bytes, name: name) } catch { report.error(error, in: bytes) }
        } catch {
            report.error(
                "\(role) \(error.reason)", at: position, advice: advice)
        }
        return nil
    }
}
