import YAMLTree

/// Refuses names that belong to the operator: it deletes or overwrites what bears them.
struct NameCheck {
    let backstage: BackstageResource

    func run(metadata: MetadataSection?, credentials: CredentialsSection?, _ report: inout Report) {
        if let name = metadata?.name {
            check(name.value.rawValue, at: name.position, key: "metadata.name", &report)
        }
        switch credentials?.choice {
        case .existing(let section):
            check(section.secretName.value.rawValue, at: section.secretName.position, key: "spec.credentials.existing.secretName", &report)
        case .plain(let section):
            guard let name = section.value.secretName else { break }
            check(name.value.rawValue, at: name.position, key: "spec.credentials.plain.secretName", &report)
        case nil: break
        }
    }

    private func check(_ name: String, at position: YAMLPosition, key: String, _ report: inout Report) {
        let taken = [
            backstage.localDatabaseName: "its own database", backstage.generatedSecretName: "its own database's Secret",
            "backstage-\(backstage.name)": "Backstage itself",
        ]
        guard let use = taken[name] else { return }
        report.error(
            "\(key) is '\(name)', the name that the operator uses for \(use)", at: position,
            advice: "An operator up to 1.9 deletes what bears it at every reconcile. Choose another name.")
    }
}
