import SystemPackage
import YAMLTree

extension MigrationLoader {
    func resolve(
        _ choice: TargetSection.Choice, name: String?, namespace: String?, _ report: inout Report
    ) -> Migration.Target? {
        switch choice {
        case .cloudNativePG: return nil
        case .crunchyPGO(let section):
            guard let namespace, let cluster = operatedCluster(choice, namespace: namespace) else { return nil }
            return resolve(section, of: cluster, namespace: namespace, &report)
        case .zalando(let section):
            guard let cluster = operatedCluster(choice, namespace: namespace) else { return nil }
            let trust = trust(of: "the target", section.tls.mode, section.tls.caFile, host: cluster.host, &report)
            return Migration.Target(
                kind: .operated(cluster), host: cluster.host, port: Port.postgres.rawValue,
                trust: trust.map(Trust.bundle))
        case .external(let section):
            let host = section.host.value.rawValue
            let trust = trust(of: "the target", section.tls.mode, section.tls.caFile, host: host, &report)
            if section.host.value.isAddress, section.tls.mode.value == .verifyFull {
                report.warn(
                    "spec.target.external.host is an address; certificates seldom name one", at: section.host.position,
                    advice: "Use the name that the server's certificate bears.")
            }
            return Migration.Target(
                kind: .external(section.provider ?? Provider(host: section.host.value.rawValue)),
                host: section.host.value.rawValue, port: section.port.rawValue, trust: trust.map(Trust.bundle))
        case .statefulSet(let section):
            let host = name.flatMap { name in namespace.map { "\(name).\($0).svc" } }
            let trust = trust(section.tls, name: name, host: host, &report)
            let resources = section.resources.over(.database)
            let server = Migration.StatefulSet(
                image: section.image.rawValue,
                imageFamily: section.imageFamily ?? ImageFamily(image: section.image.rawValue),
                storage: section.storage.rawValue,
                storageClass: section.storageClass?.rawValue,
                tuning: Migration.Tuning(
                    maxConnections: section.maxConnections.rawValue, sharedBuffers: section.sharedBuffers?.rawValue,
                    resources: resources),
                resources: resources, pod: section.pod.settings,
                tls: certificate(section.tls, name: name))
            guard let host else { return nil }
            return Migration.Target(
                kind: .statefulSet(server), host: host, port: Port.postgres.rawValue, trust: trust)
        }
    }

    /// A PostgresCluster, with the authorities that PGO makes for it.
    private func resolve(
        _ section: CrunchyPGOSection, of cluster: Migration.OperatedCluster, namespace: String, _ report: inout Report
    ) -> Migration.Target? {
        var trust = cluster.certificate.map(Trust.object)
        if let caFile = section.caFile {
            let mode = Located(value: ServerTLS.verifyFull, position: caFile.position)
            trust = self.trust(of: "the target", mode, caFile, host: cluster.host, &report).map(Trust.bundle)
            if trust == nil { return nil }
        } else if cluster.namespace != namespace, let certificate = cluster.certificate {
            let secret = certificate.name
            report.error(
                "'spec.target.crunchyPGO.caFile' is missing, which a cluster in another namespace needs",
                at: section.cluster.position,
                advice:
                    "Pods read no Secret of another namespace. Fetch it: kubectl -n \(cluster.namespace) get secret \(secret) "
                    + "-o jsonpath='{.data.ca\\.crt}' | base64 -d > ca.pem")
            return nil
        }
        return Migration.Target(
            kind: .operated(cluster), host: cluster.host, port: Port.postgres.rawValue, trust: trust)
    }

    /// The cluster of another operator that the config names. The credentials may come from its Secrets.
    func operatedCluster(_ choice: TargetSection.Choice?, namespace: String?) -> Migration.OperatedCluster? {
        guard let namespace else { return nil }
        return switch choice {
        case .crunchyPGO(let section)?:
            Migration.OperatedCluster(
                clusterOperator: .crunchyPGO, name: section.cluster.value.rawValue,
                namespace: section.namespace?.rawValue ?? namespace)
        case .zalando(let section)?:
            Migration.OperatedCluster(
                clusterOperator: .zalando, name: section.cluster.value.rawValue,
                namespace: section.namespace?.rawValue ?? namespace)
        case .statefulSet?, .cloudNativePG?, .external?, nil: nil
        }
    }

    private func certificate(_ section: ServerTLSSection, name: String?) -> Migration.ServerCertificate? {
        guard section.mode.value == .verifyFull, let name else { return nil }
        if let secret = section.serverSecret {
            return Migration.ServerCertificate(secretName: secret.value.rawValue, source: .provided)
        }
        let source: Migration.ServerCertificate.Source =
            section.certManager.map { .certManager(issuerKind: $0.issuerKind, issuer: $0.issuer.rawValue) }
            ?? .serviceCA
        return Migration.ServerCertificate(secretName: "\(name)-tls", source: source)
    }

