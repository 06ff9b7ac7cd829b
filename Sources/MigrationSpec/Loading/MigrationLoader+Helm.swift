import SystemPackage
import YAMLTree

extension MigrationLoader {
    /// The release, from its values files.
    func release(
        _ section: Located<HelmSection>, namespace: String?, credentialsSecret: String?, _ spec: SpecSection,
        _ report: inout Report
    ) -> HelmRelease? {
        let (names, name) = (section.value.values, section.value.release)
        if name.value.rawValue.utf8.count > HelmRelease.longestName {
            report.error(
                "spec.backstage.helm.release has \(name.value.rawValue.utf8.count) characters, and Helm takes no more than "
                    + "\(HelmRelease.longestName)",
                at: name.position, advice: "Write the name that helm list shows.")
        }
        let files = names.value.enumerated().compactMap { index, name -> HelmValues? in
            let path = path(of: Located(value: name, position: names.position))
            let file = yaml(
                path, at: names.position, role: "spec.backstage.helm.values, '\(path)',",
                advice: "Names are relative to the file they stand in.", &report)
            return file.flatMap { values(in: $0, section, isLast: index == names.value.count - 1, &report) }
        }
        guard files.count == names.value.count else { return nil }
        let release = HelmRelease(
            chart: section.value.chart, name: name.value.rawValue, namespace: namespace,
            files: files, fileNames: names.value.map(\.rawValue),
            credentialsSecret: credentialsSecret, savedSecret: spec.cutover?.savedSecret?.value.rawValue,
            sourceHost: spec.source?.value.server.host.value.rawValue)
        if release == nil {
            report.error(
                "spec.backstage.helm.values holds no values", at: names.position,
                advice: "Name the files that helm is given with -f; without any: helm get values RELEASE > values.yaml."
            )
        }
        guard let release else { return nil }
        let signs = HelmChartSigns(root: release.root, object: release.object)
        signs.checkLayout(&report)
        if section.value.chart == nil, signs.isKnownLayout {
            signs.checkKnown(
                names.position, advice: "Set spec.backstage.helm.chart to rhdh or backstage.", &report)
        }
        if let chart = section.value.chart, signs.isKnownLayout {
            let problems = report.problems.count
            signs.checkNamed(
                chart, at: section.position, advice: "Take spec.backstage.helm.chart out: the values tell.", &report)
            guard report.problems.count == problems else { return nil }
        }
        // In values that no known chart reads, further checks would report what is not so.
        guard signs.isKnownLayout, section.value.chart ?? signs.chart != nil else { return nil }
        if let object = release.object {
            check(object, section, namespace: namespace, &report)
            check(object.fileParameters, of: object, below: release.prefix, &report)
            checkKustomizations(of: object, in: names, spec, &report)
        }
        return release
    }

    /// Reports what kustomizations and engines' objects change in the object that installs the chart.
    private func checkKustomizations(
        of object: HelmObject, in names: Located<[FileName]>, _ spec: SpecSection, _ report: inout Report
    ) {
        guard let name = names.value.last else { return }
        let objects = KustomizedObjects(
            object, engine: spec.engine?.engine, isChanged: spec.cutover?.mode.value != CutoverMode.none)
        var found = Report()
        let path = path(of: Located(value: name, position: names.position))
        Kustomizations(of: path, in: files).check(objects, &found)
        for problem in found.problems {
            let isAboutTheCR = problem.advice?.contains("spec.backstage.file") ?? false
            report.add(
                problem.severity, problem.message, at: problem.position,
                advice: isAboutTheCR
                    ? "See that it sets no value that has to do with the database. Or write what is made of it into a file, and "
                        + "name that in spec.backstage.helm.values."
                    : problem.advice)
        }
    }

    /// The values in a file, or in the HelmRelease or Application that the file holds.
    private func values(
        in file: YAMLFile, _ section: Located<HelmSection>, isLast: Bool, _ report: inout Report
    ) -> HelmValues? {
        let objects = file.objects
        guard let first = objects.first(where: { !$0.apiVersion.isEmpty && !$0.kind.isEmpty }) else {
            return HelmValues(file: file)
        }
        let all = objects.compactMap { HelmObject($0) }
        let wanted = section.value.release.value.rawValue
        let named = all.filter { $0.release == wanted }
        guard let object = named.count == 1 ? named.first : all.first, all.count == 1 || named.count == 1 else {
            let found = all.isEmpty ? first.title : "\(all.count) that install a chart"
            report.error(
                "\(file.name): found \(found), expected values, or one HelmRelease of Flux, Application or ApplicationSet of Argo CD",
                at: (all.dropFirst().first?.object ?? first).start,
                advice: all.count > 1
                    ? "Let spec.backstage.helm.release be the name of the one that installs Backstage, or leave one in the file."
                    : "Of an Application with several sources, one must have a chart; an ApplicationSet must have it in its template."
            )
            return nil
        }
        guard isLast else {
            report.error(
                "the values of \(object.kind.engine)'s \(object.kind.rawValue) '\(object.name)' count more than those of any file",
                at: object.object.start, advice: "Name its file last in spec.backstage.helm.values.")
            return nil
        }
        do throws(YAMLError) { return try HelmValues(object) } catch {
            report.error(error)
            return nil
        }
    }

