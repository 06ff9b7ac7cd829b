/// Refuses targets, and roles that log in there, that cannot work.
extension MigrationLoader {
    func checkTarget(_ spec: SpecSection, _ backstage: BackstageResource?, _ report: inout Report) {
        checkOperatorSecrets(spec, &report)
        if case .external(let section)? = spec.target?.value.choice { checkLogins(at: section, spec, &report) }
        if case .statefulSet? = spec.target?.value.choice, spec.adminCredentials == nil, let target = spec.target {
            report.warn(
                "Backstage would log in as a superuser of the new server, since spec.adminCredentials is missing",
                at: target.position,
                advice:
                    "Give the Job the administrator's Secret there, and Backstage a role of its own in spec.credentials; "
                    + "the Job makes it.")
        }
        if case .statefulSet(let section)? = spec.target?.value.choice, let serviceCA = section.tls.serviceCA,
            spec.platform == .kubernetes
        {
            report.error(
                "spec.target.statefulSet.tls.serviceCA needs OpenShift, and spec.platform is kubernetes",
                at: serviceCA.position, advice: "Use certManager, or serverSecret with a certificate of your own.")
        }
        guard case .external(let section)? = spec.target?.value.choice else { return }
        if let source = spec.source?.value.server, source.host.value == section.host.value,
            source.port.rawValue == section.port.rawValue
        {
            report.error(
                "spec.target.external is the server of spec.source", at: section.host.position,
                advice: "Name the server that the databases move to.")
        }
        let host = section.host.value.rawValue.split(separator: ".").first.map(String.init)
        guard let backstage, host == backstage.localDatabaseName else { return }
        report.error(
            "spec.target.external.host is the operator's own database, which Backstage is to leave",
            at: section.host.position, advice: "Name the server that the databases move to.")
    }

    private func checkOperatorSecrets(_ spec: SpecSection, _ report: inout Report) {
        switch spec.target?.value.choice {
        case .crunchyPGO?, .zalando?, nil: return
        case .statefulSet?, .cloudNativePG?, .external?: break
        }
        for case .operatorSecret(let section)? in [spec.credentials?.choice, spec.adminCredentials?.choice] {
            report.error(
                "operatorSecret is for a target of crunchyPGO or zalando", at: section.position,
                advice:
                    "Their operators keep a Secret for each role. For this target: existing, externalSecret, sealedSecret or "
                    + "sops.")
        }
    }

    /// Refuses roles that managed servers let in by a token only. It is valid for minutes, and neither the Job nor
    /// Backstage can fetch one.
    private func checkLogins(at section: ExternalSection, _ spec: SpecSection, _ report: inout Report) {
        let provider = section.provider ?? Provider(host: section.host.value.rawValue)
        for user in [spec.credentials?.choice?.user, spec.adminCredentials?.choice?.user].compactMap({ $0 }) {
            let name = user.value.rawValue
            let isTokens =
                switch provider {
                case .googleCloudSQL: name.hasSuffix(".iam") || name.contains("@")
                case .azureFlexibleServer: name.contains("@")
                case .amazonRDS: name == "rds_iam"
                case .generic: false
                }
            guard isTokens else { continue }
            report.error(
                "the role '\(name)' logs in without a password, by a token of its provider", at: user.position,
                advice:
                    "Neither the Job nor Backstage fetches tokens: make a role with a password, and name that. The server must "
                    + "allow both kinds (Azure: PostgreSQL and Microsoft Entra authentication).")
        }
    }
}