    /// A cluster of CloudNativePG, with the authorities that its operator makes for it.
    ///
    /// - Parameter secret: the Secret of the credentials.
    func resolve(
        _ section: CloudNativePGSection, name: String?, namespace: String?, _ spec: SpecSection, secret: String?,
        _ report: inout Report
    ) -> Migration.Target? {
        if let admin = spec.adminCredentials?.choice, let target = spec.target {
            report.error(
                "spec.adminCredentials (\(admin.key)) and a target of cloudNativePG, whose operator makes one role",
                at: target.position,
                advice: "Leave spec.adminCredentials out: the role copies, and Backstage runs as it.")
        }
        let user = spec.credentials?.choice?.user
        let role = section.role?.value.rawValue ?? user?.value.rawValue ?? "backstage"
        let position = section.role?.position ?? user?.position
        if let position, ["postgres", "streaming_replica"].contains(role) {
            report.error(
                "the role '\(role)' belongs to CloudNativePG itself", at: position,
                advice: "Choose another name for the role that Backstage connects as, backstage say.")
        }
        if let user, user.value.rawValue != role, let position {
            report.error(
                "spec.target.cloudNativePG.role is '\(role)', but spec.credentials names the user '\(user.value)'",
                at: position, advice: "Leave the key out: the user of the credentials is the role.")
        }
        guard let name, let namespace, let secret else { return nil }
        let resources = section.resources.over(.database)
        let cluster = Migration.Cluster(
            image: section.image?.rawValue, instances: section.instances.rawValue, storage: section.storage.rawValue,
            storageClass: section.storageClass?.rawValue,
            tuning: Migration.Tuning(
                maxConnections: section.maxConnections.rawValue, sharedBuffers: section.sharedBuffers?.rawValue,
                resources: resources),
            resources: resources, pod: section.pod, role: role,
            roleSecret: section.roleSecret?.value.rawValue ?? secret)
        return Migration.Target(
            kind: .cloudNativePG(cluster), host: "\(name)-rw.\(namespace).svc", port: Port.postgres.rawValue,
            trust: .object(CertificateReference(kind: .secret, name: "\(name)-ca", key: "ca.crt")))
    }

    /// The authorities that clients trust. An issuer that puts its own into the cluster needs no file.
    private func trust(_ section: ServerTLSSection, name: String?, host: String?, _ report: inout Report) -> Trust? {
        let bundle = trust(of: "the target", section.mode, section.caFile, host: host, &report)
        if let bundle { return .bundle(bundle) }
        guard section.mode.value == .verifyFull, section.caFile == nil, let name else { return nil }
        if section.certManager != nil {
            return .object(CertificateReference(kind: .secret, name: "\(name)-tls", key: "ca.crt"))
        }
        if section.serviceCA != nil {
            return .object(CertificateReference(kind: .configMap, name: "\(name)-service-ca", key: "service-ca.crt"))
        }
        if let secret = section.serverSecret {
            report.error(
                "'spec.target.statefulSet.tls.caFile' is missing, which serverSecret needs", at: secret.position,
                advice: "It is: \(section.$caFile.meaning)")
        }
        return nil
    }

    /// - Parameters:
    ///   - server: the server that the certificates are for, for messages.
    ///   - host: the name that clients check the server's certificate against.
    func trust(
        of server: String, _ mode: Located<ServerTLS>, _ caFile: Located<FileName>?, host: String?,
        _ report: inout Report
    ) -> CertificateBundle? {
        if mode.value == .disabled {
            report.warn(
                "TLS to \(server) is switched off: passwords and data cross the network in plain text",
                at: mode.position,
                advice: "Give the server a certificate and set mode to verify-full.")
            return nil
        }
        guard let caFile, let bundle = certificates(caFile, role: "the CA file", &report) else { return nil }
        CertificateAudit(bundle: bundle, file: path(of: caFile).string, now: files.now, isComparing: isComparing)
            .run(host: host, &report)
        return bundle
    }

    /// - Parameter role: what the file is, for messages.
    func certificates(_ file: Located<FileName>, role: String, _ report: inout Report) -> CertificateBundle? {
        let path = path(of: file)
        do throws(InputFiles.Failure) {
            let text = String(decoding: try files.read(path), as: UTF8.self)
            do { return try CertificateBundle(pem: text) } catch {
                let position = YAMLPosition(file: path.string, line: error.line, column: 1, offset: 0)
                report.error("\(role) \(error.reason)", at: position, advice: error.advice)
            }
        } catch {
            report.error("\(role) '\(path)' \(error.reason)", at: file.position)
        }
        return nil
    }

    /// A file's name is relative to the file that names it, which may be one layer of several.
    func path(of file: Located<FileName>) -> FilePath {
        if file.value.isStandardInput { return InputFiles.standardInput }
        let config = FilePath(file.position.file)
        // In a config from a pipe, names are relative to the working directory, as with standard input.
        let folder = files.isPipe(config) ? "" : config.removingLastComponent()
        let path = folder.pushing(FilePath(file.value.rawValue))
        // A leading `./` means nothing, but a `..` after a link does.
        let parts = path.components.filter { $0.kind != .currentDirectory }
        return parts.isEmpty ? path : FilePath(root: path.root, parts)
    }
}
