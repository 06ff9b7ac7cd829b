import YAMLTree

/// Looks in a Backstage CR for what would keep it from reaching the new database.
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
        checkOtherContainers(&report)
        checkSource(&report)
        checkOrder(&report)
        checkOldSecrets(&report)
        if let certificate { checkCertificate(certificate, &report) }
        if usesTLS { checkOtherReaders(&report) }
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
        let path = BackstageResource.enableLocalDb
        guard let node = root[at: path], !node.isNull else { return }
        guard let isEnabled = node.resolved(.yaml11)?.bool else {
            report.error("\(path): found \(node.kind), expected true or false", at: node.start)
            return
        }
        // A CR that names our Secret has been through a cut-over, which set this.
        guard !isEnabled, readsLocalDatabase, !namesCredentials else { return }
        let secret = backstage.items(.extraEnvs, .secrets).last { $0.key == nil && $0.reachesBackstage }?.name
        report.error(
            "\(path) is false already, so Backstage is on a server of its own, and spec.source is missing",
            at: node.start,
            advice:
                "Name that server in the config: spec.source.server with host, tls, and in secretName the Secret with "
                + "its role\(secret.map { ", '\($0)' perhaps" } ?? "").")
    }

    private var namesCredentials: Bool {
        backstage.items(.extraEnvs, .secrets).contains { $0.name == credentialsSecret }
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

    // MARK: Secrets

    /// Refuses Secrets after the new one: where two have the same variable, the last one wins.
    private func checkOrder(_ report: inout Report) {
        let items = backstage.items(.extraEnvs, .secrets).filter { $0.key == nil && $0.reachesBackstage }
        guard let place = items.lastIndex(where: { $0.name == credentialsSecret }), place != items.indices.last else {
            return
        }
        // The cut-over replaces the operator's own Secret by this one, so those do not count.
        let later = items[(place + 1)...].filter { !backstage.localSecretNames.contains($0.name ?? "") }
        let item = items[place]
        guard !later.isEmpty else { return }
        report.error(
            "\(item.list) names '\(item.name ?? "")' before other Secrets; expected it last",
            at: item.node["name"]?.start ?? item.node.start,
            advice: "The last Secret wins where two bring the same variable: move it to the end"
                + (item.reachesOthers ? "." : ", or take it out."))
    }

    /// Reports keys that would be missing: the cut-over replaces the operator's own Secret by the new database's, which
    /// lacks some of its keys.
    private func checkOldSecrets(_ report: inout Report) {
        for section in [ExtraItem.Section.extraEnvs, .extraFiles] {
            for item in backstage.items(section, .secrets) {
                guard let name = item.name, backstage.localSecretNames.contains(name), let key = item.key,
                    !DatabaseSecret.shared.contains(key)
                else { continue }
                report.error(
                    "\(item.list) takes \(key) from '\(name)', the local database's Secret; the new database's has no such key",
                    at: item.node["key"]?.start ?? item.node.start,
                    advice: "Let what reads it read POSTGRES_USER and POSTGRES_PASSWORD.")
            }
        }
    }

    private func checkCertificate(_ certificate: CertificateReference, _ report: inout Report) {
        guard case .unfit(let item) = backstage.certificateItem(certificate) else { return }
        let other = item.reachesOthers ? ", and its containers with 'backstage-backend' among them" : ""
        report.error(
            "\(item.list) names '\(certificate.name)' already, but not the file '\(certificate.key)' that Backstage needs of it",
            at: item.node["name"]?.start ?? item.node.start,
            advice: backstage.version.hasItemMountPath
                ? "The operator fails on what is listed twice: give the item a mountPath and no key\(other), and all of "
                    + "its files are there."
                : "The operator fails on what is listed twice: put that other file into an object of its own.")
    }

    // MARK: Other containers

    private func checkOtherContainers(_ report: inout Report) {
        for container in patchedContainers where container["name"]?.string != BackstageResource.mainContainer {
            for item in container["env"]?.items ?? []
            where item["name"]?.string == "NODE_TLS_REJECT_UNAUTHORIZED" && item["value"]?.scalar?.text == "0" {
                report.warn(
                    "NODE_TLS_REJECT_UNAUTHORIZED=0 makes Node accept any certificate, the new database's too",
                    at: item.start,
                    advice:
                        "Take it out once everything that the container talks to has a certificate that it can check.")
            }
        }
    }

    /// Warns of containers that read the database's Secret by themselves: they do not get the files that Backstage
    /// gets.
    private func checkOtherReaders(_ report: inout Report) {
        for container in patchedContainers {
            guard let name = container["name"], name.string != BackstageResource.mainContainer,
                name.string != BackstageResource.doorContainer
            else { continue }
            let sources = (container["envFrom"]?.items ?? []).map { $0[at: ["secretRef", "name"]] }
            let values = (container["env"]?.items ?? []).map { $0[at: ["valueFrom", "secretKeyRef", "name"]] }
            let readers = backstage.localSecretNames.union([credentialsSecret].compactMap { $0 })
            guard (sources + values).contains(where: { $0?.string.map(readers.contains) ?? false }) else { continue }
            warnReader("the container '\(name.string ?? "")'", at: name.start, &report)
        }
        for item in backstage.items(.extraEnvs, .secrets) where item.reachesOthers {
            guard let name = item.node["name"], let text = item.name,
                text == credentialsSecret || backstage.localSecretNames.contains(text), !mountsCertificate(item)
            else { continue }
            warnReader("\(item.list): what '\(text)' reaches beside Backstage", at: name.start, &report)
        }
    }

    private func warnReader(_ reader: String, at position: YAMLPosition, _ report: inout Report) {
        report.warn(
            "\(reader) reads the database's Secret, but not the new database's certificate authorities", at: position,
            advice:
                "If it checks certificates, mount \(certificate?.description ?? "") into it and name the file "
                + "in its own settings; NODE_EXTRA_CA_CERTS leads to a file that only Backstage has.")
    }

    /// Whether the containers that an item reaches get the certificate by another item.
    private func mountsCertificate(_ item: ExtraItem) -> Bool {
        guard let certificate else { return true }
        switch backstage.certificateItem(certificate) {
        case .present(let mount), .elsewhere(let mount): return mount.reachesOthers
        case .missing, .unfit: return false
        }
    }

    private var patchedContainers: [YAMLNode] {
        ["containers", "initContainers"].flatMap { field in
            root[at: ["spec", "deployment", "patch", "spec", "template", "spec", .key(field)]]?.items ?? []
        }
    }
}

/// The keys of a database's Secret.
public enum DatabaseSecret {
    /// Keys that the local database's Secret and the new one both have.
    public static let shared: Set = ["POSTGRES_HOST", "POSTGRES_PORT", "POSTGRES_USER", "POSTGRES_PASSWORD"]
    /// Keys that only the new one has.
    public static let added: Set = ["PGSSLMODE", "NODE_EXTRA_CA_CERTS"]
}
