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

    private func source(of setting: JobSetting) -> Source {
        let copy = migration.copy
        return switch setting {
        case .namespace: .literal(migration.namespace)
        case .instance: .literal(migration.backstage.name)
        case .generation: .literal("\(copy.generation)")
        case .direction, .notBefore: .absent
        case .sourceHost: fromSource("POSTGRES_HOST")
        case .sourcePort: fromSource("POSTGRES_PORT")
        case .sourceUser: fromSource("POSTGRES_USER")
        case .sourcePassword: fromSource("POSTGRES_PASSWORD")
        case .sourceSecret: .literal(migration.backstage.sourceSecretName)
        // The operator's own database speaks no TLS.
        case .sourceTLSMode: .literal(TLSMode.disable.rawValue)
        case .sourceCAFile, .sourceDatabase: .absent
        case .targetHost: fromTarget("POSTGRES_HOST")
        case .targetPort: fromTarget("POSTGRES_PORT")
        case .targetUser: fromTarget("POSTGRES_USER")
        case .targetPassword: fromTarget("POSTGRES_PASSWORD")
        case .targetTLSMode: .literal((migration.target.trust == nil ? TLSMode.disable : .verifyFull).rawValue)
        case .targetCAFile:
            migration.target.trust == nil
                ? .absent : .literal("\(JobFiles.targetCertificates)/\(JobFiles.certificateKey)")
        case .targetDatabase, .targetOwner: .absent
        case .include: .literal(NameList.encode(copy.include))
        case .exclude: list(copy.exclude)
        case .emptyDatabases: list(copy.emptyDatabases)
        case .existingDatabases: .literal(copy.existingDatabases.rawValue)
        case .fence: .literal(copy.fence ? "on" : "off")
        case .workers: .literal("\(copy.workers)")
        case .gate: .literal(migration.gate.rawValue)
        case .receiptName: migration.gate == .none ? .absent : .literal(receiptName)
        }
    }

    /// Optional: an operator up to 1.9 deletes its Secret at the cut-over, and a pod that an engine makes again after
    /// that must still start, to find that all is done.
    private func fromSource(_ key: String) -> Source {
        .secret(name: migration.backstage.sourceSecretName, key: key, isOptional: true)
    }

    /// The Secret that Backstage will read: Job and Backstage cannot disagree about where the data is.
    private func fromTarget(_ key: String) -> Source {
        .secret(name: migration.credentials.secretName, key: key, isOptional: false)
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
