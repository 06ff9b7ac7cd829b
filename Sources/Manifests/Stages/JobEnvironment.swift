import JobContract
import MigrationSpec
import YAMLTree

/// The environment of the Job's container: the contract's settings, as this migration has them.
struct JobEnvironment {
    let migration: Migration
    let receiptName: String

    /// If everything is applied at once, a Service and its server may start after the Job's pod. A pod that gave up at once
    /// would count towards the Job's `backoffLimit`.
    private static let connectPatienceSeconds = 120

    private enum Source {
        case literal(String)
        case secret(name: String, key: String, isOptional: Bool)
        /// The setting is left out, so that its default holds.
        case absent
    }

    var items: YAMLValue {
        let settings = JobSetting.allCases.compactMap { setting in
            item(setting.rawValue, source(of: setting))
        }
        // libpq looks for files in the home folder, and an arbitrary user has none.
        return .sequence(
            (migration.copy.pod.env?.items ?? []) + settings + [["name": "HOME", "value": "/tmp"]])
    }

    private var left: Server { migration.direction == .forward ? sourceServer : targetServer }
    private var entered: Server { migration.direction == .forward ? targetServer : sourceServer }
    private var publishes: Bool { migration.jobStage?.command == .migrate }

    private func source(of setting: JobSetting) -> Source {
        let copy = migration.copy
        return switch setting {
        case .namespace: .literal(migration.namespace)
        case .instance: .literal(migration.instance)
        case .generation: .literal("\(copy.generation)")
        case .direction: migration.direction == .forward ? .absent : .literal(migration.direction.rawValue)
        case .notBefore: copy.notBefore.flatMap { publishes ? .literal($0) : nil } ?? .absent
        case .connectPatience: .literal("\(Self.connectPatienceSeconds)")
        case .sourceHost: left.host
        case .sourcePort: left.port
        case .sourceUser: left.user
        case .sourcePassword: left.password
        case .sourceSecret: .literal(left.login.secretName)
        case .sourceTLSMode: .literal(left.tls.rawValue)
        case .sourceCAFile: left.caFile(in: JobFiles.sourceCertificates)
        case .sourceDatabase: .absent
        case .targetHost: entered.host
        case .targetPort: entered.port
        case .targetUser: entered.user
        case .targetPassword: entered.password
        case .targetTLSMode: .literal(entered.tls.rawValue)
        case .targetCAFile: entered.caFile(in: JobFiles.targetCertificates)
        case .targetDatabase: .absent
        case .targetOwner: localRole.map { .literal($0.name) } ?? fromOwner(\.userKey)
        case .targetOwnerPassword:
            localRole.map { .secret(name: migration.source.secretName, key: $0.passwordKey, isOptional: false) }
                ?? fromOwner(\.passwordKey)
        // A role that the chart has made is left as it is.
        case .targetOwnerCreatesDatabases where localRole != nil: .literal("off")
        case .targetOwnerCreatesDatabases:
            makesOwner && migration.administrator?.createDatabases == false ? .literal("off") : .absent
        case .include: .literal(NameList.encode(copy.include))
        case .exclude: list(copy.exclude)
        case .emptyDatabases: list(copy.emptyDatabases)
        case .existingDatabases: .literal(copy.existingDatabases.rawValue)
        case .fence: .literal(copy.fence ? "on" : "off")
        case .precopy: copy.precopy ? .absent : .literal("off")
        case .cutover: publishes && copy.cutover != .auto ? .literal(copy.cutover.rawValue) : .absent
        case .maxFence:
            publishes ? copy.maxFenceSeconds.flatMap { different("\($0)", from: setting) } ?? .absent : .absent
        case .pace: copy.pace == .gentle ? .absent : .literal(copy.pace.rawValue)
        case .sourceFunctions: copy.sourceFunctions == .auto ? .absent : .literal(copy.sourceFunctions.rawValue)
        case .doors: door.map { .literal("\($0.pods)") } ?? .absent
        case .doorPatience: door.flatMap { different("\($0.patienceSeconds)", from: setting) } ?? .absent
        case .logFormat: copy.logFormat == .text ? .absent : .literal(copy.logFormat.rawValue)
        case .report: migration.jobLeavesReport ? .literal("on") : .absent
        case .pushgateway: .absent
        case .workers: .literal("\(copy.workers)")
        case .pods: migration.jobPods > 1 ? .literal("\(migration.jobPods)") : .absent
        case .splitTablesAtMiB: copy.splitTablesAtMiB.map { .literal("\($0)") } ?? .absent
        case .clearTaskTickets: copy.clearTaskTickets ? .literal("on") : .absent
        case .administratorObjects: list(copy.administratorObjects.map(\.rawValue))
        case .privileges: copy.privileges == .ownerOnly ? .absent : .literal(copy.privileges.rawValue)
        case .acceptGeneratedDifferences: copy.acceptGeneratedDifferences ? .literal("on") : .absent
        case .gate: .literal((publishes ? migration.gate : .none).rawValue)
        case .receiptName:
            publishes && (migration.gate != .none || migration.jobLeavesReport) ? .literal(receiptName) : .absent
        }
    }

