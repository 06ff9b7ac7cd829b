import YAMLTree

/// Refuses names that are taken. An operator deletes or overwrites an object with one of its own names, and two Secrets
/// of one name are one Secret.
struct NameCheck {
    /// `nil` where there is no operator whose names could be taken.
    let backstage: BackstageResource?
    /// The certificate Secret that is rendered, if one is.
    let certificateSecret: String?

    func run(metadata: MetadataSection?, spec: SpecSection, _ report: inout Report) {
        if let name = metadata?.name {
            checkOperatorsNames(name.value.rawValue, at: name.position, key: "metadata.name", &report)
        }
        let secrets = [
            (spec.credentials?.choice, MigrationLoader.Purpose.backstage.key),
            (spec.adminCredentials?.choice, MigrationLoader.Purpose.administrator.key),
        ]
        for case (let choice?, let key) in secrets {
            checkSecret(choice.secretName, key: "\(key).\(choice.key).secretName", &report)
        }
        checkSecret(spec.cutover?.savedSecret, key: "spec.cutover.savedSecret", &report)
        checkRoles(spec, &report)
        if case .statefulSet(let section)? = spec.target?.value.choice {
            checkSecret(section.tls.serverSecret, key: "spec.target.statefulSet.tls.serverSecret", &report)
            let family = section.imageFamily ?? ImageFamily(image: section.image.rawValue)
            // The official image makes whatever superuser it is given.
            guard family == .sclorg else { return }
            if let admin = spec.adminCredentials?.choice {
                checkRole(admin, key: MigrationLoader.Purpose.administrator.key, &report)
            } else if let choice = spec.credentials?.choice {
                checkRole(choice, key: MigrationLoader.Purpose.backstage.key, &report)
            }
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

    /// Checks that the two roles differ: the Job gives Backstage's role few rights, and an administrator needs more.
    private func checkRoles(_ spec: SpecSection, _ report: inout Report) {
        guard let own = spec.credentials?.choice, let admin = spec.adminCredentials?.choice else { return }
        if let user = own.user, user.value == admin.user?.value ?? RoleName(checked: "postgres") {
            report.error(
                "spec.credentials.\(own.key).user is '\(user.value)', the administrator; expected a role of Backstage's own",
                at: user.position, advice: "Set user to a name such as backstage; the Job makes the role.")
        }
        if let secret = admin.secretName, secret.value == own.secretName?.value {
            report.error(
                "spec.adminCredentials.\(admin.key).secretName is '\(secret.value)', the Secret of Backstage's own role",
                at: secret.position, advice: "Backstage must not see the administrator's password: use two Secrets.")
        }
    }

    /// Checks the role for images of the sclorg family. At every start they give a password to `postgres`, and to no
    /// other role that may create databases.
    private func checkRole(_ choice: CredentialsSection.Choice, key: String, _ report: inout Report) {
        guard let user = choice.user, user.value.rawValue != "postgres" else { return }
        report.error(
            "\(key).\(choice.key).user is '\(user.value)'; expected 'postgres', "
                + "the role that the StatefulSet's image sets up",
            at: user.position,
            advice: "Leave the key out; for a role of Backstage's own, give the Job adminCredentials.")
    }
}
