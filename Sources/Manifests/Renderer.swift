import JobContract
import ManifestTemplates
public import MigrationSpec
public import YAMLTree

/// Turns a migration into files. The same migration and templates give the same bytes on every machine.
public struct Renderer: Sendable {
    public var templates: Templates

    public init(templates: Templates = Templates()) { self.templates = templates }

    /// - Returns: the files, in the order of the stages.
    /// - Throws: `YAMLError` at the place of a template or of the CR that does not fit.
    public func render(_ migration: Migration) throws(YAMLError) -> [RenderedFile] {
        let names = RenderedNames(migration)
        var values = TemplateValues(migration: migration, names: names)
        var jobName: String?
        if let stage = migration.jobStage {
            let name = try self.jobName(names, values.adding(["stage.wave": .string("\(migration.wave(of: stage))")]))
            values = values.adding([
                "job.name": .string(name), "alerts.rules": AlertRules(migration: migration, job: name).rules,
            ])
            jobName = name
        }
        var files: [RenderedFile] = []
        let cutover = cutover(of: migration)
        for stage in migration.stages {
            if stage.changesCR, let cutover { files += try cutoverFiles(cutover, in: stage) }
            let resources = try resources(
                of: stage, migration, values.adding(["stage.wave": .string("\(migration.wave(of: stage))")]))
            guard !resources.isEmpty else { continue }
            let names = resources.map { String($0.path.dropFirst(stage.folder.count + 1)) }
            files.append(try kustomization(listing: names, in: stage.folder))
            files += resources
        }
        let stages = migration.stages.filter { stage in
            stage.changesCR || files.contains { $0.path.hasPrefix(stage.folder + "/") }
        }
        files += try toolFiles(migration, values)
        files += valuesFiles(migration)
        let helm = HelmCutover(migration)
        // In the mode `none` nothing is edited. This only throws if no Argo CD parameter can express a value, which
        // somebody who edits by hand should know too.
        if let helm, migration.cutover == .none, helm.release.object != nil { _ = try helm.editedFile() }
        if let helm, migration.cutover == .copy { files.append(try helm.copy()) }
        if let file = try HelmCutover.localDatabase(migration) { files.append(file) }
        files += try engineFiles(of: migration, stages: stages, values)
        let facts = RunbookFacts(
            migration: migration, names: names, jobName: jobName ?? names.job, stages: stages,
            databaseFiles: files.map(\.path).filter {
                $0.hasPrefix("\(Stage.database.folder)/") && !$0.hasSuffix("/kustomization.yaml")
            },
            edits: cutover?.edits ?? helm?.edits ?? [], plugins: PluginsCutover(migration))
        files.append(Runbook(facts: facts).file)
        return files
    }

    private func resources(
        of stage: Stage, _ migration: Migration, _ values: TemplateValues
    ) throws(YAMLError) -> [RenderedFile] {
        var resources = stage == .database ? try secrets(of: migration, values) : []
        for template in templateList(of: stage, migration) {
            resources.append(try manifest(template, values, in: stage))
        }
        // Only the Job connects to the source.
        if stage == .database, migration.phase != .done, let trust = migration.source.trust,
            let secret = migration.sourceCertificate
        {
            let values = values.adding([
                "certificate.secret": .string(secret.name), "certificate.bundle": .string(trust.pem),
            ])
            resources.append(try manifest(.certificateSecret, values, in: stage))
        }
        return resources
    }

    /// Jobs that a person starts when needed. Their pod is that of the phase's own Job.
    private func toolFiles(_ migration: Migration, _ values: TemplateValues) throws(YAMLError) -> [RenderedFile] {
        let tools = ToolJobs.list(for: migration)
        guard !tools.isEmpty, let stage = migration.jobStage else { return [] }
        let job = try filled(.job, values.adding(["stage.wave": .string("\(migration.wave(of: stage))")]))
        let jobs = ToolJobs(migration: migration, job: job)
        return tools.map { generated(jobs.object($0), as: "\($0.rawValue).yaml", in: ToolJobs.folder) }
    }

