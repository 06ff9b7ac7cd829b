import YAMLTree

/// Refuses names that belong to something else: an operator deletes or overwrites what bears one of its own, and two
/// Secrets of one name are one Secret.
struct NameCheck {
    /// `nil` where there is no operator whose names could be taken.
    let backstage: BackstageResource?
    /// The certificate Secret that is rendered, if one is.
    let certificateSecret: String?

    func run(metadata: MetadataSection?, spec: SpecSection, _ report: inout Report) {
        if let name = metadata?.name {
            checkOperatorsNames(name.value.rawValue, at: name.position, key: "metadata.name", &report)
        }
        switch spec.credentials?.choice {
        case .existing(let section):
            checkSecret(section.secretName, key: "spec.credentials.existing.secretName", &report)
        case .externalSecret(let section):
            checkSecret(section.secretName, key: "spec.credentials.externalSecret.secretName", &report)
        case .plain(let section):
            checkSecret(section.value.secretName, key: "spec.credentials.plain.secretName", &report)
        case nil: break
        }
        checkSecret(spec.cutover?.savedSecret, key: "spec.cutover.savedSecret", &report)
        if case .statefulSet(let section)? = spec.target?.value.choice {
            checkSecret(section.tls.serverSecret, key: "spec.target.statefulSet.tls.serverSecret", &report)
            checkRole(spec.credentials, &report)
        }
    }

    private func checkSecret(_ name: Located<ObjectName>?, key: String, _ report: inout Report) {
        guard let name else { return }
        checkOperatorsNames(name.value.rawValue, at: name.position, key: key, &report)
        guard name.value.rawValue == certificateSecret else { return }
        report.error(
            "\(key) is '\(name.value)', the name of the Secret that is rendered for the CA file", at: name.position,
            advice: "Choose another name for it, or for the whole in metadata.name.")
    }

    private func checkOperatorsNames(_ name: String, at position: YAMLPosition, key: String, _ report: inout Report) {
        guard let backstage else { return }
        let taken = [
            backstage.localDatabaseName: "its own database", backstage.generatedSecretName: "its own database's Secret",
            "backstage-\(backstage.name)": "Backstage itself",
        ]
        guard let use = taken[name] else { return }
        report.error(
            "\(key) is '\(name)', the name that the operator uses for \(use)", at: position,
            advice: "An operator up to 1.9 deletes what bears it at every reconcile. Choose another name.")
    }

    /// The images of the sclorg family give a password to `postgres` at every start, and to no other role that may
    /// create databases.
    private func checkRole(_ credentials: CredentialsSection?, _ report: inout Report) {
        let (user, section): (Located<RoleName>, String)
        switch credentials?.choice {
        case .plain(let plain)?: (user, section) = (plain.value.user, "plain")
        case .externalSecret(let secret)?: (user, section) = (secret.user, "externalSecret")
        case .existing?, nil: return
        }
        guard user.value.rawValue != "postgres" else { return }
        report.error(
            "spec.credentials.\(section).user is '\(user.value)'; expected 'postgres', "
                + "the role that the StatefulSet's image sets up",
            at: user.position, advice: "Leave the key out.")
    }
}
