import SecretSealing
import SystemPackage
import YAMLTree

extension MigrationLoader {
    /// Whose Secret it is.
    enum Purpose: String {
        case backstage = "credentials"
        case administrator = "admin"

        /// The key of the config.
        var key: String { self == .backstage ? "spec.credentials" : "spec.adminCredentials" }
    }

    func resolve(
        _ choice: CredentialsSection.Choice, for purpose: Purpose, name: String?,
        _ operated: Migration.OperatedCluster?, _ report: inout Report
    ) -> Migration.Credentials? {
        let derivedName = name.map { "\($0)-\(purpose.rawValue)" }
        let secretName = choice.secretName?.value.rawValue ?? derivedName
        let source: Migration.Credentials.Source?
        switch choice {
        case .existing(let section):
            return resolve(section, for: purpose, derivedName: derivedName, &report)
        case .operatorSecret(let section):
            let secret = operated?.secret(of: section.value.user.value.rawValue)
            if let secret, !ObjectName.accepts(secret.name) {
                report.error(
                    "the role '\(section.value.user.value)' is none that the target's operator keeps a Secret for",
                    at: section.value.user.position,
                    advice:
                        "Its Secret would be called '\(secret.name)', which is no name: a-z, 0-9 and -, and with zalando _."
                )
                return nil
            }
            if let secret, secret.name == secretName {
                report.error(
                    "\(purpose.key).operatorSecret.secretName is the Secret that the target's operator keeps",
                    at: section.value.secretName?.position ?? section.position,
                    advice: "Choose another name: what is made from it would overwrite it.")
                return nil
            }
            checkNamespace(section.value.user, operated, &report)
            source = secret.map { .operated($0) }
        case .externalSecret(let section):
            source = .externalSecret(
                Migration.ExternalSecret(
                    user: section.user.value.rawValue, storeKind: section.storeKind, storeName: section.store.rawValue,
                    key: section.key.rawValue, property: section.property?.rawValue))
        case .sealedSecret(let section):
            guard let password = section.login.password else { return nil }
            source = seal(section, &report).map {
                .sealedSecret(user: section.login.user.value.rawValue, password: input(password), seal: $0)
            }
        case .sops(let section):
            guard let password = section.value.login.password else { return nil }
            source = recipients(section.value.recipients, &report).map {
                .sops(user: section.value.login.user.value.rawValue, password: input(password), recipients: $0)
            }
        case .plain(let section):
            report.warn(
                "the rendered Secret holds the password in plain text", at: section.position,
                advice: "Keep it out of git, or choose sealedSecret, sops, externalSecret or existing.")
            source = section.value.login.password.flatMap { password($0, isNeeded: !isComparing, &report) }.map {
                .plain(user: section.value.login.user.value.rawValue, password: $0)
            }
        }
        guard let source, let secretName else { return nil }
        return Migration.Credentials(secretName: secretName, source: source, storeVersion: choice.storeVersion)
    }

    /// Warns of a dot in a role's name: Zalando's operator may take the part before it for the Secret's namespace
    /// (`pkg/cluster/cluster.go`, `initRobotUsers`).
    private func checkNamespace(
        _ user: Located<RoleName>, _ operated: Migration.OperatedCluster?, _ report: inout Report
    ) {
        let parts = user.value.rawValue.split(separator: ".", maxSplits: 1)
        guard let operated, operated.clusterOperator == .zalando, parts.count == 2, parts[0] != operated.namespace
        else { return }
        report.warn(
            "the role '\(user.value)' has a dot in its name, and its Secret is looked for in '\(operated.namespace)'",
            at: user.position,
            advice:
                "With enable_cross_namespace_secret, Zalando's operator keeps it in the namespace '\(parts[0])'. If that is "
                + "the instance's, use existing instead, with keys: {user: username, password: password}.")
    }

    private func resolve(
        _ section: Located<ExistingSecretSection>, for purpose: Purpose, derivedName: String?, _ report: inout Report
    ) -> Migration.Credentials? {
        let secretName = section.value.secretName.value.rawValue
        guard let keys = section.value.keys else {
            return Migration.Credentials(secretName: secretName, source: .existing)
        }
        let login = Migration.Login(
            secretName: secretName, userKey: keys.value.user.rawValue, passwordKey: keys.value.password.rawValue)
        guard let renamed = keys.value.renamedSecretName?.value.rawValue ?? derivedName else { return nil }
        if purpose == .backstage {
            guard renamed != secretName else {
                report.error(
                    "\(purpose.key).existing.keys: the renamed Secret cannot be '\(secretName)' itself",
                    at: keys.value.renamedSecretName?.position ?? keys.position,
                    advice: "Name the Secret that you make from it in renamedSecretName.")
                return nil
            }
            report.warn(
                "Backstage takes a Secret's keys as variables under their own names, so it cannot read '\(secretName)'",
                at: keys.position,
                advice: "Make the Secret '\(renamed)' from it; the runbook has an ExternalSecret that does.")
        }
        return Migration.Credentials(secretName: renamed, source: .renamed(from: login))
    }

