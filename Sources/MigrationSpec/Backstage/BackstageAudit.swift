import YAMLTree

/// Looks through a Backstage CR for what would keep it from reaching the new database.
struct BackstageAudit {
    let backstage: BackstageResource
    let operatorVersion: Located<OperatorVersion>?
    /// Whether the new database's certificate authorities go into NODE_EXTRA_CA_CERTS.
    let usesTLS: Bool
    /// Whether the databases are read from the operator's own server.
    let readsLocalDatabase: Bool
    /// The Secrets that the cut-over adds.
    let credentialsSecret: String?
    let certificate: CertificateReference?

    private var root: YAMLNode { backstage.root }

    func run(_ report: inout Report) {
        checkServedVersion(&report)
        checkLocalDatabase(&report)
        checkEnvironment(&report)
        checkSecretItems(&report)
        checkSource(&report)
        if usesTLS { checkOtherReaders(&report) }
    }

    private func checkSource(_ report: inout Report) {
        let path: YAMLPath = ["spec", "database", "authSecretName"]
        guard let node = root[at: path], let credentialsSecret, node.string == credentialsSecret else { return }
        report.error(
            "\(path) names '\(credentialsSecret)', the new database's Secret", at: node.start,
            advice:
                "The Job looks there for the database that Backstage leaves: name that one's Secret, or take the key out."
        )
    }

    /// Containers that read the database's Secret by themselves do not get Backstage's files.
    private func checkOtherReaders(_ report: inout Report) {
        for field in ["containers", "initContainers"] {
            let path: YAMLPath = ["spec", "deployment", "patch", "spec", "template", "spec", .key(field)]
            for container in root[at: path]?.items ?? [] {
                guard let name = container["name"], name.string != BackstageResource.mainContainer else { continue }
                let sources = (container["envFrom"]?.items ?? []).map { $0[at: ["secretRef", "name"]] }
                let values = (container["env"]?.items ?? []).map { $0[at: ["valueFrom", "secretKeyRef", "name"]] }
                let readers = Set([backstage.sourceSecretName, credentialsSecret].compactMap { $0 })
                guard (sources + values).contains(where: { $0?.string.map(readers.contains) ?? false }) else {
                    continue
                }
                report.warn(
                    "the container '\(name.string ?? "")' reads the database's Secret, but not the new database's certificate authorities",
                    at: name.start,
                    advice:
                        "If it checks certificates, mount \(certificate?.description ?? "") into it and name the file "
                        + "in its own settings; NODE_EXTRA_CA_CERTS leads to a file that only Backstage has.")
            }
        }
    }

    /// The variables that the credentials Secret brings; set elsewhere, they would win over it.
    private var reserved: Set<String> {
        var names: Set = ["POSTGRES_HOST", "POSTGRES_PORT", "POSTGRES_USER", "POSTGRES_PASSWORD", "PGSSLMODE"]
        if usesTLS { names.insert("NODE_EXTRA_CA_CERTS") }
        return names
    }

    private func checkServedVersion(_ report: inout Report) {
        guard let operatorVersion, !backstage.version.isServed(by: operatorVersion.value) else { return }
        let served = BackstageVersion.allCases.filter { $0.isServed(by: operatorVersion.value) }
        report.error(
            "operator \(operatorVersion.value) does not serve \(backstage.version.rawValue) of the Backstage CR",
            at: root["apiVersion"]?.start ?? root.start,
            advice: "It serves \(served.map(\.rawValue).joined(separator: ", ")); correct the CR's apiVersion, "
                + "or spec.backstage.operatorVersion in the config.")
    }

    private func checkLocalDatabase(_ report: inout Report) {
        let path: YAMLPath = ["spec", "database", "enableLocalDb"]
        guard let node = root[at: path], !node.isNull else { return }
        switch node.bool {
        case nil: report.error("\(path): found \(node.kind), expected true or false", at: node.start)
        // A CR that names our Secret has been through a cut-over: then it is meant.
        case false? where readsLocalDatabase && !namesCredentials:
            report.warn(
                "\(path) is false already, so the operator runs no database for this instance", at: node.start,
                advice: "The Job needs the Secret '\(backstage.sourceSecretName)' and a source that still answers.")
        case false?, true?: break
        }
    }