    private func templateList(of stage: Stage, _ migration: Migration) -> [ManifestTemplate] {
        switch stage {
        case .database:
            var list: [ManifestTemplate] = []
            if migration.target.trust?.bundle != nil { list.append(.certificateSecret) }
            if case .statefulSet(let server) = migration.target.kind {
                if case .certManager? = server.tls?.source { list.append(.databaseCertificate) }
                if migration.certificate?.kind == .configMap { list.append(.serviceCA) }
                if server.imageFamily == .sclorg { list.append(.databaseConfig) }
                list += [.databaseService, .databaseStatefulSet]
            }
            if case .cloudNativePG = migration.target.kind { list.append(.databaseCluster) }
            if let cluster = migration.operatedCluster, !migration.operatorSecrets.isEmpty {
                list += [.storeAccount, .secretStore]
                // Rights in another namespace are for its owners to grant; the runbook has them.
                if cluster.namespace == migration.namespace { list += [.storeRole, .storeRoleBinding] }
            }
            if migration.networkPolicies, migration.targetService != nil { list.append(.databaseNetworkPolicy) }
            return list
        case .rehearsal, .copy, .copyBack:
            let policies: [ManifestTemplate] =
                (migration.networkPolicies ? [.jobNetworkPolicy] : []) + (migration.copy.alerts ? [.alerts] : [])
            guard migration.jobNeedsAPI else { return policies + [.job] }
            let account: [ManifestTemplate] = migration.copy.pod.serviceAccountName == nil ? [.serviceAccount] : []
            return policies + account + [.role, .roleBinding, .job]
        case .orchestrator:
            let policies: [ManifestTemplate] = [
                .policyFromInfrastructure, .policyFromIngress, .policyFromNamespace, .policyFromMonitoring,
            ]
            return (migration.orchestrator.networkPolicies ? policies : []) + [.sonataFlowPlatform]
        case .orchestratorBack: return [.sonataFlowPlatform]
        case .cutover, .localDatabase, .cutoverBack: return []
        }
    }

    /// The objects that make the Secrets with which the target's roles connect.
    private func secrets(of migration: Migration, _ values: TemplateValues) throws(YAMLError) -> [RenderedFile] {
        var files: [RenderedFile] = []
        for (credentials, isBackstages) in [
            (migration.administrator?.credentials, false), (migration.credentials, true),
        ] {
            guard let credentials, let template = credentials.template else { continue }
            let object = try templates.fill(
                template, values.adding(credentials, of: migration, isBackstages: isBackstages))
            var file = file(of: object, in: Stage.database.folder)
            file.isUnsealed = credentials.isSealed
            if case .plain(_, let password) = credentials.source {
                file.holdsSecret = true
                file.isUnsealed = password == SecretInput.pending
            }
            files.append(file)
        }
        return files
    }

    private func manifest(
        _ template: ManifestTemplate, _ values: TemplateValues, in stage: Stage
    ) throws(YAMLError) -> RenderedFile {
        var file = file(of: try filled(template, values), in: stage.folder)
        file.referencesOfTeam = try templates.referencesOfTeam(template, values)
        return file
    }

    /// The template's object, with the config's own labels and annotations in its pod.
    private func filled(_ template: ManifestTemplate, _ values: TemplateValues) throws(YAMLError) -> YAMLValue {
        var object = try templates.fill(template, values)
        guard let pod = values.pods[template], object["spec"]?["template"] != nil else { return object }
        // A label that a selector uses must not change.
        let selected = object["spec"]?["selector"]?["matchLabels"]
        for entry in pod.labels where selected?[entry.key] == nil {
            object["spec"]?["template"]?["metadata"]?["labels"]?[entry.key] = entry.value
        }
        for entry in pod.annotations {
            if object["spec"]?["template"]?["metadata"]?["annotations"] == nil {
                object["spec"]?["template"]?["metadata"]?["annotations"] = [:]
            }
            object["spec"]?["template"]?["metadata"]?["annotations"]?[entry.key] = entry.value
        }
        return object
    }

    /// The Job's name with a hash. A Job's pod template cannot be changed, so a changed plan needs a Job of another
    /// name.
    private func jobName(_ names: RenderedNames, _ values: TemplateValues) throws(YAMLError) -> String {
        let unnamed = try filled(.job, values.adding(["job.name": .string(names.job)]))
        return "\(names.job)-\(ShortHash.of(unnamed.yaml()))"
    }

    /// - Parameter folder: where it goes; `nil` for the top of the output.
    func kustomization(
        listing names: [String], in folder: String?, namespace: String? = nil, patches: YAMLValue? = nil
    ) throws(YAMLError) -> RenderedFile {
        let value = try templates.fill(
            .kustomization,
            TemplateValues([
                "resources": .sequence(names.map { .string($0) }),
                "kustomization.namespace": namespace.map { .string($0) },
                "kustomization.patches": patches,
            ]))
        return generated(value, as: "kustomization.yaml", in: folder)
    }

    func file(of value: YAMLValue, in folder: String) -> RenderedFile {
        let kind = value["kind"]?.string ?? "object"
        let name = value["metadata"]?["name"]?.string ?? "unnamed"
        return generated(FluxSubstitution.disabled(in: value), as: "\(kind.lowercased())-\(name).yaml", in: folder)
    }

    func generated(_ value: YAMLValue, as name: String, in folder: String?) -> RenderedFile {
        RenderedFile(path: folder.map { "\($0)/\(name)" } ?? name, object: value)
    }
}
