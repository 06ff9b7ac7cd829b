import JobContract
import MigrationSpec
import YAMLTree

/// The environment of the Job's container: the contract's settings, as this migration has them.
struct JobEnvironment {
    let migration: Migration
    let receiptName: String

    private enum Source {
        case literal(String)
        case secret(name: String, key: String, isOptional: Bool)
        /// The setting's default is meant.
        case absent
    }

    var items: YAMLValue {
        let settings = JobSetting.allCases.compactMap { setting in
            item(setting.rawValue, source(of: setting))
        }
        // libpq looks for files of its own in the home folder, and an arbitrary user has none.
        return .sequence(settings + [["name": "HOME", "value": "/tmp"]])
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
        case .sourceHost: left.host
        case .sourcePort: left.port
        case .sourceUser: left.user
        case .sourcePassword: left.password
        case .sourceSecret: .literal(left.secret)
        case .sourceTLSMode: .literal(left.tls.rawValue)
        case .sourceCAFile: left.caFile(in: JobFiles.sourceCertificates)
        case .sourceDatabase: .absent
        case .targetHost: entered.host
        case .targetPort: entered.port
        case .targetUser: entered.user
        case .targetPassword: entered.password
        case .targetTLSMode: .literal(entered.tls.rawValue)
        case .targetCAFile: entered.caFile(in: JobFiles.targetCertificates)
        case .targetDatabase, .targetOwner: .absent
        case .include: .literal(NameList.encode(copy.include))
        case .exclude: list(copy.exclude)
        case .emptyDatabases: list(copy.emptyDatabases)
        case .existingDatabases: .literal(copy.existingDatabases.rawValue)
        case .fence: .literal(copy.fence ? "on" : "off")
        case .workers: .literal("\(copy.workers)")
        case .gate: .literal((publishes ? migration.gate : .none).rawValue)
        case .receiptName: publishes && migration.gate != .none ? .literal(receiptName) : .absent
        }
    }

    /// Where the Job finds out about a server.
    private struct Server {
        let secret: String
        let isOptional: Bool
        let tls: TLSMode
        /// `nil` where the Secret has it.
        var address: Migration.Address?
        var userKey = "POSTGRES_USER"
        var passwordKey = "POSTGRES_PASSWORD"

        var host: Source { address.map { .literal($0.host) } ?? key("POSTGRES_HOST") }
        var port: Source { address.map { .literal(String($0.port)) } ?? key("POSTGRES_PORT") }
        var user: Source { key(userKey) }
        var password: Source { key(passwordKey) }

        private func key(_ name: String) -> Source { .secret(name: secret, key: name, isOptional: isOptional) }

        func caFile(in folder: String) -> Source {
            tls == .disable ? .absent : .literal("\(folder)/\(JobFiles.certificateKey)")
        }
    }

    /// The operator's own database, or the server that the config names.
    ///
    /// Optional as a source: an operator up to 1.9 deletes its Secret at the cut-over, and a pod that an engine makes
    /// again after that must still start, to find that all is done.
    private var sourceServer: Server {
        let source = migration.source
        let isSource = migration.direction == .forward
        return Server(
            secret: isSource ? source.secretName : migration.localSecretName, isOptional: isSource,
            tls: source.trust == nil ? .disable : .verifyFull, address: source.address, userKey: source.userKey,
            passwordKey: source.passwordKey)
    }

    /// By the Secret that Backstage reads: Job and Backstage cannot disagree about where the data is.
    private var targetServer: Server {
        Server(
            secret: migration.credentials.secretName, isOptional: false,
            tls: migration.target.trust == nil ? .disable : .verifyFull)
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