    private var namesCredentials: Bool {
        let items = root[at: ["spec", "application", "extraEnvs", "secrets"]]?.items ?? []
        return credentialsSecret != nil && items.contains { $0["name"]?.string == credentialsSecret }
    }

    private func checkEnvironment(_ report: inout Report) {
        let envs: YAMLPath = ["spec", "application", "extraEnvs", "envs"]
        for item in root[at: envs]?.items ?? [] where reachesMainContainer(item) {
            check(variable: item, list: envs.description, &report)
        }
        for field in ["containers", "initContainers"] {
            let path: YAMLPath = ["spec", "deployment", "patch", "spec", "template", "spec", .key(field)]
            for container in root[at: path]?.items ?? [] {
                let isMain = container["name"]?.string == BackstageResource.mainContainer
                for item in container["env"]?.items ?? [] {
                    if isMain {
                        check(variable: item, list: "\(path) '\(BackstageResource.mainContainer)'", &report)
                    } else {
                        checkVerification(item, &report)
                    }
                }
            }
        }
    }

    private func check(variable item: YAMLNode, list: String, _ report: inout Report) {
        guard let name = item["name"]?.string, let position = item["name"]?.start else { return }
        checkVerification(item, &report)
        guard reserved.contains(name) else { return }
        let advice =
            name == "NODE_EXTRA_CA_CERTS"
            ? "Node reads one file only: add its certificates to the config's caFile, and take the variable out here."
            : "Take it out: the credentials Secret brings it."
        report.error("\(list) sets \(name), which would win over the credentials Secret", at: position, advice: advice)
    }

    private func checkVerification(_ item: YAMLNode, _ report: inout Report) {
        guard item["name"]?.string == "NODE_TLS_REJECT_UNAUTHORIZED", item["value"]?.scalar?.text == "0" else { return }
        report.warn(
            "NODE_TLS_REJECT_UNAUTHORIZED=0 makes Node accept any certificate, the new database's too", at: item.start,
            advice: "Take it out once everything that Backstage talks to has a certificate that it can check.")
    }

    /// A Secret or ConfigMap item with a key becomes `env`, which beats every `envFrom`.
    private func checkSecretItems(_ report: inout Report) {
        for kind in ["secrets", "configMaps"] {
            let path: YAMLPath = ["spec", "application", "extraEnvs", .key(kind)]
            let items = root[at: path]?.items ?? []
            for (index, item) in items.enumerated() {
                if let key = item["key"], let name = key.string, reserved.contains(name), reachesMainContainer(item) {
                    report.error(
                        "\(path) takes \(name) from '\(item["name"]?.string ?? "")', which would win over the credentials Secret",
                        at: key.start, advice: "Take the item out: the credentials Secret brings it.")
                }
                guard kind == "secrets", let name = item["name"], let text = name.string else { continue }
                if text == credentialsSecret, index != items.indices.last {
                    report.error(
                        "\(path) names '\(text)' before other Secrets; expected it last", at: name.start,
                        advice:
                            "The last Secret wins where two bring the same variable: move it to the end, or take it out."
                    )
                } else if text == backstage.sourceSecretName {
                    report.error(
                        "\(path) names '\(text)', the operator's own Secret", at: name.start,
                        advice: "Take it out: the cut-over adds the new database's Secret.")
                }
            }
        }
        guard let certificate else { return }
        let list = certificate.kind == .secret ? "secrets" : "configMaps"
        for item in root[at: ["spec", "application", "extraFiles", .key(list)]]?.items ?? [] {
            guard let name = item["name"], name.string == certificate.name else { continue }
            let isOurs =
                item["key"]?.string == certificate.key
                && (item["mountPath"]?.string ?? BackstageResource.defaultMountPath)
                    == BackstageResource.defaultMountPath
            guard !isOurs else { continue }
            report.error(
                "spec.application.extraFiles.\(list) names '\(certificate.name)' already, but not as the cut-over needs it",
                at: name.start,
                advice: "The operator fails on what is listed twice: take the item out, the cut-over adds it.")
        }
    }

    /// Whether an item's `containers` list, absent or not, takes it to the container that runs Backstage.
    private func reachesMainContainer(_ item: YAMLNode) -> Bool {
        guard let containers = item["containers"]?.items else { return true }
        return containers.contains { $0.string == "*" || $0.string == BackstageResource.mainContainer }
    }
}
