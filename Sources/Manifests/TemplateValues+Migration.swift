import JobContract
import ManifestTemplates
import MigrationSpec
import YAMLTree

extension TemplateValues {
    init(migration: Migration, names: RenderedNames) {
        let target = migration.target
        let hasTLS = target.trust != nil
        let absent = Self.absent
        var values: [String: YAMLValue?] = [
            "name": .string(migration.name),
            "namespace": .string(migration.namespace),
            "instance": .string(migration.instance),
            "tls": .bool(hasTLS),
            "target.host": .string(target.host),
            "target.port": .string(String(target.port)),
            "target.address": .string("\(target.host):\(target.port)"),
            "orchestrator.inNamespace": .bool(false),
            "orchestrator.service": .string(migration.name),
            "orchestrator.secret": .string(migration.credentials.secretName),
            "certificate.secret": migration.certificate.map { .string($0.name) },
            "certificate.bundle": target.trust?.bundle.map { .string($0.pem) },
            "certificate.configMap": migration.certificate.map { .string($0.name) },
            "receipt": .string(names.receipt),
            "job.serviceAccount": migration.jobLeavesReceipt ? .string(names.serviceAccount) : absent,
            "job.needsToken": .bool(migration.jobLeavesReceipt),
            "job.command": migration.jobStage?.command.map { .string($0.rawValue) },
            "job.image": .string(migration.copy.image),
            "job.deadlineSeconds": .int(migration.jobDeadlineSeconds),
            "job.backoffLimit": .int(migration.copy.retries),
            "job.neverRetry": .sequence(ExitStatus.neverRetry.map { .int(Int($0.rawValue)) }),
            "job.environment": JobEnvironment(migration: migration, receiptName: names.receipt).items,
            "job.resources": migration.copy.resources.yamlValue,
            // On the way back, the server that has a certificate is the one that is left.
            "job.certificates": .string(
                migration.direction == .forward ? JobFiles.targetCertificates : JobFiles.sourceCertificates),
            "job.certificatesVolume": migration.certificate?.volume(
                named: "database-certificates", file: JobFiles.certificateKey),
            "job.sourceCertificates": .string(JobFiles.sourceCertificates),
            "job.sourceCertificatesVolume": migration.sourceCertificate?.volume(named: "source-certificates"),
            "source.tls": .bool(migration.source.trust != nil),
            "orchestrator.dataIndexURL": .string(
                Self.jdbcURL(of: migration, schema: "sonataflow-platform-data-index-service")),
            "orchestrator.jobServiceURL": .string(
                Self.jdbcURL(of: migration, schema: "sonataflow-platform-jobs-service")),
        ]
        if case .statefulSet(let server) = target.kind {
            let imageGroup = migration.platform == .kubernetes ? YAMLValue.int(26) : absent
            values.merge(
                [
                    "orchestrator.inNamespace": true,
                    // A Service's name says the same, and needs no schema: the operator adds each service's own.
                    "orchestrator.dataIndexURL": absent,
                    "orchestrator.jobServiceURL": absent,
                    "database.adminSecret": .string(migration.adminLogin.secretName),
                    "database.adminPasswordKey": .string(migration.adminLogin.passwordKey),
                    "database.image": .string(server.image),
                    "database.storage": .string(server.storage),
                    "database.storageClass": server.storageClass.map { .string($0) },
                    "database.maxConnections": .string(String(server.maxConnections)),
                    "database.sharedBuffers": .string(server.sharedBuffers),
                    "database.resources": server.resources.yamlValue,
                    "database.tlsSecret": server.tls.map { .string($0.secretName) },
                    "database.servingCertificate": absent,
                    "database.runAsUser": imageGroup,
                    "database.fsGroup": imageGroup,
                    "database.fsGroupChangePolicy": imageGroup == absent ? absent : .string("OnRootMismatch"),
                ] as [String: YAMLValue?]
            ) { _, new in new }
        }
        if migration.direction == .rollback {
            values["orchestrator.inNamespace"] = .some(true)
            values["orchestrator.service"] = migration.backstage.map { .string($0.localDatabaseName) }
            values["orchestrator.secret"] = .string(migration.localSecretName)
            values["orchestrator.dataIndexURL"] = absent
            values["orchestrator.jobServiceURL"] = absent
        }
        switch migration.statefulSet?.tls?.source {
        case .certManager(let kind, let issuer)?:
            values["issuer.kind"] = .string(kind.rawValue)
            values["issuer.name"] = .string(issuer)
        case .serviceCA?: values["database.servingCertificate"] = values["database.tlsSecret"]
        case .provided?, nil: break
        }
        self.init(values)
        add(migration.copy.pod, prefix: "job")
        pods[.job] = migration.copy.pod
        guard case .statefulSet(let server) = target.kind else { return }
        add(server.pod, prefix: "database")
        pods[.databaseStatefulSet] = server.pod
    }

    private mutating func add(_ pod: PodSettings, prefix: String) {
        let secrets = pod.imagePullSecrets.map { YAMLValue.mapping(["name": .string($0)]) }
        self = adding([
            "\(prefix).imagePullPolicy": .string(pod.imagePullPolicy.rawValue),
            "\(prefix).imagePullSecrets": secrets.isEmpty ? Self.absent : .sequence(secrets),
            "\(prefix).nodeSelector": pod.nodeSelector, "\(prefix).tolerations": pod.tolerations,
            "\(prefix).affinity": pod.affinity,
            "\(prefix).priorityClassName": pod.priorityClassName.map { .string($0) },
            "\(prefix).runtimeClassName": pod.runtimeClassName.map { .string($0) },
        ])
    }

    /// The orchestrator's operator takes the URL as it is, so each service's own schema must be in it. `require`
    /// encrypts without checking the certificate: checking needs a file in containers that are not ours.
    private static func jdbcURL(of migration: Migration, schema: String) -> String {
        let host = migration.target.host.contains(":") ? "[\(migration.target.host)]" : migration.target.host
        let tls = migration.target.trust == nil ? "" : "&sslmode=require"
        return
            "jdbc:postgresql://\(host):\(migration.target.port)/\(Migration.orchestratorDatabase)?currentSchema=\(schema)\(tls)"
    }
}

extension Resources {
    fileprivate var yamlValue: YAMLValue {
        var value: YAMLValue = [:]
        for (name, list) in [("requests", requests), ("limits", limits)] {
            var amounts: YAMLValue = [:]
            amounts["cpu"] = list.cpu.map { .string($0.rawValue) }
            amounts["memory"] = list.memory.map { .string($0.rawValue) }
            amounts["ephemeral-storage"] = list.ephemeralStorage.map { .string($0.rawValue) }
            value[name] = amounts
        }
        return value
    }
}
