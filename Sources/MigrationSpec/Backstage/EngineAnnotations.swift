import YAMLTree

/// Finds labels and annotations by which an engine ignores an object, deletes it, or applies it too early.
struct EngineAnnotations {
    /// The beginning of each message: "the Backstage CR has".
    let sentence: String
    let labels: YAMLNode?
    let annotations: YAMLNode?
    let engine: Migration.Engine?
    /// Whether the cut-over changes the object. Otherwise a person does, and problems are only warnings.
    let isChanged: Bool
    /// Whether deleting the object deletes the old database.
    var takesDatabase = true

    func run(_ report: inout Report) {
        if case .argocd? = engine {} else { checkFlux(&report) }
        if case .flux? = engine {} else { checkArgoCD(&report) }
    }

    // MARK: Flux

    private static let flux = "kustomize.toolkit.fluxcd.io"
    private static let stays = "Backstage would stay on the old database: take it out."
    private static let goes = "The old database would go with it: take it out."

    /// kustomize-controller reads labels too, and ignores case (fluxcd/pkg, `ssa`: `AnyInMetadata`).
    private func checkFlux(_ report: inout Report) {
        let words = [
            ("reconcile", "disabled", "never applies it", Self.stays),
            ("ssa", "Ignore", "never applies it", Self.stays),
            ("ssa", "IfNotPresent", "leaves it as it is once it is there", Self.stays),
            ("force", "enabled", "deletes it and makes it anew where a change of it is refused", Self.goes),
        ]
        for part in [annotations, labels] {
            for (key, value, outcome, advice) in words where takesDatabase || advice != Self.goes {
                guard let node = part?["\(Self.flux)/\(key)"], node.scalar?.text.lowercased() == value.lowercased()
                else { continue }
                add(
                    "\(sentence) '\(Self.flux)/\(key): \(value)', with which Flux \(outcome)", at: node.start,
                    advice: advice, &report)
            }
        }
    }

    // MARK: Argo CD

    /// Argo CD obeys Helm's annotation like its own. It deletes a hook and makes it anew at each sync, unless another
    /// annotation says otherwise. With the CR, or with the release, the old database would be deleted.
    private func checkArgoCD(_ report: inout Report) {
        for key in ["argocd.argoproj.io/hook", "helm.sh/hook"] {
            guard let node = annotations?[key], let text = node.scalar?.text, !text.isEmpty else { continue }
            let outcome =
                text == "Skip" ? "never applies it" : "deletes it and makes it anew at each sync, and not in its wave"
            add(
                "\(sentence) '\(key)', with which Argo CD \(outcome)", at: node.start,
                advice: "Take it out: the waves bring everything in its order.", &report)
        }
        guard let node = annotations?["argocd.argoproj.io/sync-options"], let text = node.scalar?.text else { return }
        let options = text.split(separator: ",").map { String($0.filter { $0 != " " }) }
        guard takesDatabase, ["Force=true", "Replace=true"].allSatisfy(options.contains) else { return }
        add(
            "\(sentence) the sync options Force=true and Replace=true, with which Argo CD deletes it and makes it anew",
            at: node.start, advice: "The old database would go with it: take Force=true out.", &report)
    }

    /// Refuses what the named engine would do; warns of what another might.
    private func add(_ message: String, at position: YAMLPosition, advice: String, _ report: inout Report) {
        report.add(engine != nil && isChanged ? .error : .warning, message, at: position, advice: advice)
    }
}

extension EngineAnnotations {
    /// For the labels and annotations of the object itself.
    ///
    /// - Parameter title: the object, as the beginning of a sentence.
    init(
        of object: ManifestObject, title: String, engine: Migration.Engine?, isChanged: Bool, takesDatabase: Bool = true
    ) {
        let metadata = object.root["metadata"]
        self.init(
            sentence: "\(title) has", labels: metadata?["labels"], annotations: metadata?["annotations"],
            engine: engine, isChanged: isChanged, takesDatabase: takesDatabase)
    }
}