    /// Checks that whatever applies the manifests can decrypt what SOPS encrypted.
    func checkDecryption(_ spec: SpecSection, _ report: inout Report) {
        for case .sops(let section)? in [spec.credentials?.choice, spec.adminCredentials?.choice] {
            switch spec.engine?.engine {
            case .argocd?:
                report.warn(
                    "Argo CD cannot open what SOPS encrypts", at: section.position,
                    advice: "It takes a plugin such as KSOPS; sealedSecret and externalSecret need none.")
            case .flux(let flux)? where flux.decryptionSecret == nil:
                report.warn(
                    "Flux refuses a Secret that SOPS encrypted unless it is told the key", at: section.position,
                    advice: "Set spec.engine.flux.decryptionSecret to the Secret with the age identity.")
            case .flux?, nil: break
            }
        }
    }

    private func seal(_ section: SealedSecretSection, _ report: inout Report) -> Migration.ControllerSeal? {
        let role = "the controller's certificate"
        guard let bundle = certificates(section.certificateFile, role: role, &report) else { return nil }
        let file = path(of: section.certificateFile)
        guard let certificate = bundle.certificates.first, bundle.certificates.count == 1 else {
            report.error(
                "\(role) is one of \(bundle.certificates.count) in the file; expected it alone",
                at: YAMLPosition(file: file.string, line: bundle.certificates[1].line, column: 1, offset: 0))
            return nil
        }
        let key = SealedSecretKey(certificate: certificate.der)
        do throws(SealingError) { _ = try key.seal("", label: "") } catch {
            report.error(
                "\(role) \(error.reason)",
                at: YAMLPosition(file: file.string, line: certificate.line, column: 1, offset: 0), advice: error.advice)
            return nil
        }
        CertificateAudit(bundle: bundle, file: file.string, now: files.now, isComparing: isComparing).run(
            host: nil, &report)
        return Migration.ControllerSeal(key: key, fingerprint: certificate.fingerprint, scope: section.scope)
    }

    private func recipients(_ texts: Located<[AgeRecipientText]>, _ report: inout Report) -> [AgeRecipient]? {
        var result: [AgeRecipient] = []
        for (index, text) in texts.value.enumerated() {
            do throws(SealingError) { result.append(try AgeRecipient(text.rawValue)) } catch {
                report.error(
                    "item \(index + 1) of recipients \(error.reason)", at: texts.position, advice: error.advice)
            }
        }
        guard !texts.value.isEmpty else {
            report.error("recipients is empty; expected at least one age recipient", at: texts.position)
            return nil
        }
        return result.count == texts.value.count ? result : nil
    }

    private func input(_ source: LoginKeys.Password) -> SecretInput {
        let (declaration, position) =
            switch source {
            case .file(let file): ("passwordFile: \(file.value)", file.position)
            case .variable(let variable): ("passwordVariable: \(variable.value)", variable.position)
            }
        return SecretInput(declaration: declaration, position: position) { () throws(ConfigError) in
            var report = Report()
            guard let text = password(source, isNeeded: true, &report) else {
                throw ConfigError(problems: report.problems)
            }
            return text
        }
    }

    /// Messages do not repeat what the config says here: it may be the password itself.
    ///
    /// - Parameter isNeeded: whether a missing password is a problem. Otherwise ``SecretInput/pending`` takes its
    ///   place.
    private func password(
        _ source: LoginKeys.Password, isNeeded: Bool, _ report: inout Report
    ) -> String? {
        let text: String
        let position: YAMLPosition
        switch source {
        case .file(let file):
            position = file.position
            do throws(InputFiles.Failure) {
                if file.value.isStandardInput, !isNeeded { return SecretInput.pending }
                let bytes = try files.read(path(of: file))
                guard let decoded = String(validating: bytes, as: UTF8.self) else {
                    report.error("the password file is not UTF-8 text", at: position)
                    return nil
                }
                text = decoded.last?.isNewline ?? false ? String(decoded.dropLast()) : decoded
            } catch {
                if error.isMissing, !isNeeded { return SecretInput.pending }
                report.error(
                    "the password file \(error.reason)", at: position,
                    advice: "passwordFile names a file; the password itself belongs in it, not here.")
                return nil
            }
        case .variable(let variable):
            position = variable.position
            let fallback = isNeeded ? nil : SecretInput.pending
            guard let value = files.environment[variable.value.rawValue] ?? fallback else {
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