    /// The Secrets and values from which the settings of a server come.
    private struct Server {
        /// The Secret with POSTGRES_HOST and POSTGRES_PORT.
        let addressSecret: String
        /// Host and port; `nil` where the Secret has them.
        let address: Migration.Address?
        let login: Migration.Login
        let isOptional: Bool
        let tls: TLSMode
        /// The role, where the Secret does not hold it.
        var role: String?

        var host: Source { address.map { .literal($0.host) } ?? address("POSTGRES_HOST") }
        var port: Source { address.map { .literal(String($0.port)) } ?? address("POSTGRES_PORT") }
        var user: Source { role.map { .literal($0) } ?? secret(login.userKey) }
        var password: Source { secret(login.passwordKey) }

        private func address(_ key: String) -> Source {
            .secret(name: addressSecret, key: key, isOptional: isOptional)
        }

        private func secret(_ key: String) -> Source {
            .secret(name: login.secretName, key: key, isOptional: isOptional)
        }

        func caFile(in folder: String) -> Source {
            tls == .disable ? .absent : .literal("\(folder)/\(JobFiles.certificateKey)")
        }
    }

    /// The operator's own database, or the server that the config names.
    ///
    /// As a source its Secret is optional. An operator up to 1.9 deletes it at the cut-over, and if an engine makes the
    /// Job again after that, the pod must still start and find that all is done.
    private var sourceServer: Server {
        let source = migration.source
        let isSource = migration.direction == .forward
        let secret = source.secretName
        return Server(
            addressSecret: secret, address: source.address,
            login: Migration.Login(secretName: secret, userKey: source.userKey, passwordKey: source.passwordKey),
            isOptional: isSource, tls: source.trust == nil ? .disable : .verifyFull, role: source.user)
    }

    /// From the Secret that Backstage reads, so that the Job and Backstage cannot disagree about where the data is. A
    /// Secret with other keys has no address that we know of.
    private var targetServer: Server {
        var address: Migration.Address?
        if case .renamed = migration.credentials.source {
            address = Migration.Address(host: migration.target.host, port: migration.target.port)
        }
        return Server(
            addressSecret: migration.credentials.secretName, address: address, login: migration.adminLogin,
            isOptional: false, tls: migration.target.trust == nil ? .disable : .verifyFull)
    }

    /// Whether the Job makes Backstage's role at the server that it fills.
    private var makesOwner: Bool { migration.direction == .forward && migration.administrator != nil }

    /// The role by which Backstage will use the chart's own database, where the Job connects to it as the
    /// administrator.
    private var localRole: HelmRelease.Role? { migration.direction == .rollback ? migration.helm?.localRole : nil }

    private func fromOwner(_ key: KeyPath<Migration.Login, String>) -> Source {
        let login = migration.credentials.login
        return makesOwner ? .secret(name: login.secretName, key: login[keyPath: key], isOptional: false) : .absent
    }

    private var door: Migration.Door? { migration.hasDoor ? migration.door : nil }

    private func different(_ text: String, from setting: JobSetting) -> Source? {
        text == setting.defaultValue ? nil : .literal(text)
    }

    /// What `rehome-job wait` needs to know: the server that Backstage moves to, and which databases to look for there.
    var doorItems: YAMLValue {
        let settings: [JobSetting] = [
            .namespace, .instance, .generation, .direction, .targetHost, .targetPort, .targetUser, .targetPassword,
            .targetTLSMode, .targetCAFile, .targetDatabase,
        ]
        let items = settings.compactMap { item($0.rawValue, source(of: $0)) }
        // The door never leaves a receipt, whoever leaves that of the migration.
        let gate = item(JobSetting.gate.rawValue, .literal(Gate.none.rawValue))
        return .sequence(items + [gate].compactMap(\.self) + [["name": "HOME", "value": "/tmp"]])
    }

    private func list(_ names: [String]) -> Source { names.isEmpty ? .absent : .literal(NameList.encode(names)) }

    private func item(_ name: String, _ source: Source) -> YAMLValue? {
        switch source {
        case .absent: return nil
        case .literal(let text): return ["name": .string(name), "value": .string(text)]
        case .secret(let secret, let key, let isOptional):
            var reference: YAMLValue = ["name": .string(secret), "key": .string(key)]
            if isOptional { reference["optional"] = true }
            return ["name": .string(name), "valueFrom": ["secretKeyRef": reference]]
        }
    }
}
