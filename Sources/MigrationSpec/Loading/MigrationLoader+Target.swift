import SystemPackage
import YAMLTree

extension MigrationLoader {
    func resolve(
        _ choice: TargetSection.Choice, name: String?, namespace: String?, in folder: FilePath, _ report: inout Report
    ) -> Migration.Target? {
        switch choice {
        case .external(let section):
            let trust = trust(of: "the target", section.tls.mode, section.tls.caFile, in: folder, &report)
            if section.host.value.isAddress, section.tls.mode.value == .verifyFull {
                report.warn(
                    "spec.target.external.host is an address; certificates seldom name one", at: section.host.position,
                    advice: "Use the name that the server's certificate bears.")
            }
            return Migration.Target(
                kind: .external(section.provider ?? Provider(host: section.host.value.rawValue)),
                host: section.host.value.rawValue, port: section.port.rawValue, trust: trust.map(Trust.bundle))
        case .statefulSet(let section):
            let trust = trust(section.tls, name: name, in: folder, &report)
            let server = Migration.StatefulSet(
                image: section.image.rawValue, storage: section.storage.rawValue,
                storageClass: section.storageClass?.rawValue, maxConnections: section.maxConnections.rawValue,
                sharedBuffers: section.sharedBuffers.rawValue, resources: section.resources,
                pod: section.pod,
                tls: certificate(section.tls, name: name))
            guard let name, let namespace else { return nil }
            return Migration.Target(
                kind: .statefulSet(server), host: "\(name).\(namespace).svc", port: Port.postgres.rawValue, trust: trust
            )
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

    /// Issuers that bring their own authorities into the cluster need no file.
    private func trust(_ section: ServerTLSSection, name: String?, in folder: FilePath, _ report: inout Report)
        -> Trust?
    {
        let bundle = trust(of: "the target", section.mode, section.caFile, in: folder, &report)
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
                advice: "It is: \(ServerTLSSection.Keys.caFile.meaning)")
        }
        return nil
    }

    /// - Parameter server: what the certificates vouch for, for messages.
    func trust(
        of server: String, _ mode: Located<ServerTLS>, _ caFile: Located<FileName>?, in folder: FilePath,
        _ report: inout Report
    ) -> CertificateBundle? {
        if mode.value == .disabled {
            report.warn(
                "TLS to \(server) is switched off: passwords and data cross the network in plain text",
                at: mode.position,
                advice: "Give the server a certificate and set mode to verify-full.")
            return nil
        }
        guard let caFile else { return nil }
        let path = folder.pushing(FilePath(caFile.value.rawValue))
        do throws(InputFiles.Failure) {
            let text = String(decoding: try files.read(path), as: UTF8.self)
            do { return try CertificateBundle(pem: text) } catch {
                let position = YAMLPosition(file: path.string, line: error.line, column: 1, offset: 0)
                report.error("the CA file \(error.reason)", at: position, advice: error.advice)
            }
        } catch {
            report.error("the CA file '\(path)' \(error.reason)", at: caFile.position)
        }
        return nil
    }

    func resolve(
        _ choice: CredentialsSection.Choice, name: String?, in folder: FilePath, _ report: inout Report
    ) -> Migration.Credentials? {
        switch choice {
        case .existing(let section):
            return Migration.Credentials(secretName: section.secretName.value.rawValue, source: .existing)
        case .externalSecret(let section):
            guard let name else { return nil }
            let secret = Migration.ExternalSecret(
                user: section.user.value.rawValue, storeKind: section.storeKind, storeName: section.store.rawValue,
                key: section.key.rawValue, property: section.property?.rawValue)
            return Migration.Credentials(
                secretName: section.secretName?.value.rawValue ?? "\(name)-credentials", source: .externalSecret(secret)
            )
        case .plain(let section):
            report.warn(
                "the rendered Secret holds the password in plain text", at: section.position,
                advice: "Keep it out of git, or let spec.credentials.existing name a Secret that is in the cluster.")
            let secretName = section.value.secretName?.value.rawValue ?? name.map { "\($0)-credentials" }
            let former = secretName.flatMap { files.renderedPassword?($0) }
            let password = password(section.value.password, in: folder, former: former, &report)
            guard let password, let secretName else { return nil }
            return Migration.Credentials(
                secretName: secretName, source: .plain(user: section.value.user.value.rawValue, password: password))
        }
    }

    /// What stands in the config is not repeated in messages: it may be the password itself.
    /// - Parameter former: what stands in for a password that is not at hand.
    private func password(
        _ source: PlainSecretSection.Password, in folder: FilePath, former: String?, _ report: inout Report
    ) -> String? {
        let text: String
        let position: YAMLPosition
        switch source {
        case .file(let file):
            position = file.position
            do throws(InputFiles.Failure) {
                let bytes = try files.read(folder.pushing(FilePath(file.value.rawValue)))
                guard let decoded = String(validating: bytes, as: UTF8.self) else {
                    report.error("the password file is not UTF-8 text", at: position)
                    return nil
                }
                text = decoded.last?.isNewline ?? false ? String(decoded.dropLast()) : decoded
            } catch {
                if error.isMissing, let former { return former }
                report.error(
                    "the password file \(error.reason)", at: position,
                    advice: "passwordFile names a file; the password itself belongs in it, not here.")
                return nil
            }
        case .variable(let variable):
            position = variable.position
            guard let value = files.environment[variable.value.rawValue] ?? former else {
                report.error(
                    "the environment variable that passwordVariable names is not set", at: position,
                    advice: "Set it where rehome runs.")
                return nil
            }
            text = value
        }
        guard !text.isEmpty, !text.contains(where: \.isNewline), !text.utf8.contains(0) else {
            report.error(
                "the password is \(text.isEmpty ? "empty" : "more than one line"); expected one line", at: position)
            return nil
        }
        return text
    }
}
