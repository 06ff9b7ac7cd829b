import YAMLTree

/// Reports labels and annotations that a kustomization gives all objects, and that Argo CD or Flux obey.
extension NeighbouringKustomization {
    func checkMarks(of objects: KustomizedObjects, _ report: inout Report) {
        for (part, node) in marks {
            EngineAnnotations(
                sentence: "\(name) gives \(objects.subject)", labels: part == .labels ? node : nil,
                annotations: part == .annotations ? node : nil, engine: objects.engine, isChanged: objects.isChanged
            ).run(&report)
            guard part == .annotations else { continue }
            checkWave(in: node, objects.engine, &report)
        }
    }

    private enum Part { case labels, annotations }

    /// The labels and annotations of kustomize's own fields, and of transformers that do the same.
    private var marks: [(Part, YAMLNode)] {
        // Flux's Kustomization has them in `commonMetadata`.
        let common = root["commonMetadata"]
        let labels = [root["commonLabels"], common?["labels"]] + (root["labels"]?.items ?? []).map { $0["pairs"] }
        let own =
            labels.compactMap { $0 }.map { (Part.labels, $0) }
            + [root["commonAnnotations"], common?["annotations"]].compactMap { $0 }.map { (Part.annotations, $0) }
        let transformed = (root["transformers"]?.items ?? []).flatMap { item in
            // Positions in an inline text or another file are none in this file.
            ((try? readEither(item)) ?? []).map { $0.placed(at: item.start) }
        }
        return own
            + transformed.filter(Self.reachesBackstage).compactMap { content in
                switch content["kind"]?.string {
                case "LabelTransformer": content["labels"].map { (Part.labels, $0) }
                case "AnnotationsTransformer": content["annotations"].map { (Part.annotations, $0) }
                default: nil
                }
            }
    }

    /// Whether a transformer's `fieldSpecs`, which select the fields that it changes, may select the CR's metadata.
    private static func reachesBackstage(_ transformer: YAMLNode) -> Bool {
        guard let fields = transformer["fieldSpecs"]?.items, !fields.isEmpty else { return true }
        return fields.contains { field in
            (field["kind"]?.string ?? "Backstage") == "Backstage"
                && field["path"]?.string?.hasPrefix("metadata/") ?? true
        }
    }

    /// Whether it lists rendered stages, directly or by another kustomization.
    private var listsStages: Bool {
        let below = listed.compactMap { files.nearby.kustomization(in: $0, files) }
        return below.contains { file in
            file.isGenerated
                || file.listed.contains { files.nearby.kustomization(in: $0, files)?.isGenerated ?? false }
        }
    }

    /// Warns of a sync wave for everything that it lists: rendered stages among it would lose their order.
    private func checkWave(in annotations: YAMLNode, _ engine: Migration.Engine?, _ report: inout Report) {
        if case .flux? = engine { return }
        let key = "argocd.argoproj.io/sync-wave"
        guard let node = annotations[key], let text = node.scalar?.text, listsStages else { return }
        report.warn(
            "\(name) gives all that it lists '\(key): \(text)', and Argo CD takes that for one wave", at: node.start,
            advice: "Take it out, or keep the rendered folder out of what it lists: the stages have waves of their own."
        )
    }
}
