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
            "orchestrator.platform": .string(migration.orchestrator.platform),
            // With the name of a Service no schema is needed: the operator adds that of each service.
            "orchestrator.inNamespace": .bool(migration.targetService != nil),
            "orchestrator.service": .string(migration.targetService ?? migration.name),
            "orchestrator.secret": .string(migration.credentials.secretName),
            "certificate.secret": migration.certificate.map { .string($0.name) },
            "certificate.bundle": target.trust?.bundle.map { .string($0.pem) },
            "certificate.configMap": migration.certificate.map { .string($0.name) },
            "receipt": .string(names.receipt),
            "job.serviceAccount": migration.jobNeedsAPI
                ? .string(names.serviceAccount) : migration.copy.pod.serviceAccountName.map { .string($0) },
            "job.role": .string(names.role),
            "job.configMaps": .sequence(
                [
                    migration.jobLeavesReceipt ? names.receipt : nil,
                    migration.jobLeavesReport ? Receipt.reportName(beside: names.receipt) : nil,
                ].compactMap { $0.map { .string($0) } }),
            "job.needsToken": .bool(migration.jobNeedsAPI),
            "job.command": migration.jobStage?.command.map { .string($0.rawValue) },
            "job.image": .string(migration.copy.image),
            "job.parallelism": .int(migration.jobPods),
            "job.completionMode": migration.jobPods > 1 ? .string("Indexed") : absent,
            "job.deadlineSeconds": .int(migration.jobDeadlineSeconds),
            "job.backoffLimit": .int(migration.copy.retries),
            "job.neverRetry": .sequence(ExitStatus.neverRetry.map { .int(Int($0.rawValue)) }),
            "job.environment": JobEnvironment(migration: migration, receiptName: names.receipt).items,
            "job.resources": migration.copy.resources.yamlValue,
            // On the way back, the server with the certificate is the source.
            "job.certificates": .string(
                migration.direction == .forward ? JobFiles.targetCertificates : JobFiles.sourceCertificates),
            "job.certificatesVolume": migration.certificate?.volume(
                named: "database-certificates", file: JobFiles.certificateKey),
            "job.sourceCertificates": .string(JobFiles.sourceCertificates),
            "job.sourceCertificatesVolume": migration.sourceCertificate?.volume(named: "source-certificates"),
            "job.databasePorts": .sequence(migration.databasePorts.map { ["protocol": "TCP", "port": .int($0)] }),
            "source.tls": .bool(migration.source.trust != nil),
            "orchestrator.dataIndexURL": migration.jdbcURL(service: "data-index-service").map { .string($0) },
            "orchestrator.jobServiceURL": migration.jdbcURL(service: "jobs-service").map { .string($0) },
        ]
        if migration.direction == .rollback {
            values["orchestrator.inNamespace"] = .some(true)
            values["orchestrator.service"] = migration.backstage.map { .string($0.localDatabaseName) }
            values["orchestrator.secret"] = .string(migration.localSecretName)
            values["orchestrator.dataIndexURL"] = absent
            values["orchestrator.jobServiceURL"] = absent
        }
        self.init(values)
        add(migration.copy.pod, prefix: "job")
        pods[.job] = migration.copy.pod
        addDatabase(migration)
    }

    mutating func add(_ pod: PodSettings, prefix: String) {
        let secrets = pod.imagePullSecrets.map { YAMLValue.mapping(["name": .string($0)]) }
        self = adding([
            "\(prefix).imagePullPolicy": .string(pod.imagePullPolicy.rawValue),
            "\(prefix).imagePullSecrets": secrets.isEmpty ? Self.absent : .sequence(secrets),
            "\(prefix).nodeSelector": pod.nodeSelector, "\(prefix).tolerations": pod.tolerations,
            "\(prefix).affinity": pod.affinity,
            "\(prefix).serviceAccountName": pod.serviceAccountName.map { .string($0) },
            "\(prefix).priorityClassName": pod.priorityClassName.map { .string($0) },
            "\(prefix).runtimeClassName": pod.runtimeClassName.map { .string($0) },
        ])
    }
}

extension Resources {
    var yamlValue: YAMLValue {
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
