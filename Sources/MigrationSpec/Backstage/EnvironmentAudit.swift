import YAMLTree

/// Checks the variables and the command of Backstage's container for what would keep it from the new database.
struct EnvironmentAudit {
    let backstage: BackstageResource
    /// The manifests that are at hand.
    let objects: [ManifestObject]
    /// The certificate authorities' file, as Backstage's container sees it; `nil` where the target has no TLS.
    let certificatePath: String?
    let credentialsSecret: String?
    /// Whether the config names files with app-configs.
    let hasAppConfigs: Bool
    /// Whether Backstage goes back to the local database.
    let goesBack: Bool

    func run(_ report: inout Report) {
        VariableAudit(certificatePath: certificatePath, goesBack: goesBack).run(
            backstage.environment(with: objects, besides: credentialsSecret), &report)
        Self.checkArguments(
            of: backstage.patchesOfMainContainer, in: "\(BackstageResource.patchedContainers)",
            hasAppConfigs: hasAppConfigs, &report)
    }

    /// Checks `command` and `args`. They replace those of the image, and with them the app-configs that its `--config`
    /// names. A shell in them may set variables.
    ///
    /// - Parameters:
    ///   - place: the list of the containers, for messages.
    ///   - hasAppConfigs: whether the config names files with app-configs.
    static func checkArguments(
        of containers: [YAMLNode], in place: String, hasAppConfigs: Bool, _ report: inout Report
    ) {
        for container in containers {
            let words = (container["command"]?.items ?? []) + (container["args"]?.items ?? [])
            for word in words {
                guard let name = word.scalar.flatMap({ VariableAudit.assigned(in: $0.text) }) else { continue }
                report.warn(
                    "\(place) starts '\(BackstageResource.mainContainer)' with a command that sets \(name)",
                    at: word.start,
                    advice: "What it sets wins over the new database's Secret: take it out when Backstage moves.")
            }
            guard !hasAppConfigs, let word = unreadConfig(among: words) else { continue }
            report.warn(
                "\(place) starts '\(BackstageResource.mainContainer)' with app-configs of its own, which were not looked at",
                at: word.start,
                advice:
                    "Name them in spec.backstage.appConfigFiles: a backend.database in one would win over the new database's "
                    + "Secret.")
        }
    }

    /// App-configs that the operator's manifest and the image name too, so that naming them changes nothing.
    private static let knownConfigs = [
        "dynamic-plugins-root/app-config.dynamic-plugins.yaml", "app-config.yaml", "app-config.example.yaml",
        "app-config.example.production.yaml",
    ]

    /// The first word that names another app-config: after `--config`, with it, or in a shell's line.
    private static func unreadConfig(among words: [YAMLNode]) -> YAMLNode? {
        for (index, word) in words.enumerated() {
            guard let text = word.scalar?.text, let option = text.firstRange(of: "--config") else { continue }
            guard option.lowerBound == text.startIndex, !text.contains(" ") else { return word }
            let isLast = index + 1 == words.count
            let name = text == "--config" ? isLast ? nil : words[index + 1].scalar?.text : String(text.dropFirst(9))
            if !knownConfigs.contains(name ?? "") { return word }
        }
        return nil
    }
}
