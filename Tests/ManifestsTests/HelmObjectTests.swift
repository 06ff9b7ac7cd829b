import Manifests
import MigrationSpec
import SystemPackage
import TestSupport
import Testing
import YAMLTree

/// Values that stand in Flux's HelmRelease or in an Argo CD Application are edited there, and count as each engine says.
struct HelmObjectTests {
    private static func config(_ release: String, values: String, _ lines: String = "") -> String {
        """
        apiVersion: rehome.dev/v1alpha1
        kind: Migration
        metadata: {name: new-db, namespace: portal}
        spec:
          backstage: {helm: {release: \(release), values: \(values)}}
          target: {external: {host: db.example.com, tls: {mode: disabled}}}
          credentials: {existing: {secretName: new-creds}}
          migration: {image: registry.example.com/rehome-job:1}
          cutover: {mode: inPlace}
        \(lines)
        """
    }

    private static func release(_ spec: String) -> String {
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: rhdh, namespace: portal}\nspec:\n\(spec)"
    }

    private static func application(_ helm: String) -> String {
        """
        apiVersion: argoproj.io/v1alpha1
        kind: Application
        metadata: {name: rhdh, namespace: argocd}
        spec:
          destination: {namespace: portal}
          source:
            chart: backstage
            helm:
        \(helm)
        """
    }

    private func render(
        _ object: String, release: String = "rhdh", values: String = "[object.yaml]",
        with others: [String: String] = [:], _ lines: String = ""
    ) throws -> RenderedMigration {
        let config = Self.config(release, values: values, lines)
        let texts = others.merging(["rehome.yaml": config, "object.yaml": object]) { text, _ in text }
        let input = InputFiles(environment: [:]) { path throws(InputFiles.Failure) in
            guard let text = texts[path.string] else { throw .missing }
            return Array(text.utf8)
        }
        return try Renderer().render(["rehome.yaml"], with: MigrationLoader(files: input))
    }

    private func edited(_ object: String) throws -> String {
        let rendered = try render(object)
        let text = String(decoding: try #require(rendered.edits.first).new, as: UTF8.self)
        // Whatever is edited is edited once, and the tree stays as it is.
        let again = try render(text)
        #expect(again.edits.allSatisfy { $0.old == $0.new }, "\(text)")
        #expect(again.files == rendered.files)
        return text
    }

    private func problems(
        _ object: String, release: String = "rhdh", values: String = "[object.yaml]",
        with others: [String: String] = [:]
    ) -> [String] {
        do {
            return try render(object, release: release, values: values, with: others).warnings.map(\.description)
        } catch let error as ConfigError { return error.problems.map(\.description) } catch { return ["\(error)"] }
    }

    private func root(_ text: String, document: Int = 0) throws -> YAMLNode {
        try YAMLFile(parsing: text, name: "object.yaml").documents[document].root
    }

    // MARK: Flux

    @Test(arguments: [
        "  interval: 1h\n  values: {upstream: {}}\n",
        "  interval: 1h\n  values:\n    upstream: # ours\n      backstage: {}\n",
        "  interval: 1h\n  chart: {spec: {chart: redhat-developer-hub}}\n",
        "  chart: {spec: {chart: redhat-developer-hub}}\n  values:\n",
        "  chart: {spec: {chart: redhat-developer-hub}}\n  values: {}\n",
    ])
    func `a HelmRelease has its values changed, wherever they begin`(spec: String) throws {
        let text = try edited(Self.release(spec))
        let values = try root(text)[at: ["spec", "values", "upstream"]]
        #expect(values?[at: ["postgresql", "enabled"]]?.bool == false, "\(text)")
        #expect(values?[at: ["backstage", "extraEnvVarsSecrets", 0]]?.string == "new-creds")
        #expect(text.contains("# ours") == spec.contains("# ours"))
    }

    @Test func `of several documents the HelmRelease alone changes`() throws {
        let repository =
            "apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\nmetadata: {name: x}\nspec: {url: u}\n---\n"
        let text = try edited(repository + Self.release("  values: {upstream: {}}\n"))
        #expect(text.hasPrefix(repository))
        #expect(
            try root(text, document: 1)[at: ["spec", "values", "upstream", "postgresql", "enabled"]]?.bool == false)
    }

    @Test(arguments: [
        ("  targetNamespace: portal\n", "portal-rhdh"), ("  releaseName: hub\n", "hub"), ("", "rhdh"),
    ])
    func `the release is called what Flux calls it`(spec: String, name: String) throws {
        let object = Self.release(spec + "  values: {upstream: {}}\n")
        #expect(try render(object, release: name).migration.helm?.databaseName == "\(name)-postgresql")
        #expect(
            problems(object, release: "other")[0].hasPrefix(
                "rehome.yaml:5:31: error: spec.backstage.helm.release is 'other', and the HelmRelease 'rhdh' calls it '\(name)'"
            ))
    }

    // MARK: Argo CD

    @Test(arguments: [
        "      valuesObject: {upstream: {}}\n", "      values: |\n        upstream: {}   # ours\n",
        "      values: |-\n\n        # top\n        upstream:\n          backstage: {}\n",
        "      values: 'upstream: {}'\n",
        "      valuesObject: {upstream: {}}\n      values: 'upstream: {nameOverride: x}'\n",
    ])
    func `an Application has that changed of its values which counts`(helm: String) throws {
        let text = try edited(Self.application(helm))
        let source = try root(text)[at: ["spec", "source", "helm"]]
        var values = source?["valuesObject"]
        if values == nil {
            values = try YAMLFile(parsing: source?["values"]?.string ?? "", name: "").onlyDocument.root
        }
        #expect(values?[at: ["upstream", "postgresql", "enabled"]]?.bool == false, "\(text)")
        #expect(text.contains("# ours") == helm.contains("# ours") && text.contains("# top") == helm.contains("# top"))
        #expect(text.contains("nameOverride: x") == helm.contains("nameOverride: x"))
    }

    @Test func `a parameter that decides is what changes, and its neighbours stay`() throws {
        let text = try edited(
            Self.application(
                """
                      parameters:
                      - {name: upstream.postgresql.enabled, value: "true"}   # seen in the UI
                      - {name: upstream.backstage.replicas, value: "2"}
                      - name: orchestrator.enabled
                        value: "true"
                      - {name: orchestrator.sonataflowPlatform.externalDBPort, value: "5000"}
                """))
        let helm = try root(text)[at: ["spec", "source", "helm"]]
        #expect(helm?[at: ["parameters", 0, "value"]]?.string == "false")
        #expect(helm?[at: ["valuesObject", "upstream", "postgresql", "enabled"]] == nil)
        #expect(helm?[at: ["valuesObject", "orchestrator", "sonataflowPlatform", "externalDBHost"]] != nil)
        // Helm would take it for a number.
        #expect(helm?[at: ["parameters", 3]]?.value()["value"] == "5432")
        #expect(helm?[at: ["parameters", 3, "forceString"]]?.bool == true)
        #expect(text.contains("# seen in the UI"))
    }

    @Test(arguments: [
        "name: 'upstream.backstage.extraEnvVarsSecrets[0]', value: mine", "name: upstream.backstage, value: ''",
        "name: upstream.backstage.extraEnvVarsSecrets, value: '{a,b}'",
    ])
    func `a parameter that cannot say what is wanted is refused at its place`(parameter: String) {
        let object = Self.application("      parameters:\n      - {\(parameter)}\n      valuesObject: {upstream: {}}")
        let found = problems(object)
        #expect(
            found.first?.hasPrefix("object.yaml:10:9: ") == true
                && found.first?.contains("the parameter upstream.backstage") == true, "\(found)")
    }

    @Test func `what Argo CD would expand is doubled, and forced text becomes a value again`() throws {
        let text = try edited(
            Self.application(
                """
                      parameters:
                      - {name: upstream.backstage.appConfig.backend.database.connection.host, value: old-host}
                      - {name: upstream.postgresql.enabled, value: "true", forceString: true}
                """))
        let helm = try root(text)[at: ["spec", "source", "helm"]]
        #expect(helm?[at: ["parameters", 0, "value"]]?.string == "$${POSTGRES_HOST}")
        #expect(helm?[at: ["parameters", 1, "value"]]?.string == "false")
        #expect(helm?[at: ["parameters", 1, "forceString"]]?.bool == false)
    }

    @Test(arguments: [
        "{name: 'upstream.backstage.extraEnvVars[0].value', value: old-db}",
        "{name: upstream.postgresql.enabled, value: 'false'}\n      - {name: upstream.postgresql.enabled, value: 'true'}",
    ])
    func `parameters that hide what is used are refused`(parameters: String) {
        let found = problems(
            Self.application("      parameters:\n      - \(parameters)\n      valuesObject: {upstream: {}}"))
        #expect(found.contains { $0.contains("the parameter upstream.") }, "\(found)")
    }

    @Test func `an empty valuesObject counts, and values beside it do not`() {
        let text = "values: |\n        upstream: {postgresql: {enabled: true}}"
        let both = problems(Self.application("      valuesObject: {}\n      \(text)"))
        #expect(both.contains { $0.contains("nothing in the values says whether") }, "\(both)")
        #expect(problems(Self.application("      \(text)")).allSatisfy { !$0.contains("postgresql.enabled") })
    }

    @Test func `of several sources the chart's is meant`() throws {
        let object = """
            apiVersion: argoproj.io/v1alpha1
            kind: Application
            metadata: {name: rhdh}
            spec:
              sources:
              - {repoURL: x, ref: values}
              - {repoURL: y, chart: backstage, helm: {releaseName: hub, valuesObject: {upstream: {}}}}
            """
        let rendered = try render(object, release: "hub")
        let text = String(decoding: try #require(rendered.edits.first).new, as: UTF8.self)
        let path: YAMLPath = ["spec", "sources", 1, "helm", "valuesObject", "upstream", "postgresql", "enabled"]
        #expect(try root(text)[at: path]?.bool == false)
    }

    // MARK: ApplicationSets

    private static func set(
        _ helm: String, generators: String = "[{list: {elements: [{cluster: a}]}}]", more: String = ""
    )
        -> String
    {
        """
        apiVersion: argoproj.io/v1alpha1
        kind: ApplicationSet
        metadata: {name: portals, namespace: argocd}
        spec:
          goTemplate: true
          generators: \(generators)
          template:
            metadata: {name: 'rhdh-{{.cluster}}'}
            spec:
              destination: {namespace: portal}
              source:
                chart: backstage
                helm:
        \(helm)\(more)
        """
    }

    @Test(arguments: [
        "          valuesObject: {upstream: {}}   # ours\n",
        "          releaseName: rhdh\n          values: |\n            upstream: {}   # ours\n",
        "          parameters: [{name: upstream.postgresql.enabled, value: 'true'}]   # ours\n          valuesObject: {upstream: {}}\n",
    ])
    func `an ApplicationSet has its template's values changed`(helm: String) throws {
        let text = try edited(Self.set(helm))
        #expect(text.contains("# ours") && text.contains("'rhdh-{{.cluster}}'"))
        let source = try root(text)[at: ["spec", "template", "spec", "source", "helm"]]
        var values = source?["valuesObject"]
        if values == nil {
            values = try YAMLFile(parsing: source?["values"]?.string ?? "", name: "").onlyDocument.root
        }
        let parameter = source?[at: ["parameters", 0, "value"]]?.string
        #expect(values?[at: ["upstream", "postgresql", "enabled"]]?.bool == false || parameter == "false", "\(text)")
        #expect(values?[at: ["upstream", "backstage", "extraEnvVarsSecrets", 0]]?.string == "new-creds")
    }

    @Test func `an ApplicationSet that makes several, or patches its template, is told`() {
        let helm = "          valuesObject: {upstream: {}}\n"
        #expect(problems(Self.set(helm)).allSatisfy { !$0.contains("more than one Application") })
        let several = problems(Self.set(helm, generators: "[{clusters: {}}]"))
        #expect(
            several.contains {
                $0.hasPrefix(
                    "object.yaml:6:15: warning: the ApplicationSet 'portals' may make more than one Application")
            }, "\(several)")
        let patched = problems(Self.set(helm, more: "  templatePatch: |\n    spec: {}\n"))
        #expect(
            patched.contains { $0.hasPrefix("object.yaml:15:18: warning: ") && $0.contains("templatePatch") },
            "\(patched)")
    }

    // MARK: By hand

    @Test func `whoever changes an Application by hand is told of its parameters`() throws {
        func page(_ parameter: String) throws -> String {
            let object = Self.application(
                "      parameters:\n      - {\(parameter)}\n      valuesObject: {upstream: {}}")
            let config = Self.config("rhdh", values: "[object.yaml]").replacing("mode: inPlace", with: "mode: none")
            let input = InputFiles(environment: [:]) { path throws(InputFiles.Failure) in
                Array((path == "rehome.yaml" ? config : object).utf8)
            }
            return try Renderer().render(["rehome.yaml"], with: MigrationLoader(files: input)).files.text("README.md")
        }
        let text = try page("name: upstream.postgresql.enabled, value: 'true'")
        #expect(
            text.contains(
                "set `spec.source.helm.parameters[0].value` to `\"false\"`: the parameter `upstream.postgresql.enabled` counts more"
            ),
            "\(text)")
        #expect(throws: YAMLError.self) { try page("name: upstream.backstage.extraEnvVarsSecrets, value: '{a}'") }
    }

    // MARK: What Flux fills in

    @Test func `variables that Flux would fill in are told, or written as its own are`() throws {
        let helm = "  values: {upstream: {}}\n"
        #expect(
            problems(Self.release(helm)).contains {
                $0.hasPrefix("object.yaml:2:7: warning: the HelmRelease gains ${POSTGRES_PORT}")
            })
        let disabled = Self.release(helm).replacing(
            "namespace: portal}",
            with: "namespace: portal, annotations: {kustomize.toolkit.fluxcd.io/substitute: disabled}}")
        #expect(problems(disabled).allSatisfy { !$0.contains("postBuild") })
        let doubled = Self.release("  values: {upstream: {backstage: {appConfig: {a: '$${OWN}'}}}}\n")
        #expect(problems(doubled).allSatisfy { !$0.contains("postBuild") })
        #expect(try edited(doubled).contains("$${POSTGRES_HOST}"))
    }

    // MARK: What is told

    @Test func `places in a text of values are those of the file`() {
        let object = Self.application(
            "      values: |\n        upstream:\n          backstage:\n            appConfig:\n"
                + "              backend: {database: {connection: 'postgres://a@b/c'}}\n")
        let found = problems(object)
        #expect(
            found.contains { $0.hasPrefix("object.yaml:13:48: error: backend.database.connection names a server") },
            "\(found)")
    }

    @Test func `what cannot be meant is told at its place`() {
        let object = Self.release("  values: {upstream: {}}\n")
        let values = ["values.yaml": "upstream: {}\n"]
        #expect(
            problems(object, values: "[object.yaml, values.yaml]", with: values)[0].hasPrefix(
                "object.yaml:2:7: error: the values of Flux's HelmRelease 'rhdh' count more than those of any file"))
        #expect(problems(object, values: "[values.yaml, object.yaml]", with: values) == problems(object))
        let elsewhere = Self.release("  targetNamespace: other\n  releaseName: rhdh\n  values: {upstream: {}}\n")
        #expect(
            problems(elsewhere)[0].contains("metadata.namespace is 'portal', and the HelmRelease 'rhdh' installs into"))
        let more = Self.release("  valuesFrom: [{kind: Secret, name: x}]\n  values: {upstream: {}}\n")
        #expect(
            problems(more).contains {
                $0.hasPrefix("object.yaml:5:15: warning: the HelmRelease 'rhdh' has more values")
            })
        let files =
            "  chart: {spec: {chart: backstage, valuesFiles: [values.yaml, prod.yaml]}}\n  values: {upstream: {}}\n"
        #expect(
            problems(Self.release(files)).contains {
                $0.hasPrefix("object.yaml:5:49: warning: the HelmRelease 'rhdh' has more values")
            })
        #expect(
            problems("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {a: b}\n")[0].hasPrefix(
                "object.yaml:2:7: error: object.yaml: found ConfigMap of v1, expected values, or one HelmRelease"))
        #expect(
            problems(object + "---\n" + object)[0].hasPrefix(
                "object.yaml:8:7: error: object.yaml: found 2 that install a chart"))
        #expect(
            problems(Self.application("      values: 'a: [b'\n"))[0].hasPrefix("object.yaml:9:15: error: "))
    }

    @Test(arguments: [
        ("repoURL: https://redhat-developer.github.io/rhdh-chart, chart: backstage", true),
        ("repoURL: quay.io/rhdh, chart: chart", true),
        ("repoURL: https://github.com/redhat-developer/rhdh-chart, path: charts/backstage", true),
        ("repoURL: https://charts.openshift.io, chart: redhat-developer-hub", true),
        ("repoURL: https://backstage.github.io/charts, chart: backstage", false),
        ("repoURL: ghcr.io/backstage/charts, chart: backstage", false),
    ])
    func `the repository tells whose chart an Application installs`(source: String, isRHDH: Bool) throws {
        let object = Self.application("").replacing(
            "source:\n    chart: backstage\n    helm:\n", with: "source: {\(source)}\n")
        let lines = "  source: {server: {host: old.example.com, secretName: old-db, tls: {mode: disabled}}}\n"
        let rendered = try render(object, lines)
        #expect((rendered.migration.helm?.chart == .rhdh) == isRHDH)
        let text = String(decoding: try #require(rendered.edits.first).new, as: UTF8.self)
        let values = try root(text)[at: ["spec", "source", "helm", "valuesObject"]]
        #expect((values?["upstream"] != nil) == isRHDH && (values?["backstage"] != nil) != isRHDH, "\(text)")
    }

    @Test func `a HelmRelease's repository is looked for in its own file, and a mirror's does not tell`() throws {
        let spec =
            "  chart: {spec: {chart: backstage, sourceRef: {kind: HelmRepository, name: charts}}}\n  values: {global: {}}\n"
        let lines = "  source: {server: {host: old.example.com, secretName: old-db, tls: {mode: disabled}}}\n"
        @Sendable func file(_ url: String) -> String {
            Self.release(spec) + "---\nkind: HelmRepository\nmetadata: {name: charts}\nspec: {url: \(url)}\n"
        }
        #expect(try render(file("https://redhat-developer.github.io/rhdh-chart"), lines).migration.helm?.chart == .rhdh)
        #expect(throws: ConfigError.self) { try render(file("https://mirror.example.com"), lines) }
        let input = InputFiles(environment: [:]) { _ throws(InputFiles.Failure) in
            Array(file("https://mirror.example.com").utf8)
        }
        let reader = InstanceReader(files: input)
        #expect(try reader.values("object.yaml") == nil)
        #expect {
            try reader.read("object.yaml", name: nil, plugins: nil, appConfigs: [])
        } throws: {
            "\($0)".hasPrefix("object.yaml:2:7: error: nothing in the values says whether the chart is Red Hat")
        }
    }

    // MARK: What counts more than the values

    @Test(arguments: [
        ("upstream.backstage.appConfig", true), ("upstream.backstage", true), ("upstream.postgresql.enabled", true),
        ("upstream.backstage.extraVolumes[0]", true), ("upstream.ingress.annotations", false),
        ("upstream.backstage.podAnnotations", false),
    ])
    func `a parameter from a file is refused where it decides, and told where not`(name: String, decides: Bool) {
        let found = problems(
            Self.application(
                "      fileParameters:\n      - {name: '\(name)', path: files/x}\n      valuesObject: {upstream: {}}"))
        let start = "object.yaml:10:9: \(decides ? "error" : "warning"): the file parameter \(name) counts more"
        #expect(found.contains { $0.hasPrefix(start) }, "\(found)")
    }

    @Test(arguments: [("POSTGRES_HOST", "name POSTGRES_HOST"), ("LOG_LEVEL", "change what the chart makes")])
    func `what Flux does to the chart's objects is told`(variable: String, said: String) {
        let renderers =
            "  postRenderers:\n  - kustomize:\n      patches:\n      - patch: |\n          - op: add\n"
            + "            path: /spec/template/spec/containers/0/env/-\n            value: {name: \(variable), value: x}\n"
        let found = problems(Self.release(renderers + "  values: {upstream: {}}\n"))
        let start =
            "object.yaml:6:3: warning: the HelmRelease 'rhdh' has postRenderers, which \(said)"
        #expect(found.contains { $0.hasPrefix(start) }, "\(found)")
        #expect(
            !problems(Self.release("  postRenderers: []\n  values: {upstream: {}}\n")).contains {
                $0.contains("postRenderers")
            })
    }

    @Test(arguments: [
        (release("  suspend: true\n  values: {upstream: {}}\n"), "spec.suspend: true", "Flux"),
        (
            application("      valuesObject: {upstream: {}}").replacing(
                "metadata: {", with: "metadata: {annotations: {argocd.argoproj.io/skip-reconcile: 'true'}, "),
            "argocd.argoproj.io/skip-reconcile: true", "Argo CD"
        ),
    ])
    func `an object that its engine does not act on is told, and so the page says`(
        object: String, setting: String, engine: String
    ) throws {
        let found = problems(object)
        let words = "has '\(setting)', with which \(engine) does not act on a change of it"
        #expect(
            found.contains { $0.hasPrefix("object.yaml:") && $0.contains("warning: ") && $0.contains(words) },
            "\(found)")
        let text = try render(object).files.text("README.md")
        #expect(text.contains("Nothing happens until somebody takes `\(setting)` out of the "))
    }

    @Test(arguments: [
        ("kustomize.toolkit.fluxcd.io/reconcile: disabled", "with which Flux never applies it"),
        ("argocd.argoproj.io/hook: Sync", "with which Argo CD deletes it and makes it anew"),
    ])
    func `what keeps an engine from applying the object is told at its place`(annotation: String, outcome: String) {
        for object in [
            Self.release("  values: {upstream: {}}\n"), Self.application("      valuesObject: {upstream: {}}"),
        ] {
            let found = problems(object.replacing("metadata: {", with: "metadata: {annotations: {\(annotation)}, "))
            #expect(
                found.contains {
                    $0.hasPrefix("object.yaml:3:") && $0.contains("warning: the ") && $0.contains(outcome)
                },
                "\(found)")
            #expect(!problems(object).contains { $0.contains("with which") })
        }
    }

    @Test func `copy renders the object as it should be, whole`() throws {
        let object = "# head\n" + Self.release("  values: {upstream: {}}   # ours\n")
        let config = Self.config("rhdh", values: "[object.yaml]").replacing("mode: inPlace", with: "mode: copy")
        let input = InputFiles(environment: [:]) { path throws(InputFiles.Failure) in
            Array((path == "rehome.yaml" ? config : object).utf8)
        }
        let rendered = try Renderer().render(["rehome.yaml"], with: MigrationLoader(files: input))
        #expect(rendered.edits.isEmpty)
        let text = try rendered.files.text("values/helmrelease-rhdh.yaml")
        #expect(text.hasPrefix("# head\napiVersion: helm") && text.hasSuffix("# ours\n"))
        #expect(try root(text)[at: ["spec", "values", "upstream", "postgresql", "enabled"]]?.bool == false)
    }

    @Test(arguments: [
        release("  values: {upstream: {}}\n"), application("      values: 'backstage: {}'\n"),
    ])
    func `init recognises the object, and what it says of itself`(object: String) throws {
        let input = InputFiles(environment: [:]) { _ throws(InputFiles.Failure) in Array(object.utf8) }
        let release = try #require(try InstanceReader(files: input).values("object.yaml"))
        let text = ConfigDraft(release, files: .init(backstage: "object.yaml"), target: .external).text
        let spec = try YAMLFile(parsing: text, name: "").onlyDocument.root
        #expect(spec[at: ["metadata", "namespace"]]?.string == "portal")
        #expect(spec[at: ["spec", "backstage", "helm", "release"]]?.string == "rhdh")
        #expect(spec[at: ["spec", "cutover", "mode"]]?.string == "inPlace")
    }
}
