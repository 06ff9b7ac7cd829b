import YAMLTree

/// What a kustomization writes on all objects alike, and an engine obeys.
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

    /// Those of kustomize's own fields, and of transformers that do the same.
    private var marks: [(Part, YAMLNode)] {
        // Flux's object has them in a field of its own.
        let common = root["commonMetadata"]
        let labels = [root["commonLabels"], common?["labels"]] + (root["labels"]?.items ?? []).map { $0["pairs"] }
        let own =
            labels.compactMap { $0 }.map { (Part.labels, $0) }
            + [root["commonAnnotations"], common?["annotations"]].compactMap { $0 }.map { (Part.annotations, $0) }
        let transformed = (root["transformers"]?.items ?? []).flatMap { item in
            // A text, or a file, has lines of its own.
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

    /// Whether a transformer's `fieldSpecs`, which say what it writes on, may mean the CR's own metadata.
    private static func reachesBackstage(_ transformer: YAMLNode) -> Bool {
        guard let fields = transformer["fieldSpecs"]?.items, !fields.isEmpty else { return true }
        return fields.contains { field in
            (field["kind"]?.string ?? "Backstage") == "Backstage"
                && field["path"]?.string?.hasPrefix("metadata/") ?? true
        }
    }

    /// Whether it lists what was rendered, or what lists that.
    private var listsStages: Bool {
        let below = listed.compactMap { files.nearby.kustomization(in: $0, files) }
        return below.contains { file in
            file.isGenerated
                || file.listed.contains { files.nearby.kustomization(in: $0, files)?.isGenerated ?? false }
        }
    }

    /// One wave for all that it lists is none for the stages, if they are among that.
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