    /// Checks that the config and the engine's object say the same about the release.
    private func check(
        _ object: HelmObject, _ section: Located<HelmSection>, namespace: String?, _ report: inout Report
    ) {
        let (release, title) = (section.value.release, "\(object.kind.rawValue) '\(object.name)'")
        if let own = object.release, own != release.value.rawValue {
            report.error(
                "spec.backstage.helm.release is '\(release.value)', and the \(title) calls it '\(own)'",
                at: release.position, advice: "Names of Services and Secrets are made from it: set it to that.")
        }
        if let own = object.namespace, let namespace, own != namespace {
            report.error(
                "metadata.namespace is '\(namespace)', and the \(title) installs into '\(own)'",
                at: release.position, advice: "Everything must be in the release's namespace: set it to that.")
        }
        check(object.parameters, &report)
        if let generators = object.multiplyingGenerators {
            report.warn(
                "the \(title) may make more than one Application, and an edit of its template moves them all",
                at: generators.start,
                advice:
                    "The Job moves one instance's databases. If there are more, give this one an Application of its own first."
            )
        }
        if let patch = object.templatePatch {
            report.warn(
                "the \(title) has a templatePatch, which counts more than the template and was not looked at",
                at: patch.start, advice: "See that it sets no value that has to do with the database.")
        }
        if let renderers = object.postRenderers {
            let found = VariableAudit.named(in: renderers)
            report.warn(
                "the \(title) has postRenderers, which \(found.map { "name \($0)" } ?? "change what the chart makes")",
                at: renderers.start,
                advice:
                    "They were not applied here: see that they give Backstage's container no variable of the database's."
            )
        }
        guard let others = object.otherValues, section.value.values.value.count == 1 else { return }
        report.warn(
            "the \(title) has more values than its own, which were not looked at", at: others.start,
            advice:
                "Name their files before it in spec.backstage.helm.values, so that a database or a list in them is found."
        )
    }

    /// Refuses parameters of list items, which no other check here would see, and parameters that are given twice: it
    /// is not known which one Argo CD takes.
    private func check(_ parameters: [HelmParameter], _ report: inout Report) {
        var seen: Set<YAMLPath> = []
        for parameter in parameters {
            if !seen.insert(parameter.path).inserted {
                report.error(
                    "the parameter \(parameter.path) is given twice", at: parameter.node.start,
                    advice: "Argo CD takes one of them: leave that one.")
            }
            let setsItem = parameter.path.components.contains { if case .index = $0 { true } else { false } }
            guard setsItem, parameter.path.components.prefix(2).contains(.key("backstage")) else { continue }
            report.error(
                "the parameter \(parameter.path) sets an item of a list, and Backstage's lists are looked at as a whole",
                at: parameter.node.start, advice: "Move the list into valuesObject, and take the parameter out.")
        }
    }

    /// Refuses parameters from files of the chart that win over decisive values, since those files are not here.
    private func check(
        _ parameters: [(path: YAMLPath, node: YAMLNode)], of object: HelmObject, below prefix: YAMLPath,
        _ report: inout Report
    ) {
        let lists = [
            "appConfig", "extraAppConfig", "extraEnvVars", "extraEnvVarsCM", "extraEnvVarsSecrets", "extraVolumes",
        ]
        let decisive =
            [prefix + ["postgresql"], ["orchestrator"], prefix + ["backstage", "extraVolumeMounts"]]
            + lists.map { prefix + ["backstage", .key($0)] }
        for parameter in parameters {
            let own = parameter.path.components
            let meets = decisive.contains { own.starts(with: $0.components) || $0.components.starts(with: own) }
            let sentence = "the file parameter \(parameter.path) counts more than the values"
            guard meets else {
                report.warn(
                    sentence + ", and its file was not looked at", at: parameter.node.start,
                    advice: "See that it sets nothing that has to do with the database.")
                continue
            }
            report.error(
                sentence + ", and decides which database is Backstage's", at: parameter.node.start,
                advice: "Move what the file says into valuesObject, and take the parameter out.")
        }
    }

    func appConfigs(_ section: BackstageSection?, _ report: inout Report) -> [YAMLFile] {
        guard let names = section?.appConfigFiles else { return [] }
        return names.value.compactMap { name in
            let path = path(of: Located(value: name, position: names.position))
            return yaml(
                path, at: names.position, role: "spec.backstage.appConfigFiles, '\(path)',",
                advice: "Names are relative to the file they stand in.", &report)
        }
    }
}
