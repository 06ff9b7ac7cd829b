import MigrationSpec
import Testing

/// What on the CR tells an engine to leave it alone, or to apply it before the copy.
struct EngineAnnotationTests {
    private static let flux = "  engine: {flux: {source: s, path: out}}\n"
    private static let argocd = "  engine: {argocd: {repoURL: 'https://git.example.com/x.git', path: out}}\n"

    private func messages(_ annotation: String, in part: String = "annotations", config: String) -> [String] {
        var fixture = Fixture().replacing(
            inBackstage: "  name: portal\n", with: "  name: portal\n  \(part): {\(annotation)}\n")
        fixture.config += config
        return (fixture.errors.isEmpty ? fixture.warnings : fixture.errors).map {
            $0.prefix { $0 != "\n" }.description
        }
    }

    @Test(arguments: [
        ("kustomize.toolkit.fluxcd.io/reconcile: disabled", "with which Flux never applies it"),
        ("kustomize.toolkit.fluxcd.io/ssa: Ignore", "with which Flux never applies it"),
        ("kustomize.toolkit.fluxcd.io/ssa: ifnotpresent", "with which Flux leaves it as it is once it is there"),
    ])
    func `Flux that is to leave it alone is refused, or told where no engine is named`(line: String, outcome: String) {
        for part in ["annotations", "labels"] {
            let found = messages(line, in: part, config: Self.flux)
            #expect(
                found.count == 1 && found[0].hasPrefix("backstage.yaml:5:")
                    && found[0].contains(": error: the Backstage CR has"))
            #expect(found.first?.hasSuffix(outcome) == true, "\(found)")
        }
        let unknown = messages(line, config: "")
        #expect(unknown.count == 1 && unknown[0].contains(": warning: "), "\(unknown)")
        #expect(messages(line, config: Self.argocd) == [])
    }

    @Test(arguments: [
        ("argocd.argoproj.io/hook: PreSync", "deletes it and makes it anew at each sync, and not in its wave"),
        ("argocd.argoproj.io/hook: Skip", "never applies it"),
        ("helm.sh/hook: pre-upgrade", "deletes it and makes it anew at each sync, and not in its wave"),
        ("argocd.argoproj.io/sync-options: 'Replace=true, Force=true'", "deletes it and makes it anew"),
    ])
    func `a hook of Argo CD's, or one that is made anew, is refused or told`(line: String, outcome: String) {
        let found = messages(line, config: Self.argocd)
        #expect(found.count == 1 && found[0].contains(": error: the Backstage CR has"), "\(found)")
        #expect(found.first?.hasSuffix("with which Argo CD \(outcome)") == true, "\(found)")
        let unknown = messages(line, config: "")
        #expect(unknown.count == 1 && unknown[0].contains(": warning: "), "\(unknown)")
        #expect(messages(line, config: Self.flux) == [])
    }

    @Test(arguments: [
        "kustomize.toolkit.fluxcd.io/ssa: Merge", "kustomize.toolkit.fluxcd.io/prune: disabled",
        "argocd.argoproj.io/sync-options: 'ServerSideApply=true,Replace=true'", "argocd.argoproj.io/sync-wave: '-5'",
        "argocd.argoproj.io/compare-options: IgnoreExtraneous",
    ])
    func `what leaves the CR to its engine is fine`(line: String) {
        for config in [Self.flux, Self.argocd, ""] { #expect(messages(line, config: config) == []) }
    }

    @Test func `the dynamic plugins' ConfigMap is looked at where it changes`() {
        let list =
            "---\nkind: ConfigMap\nmetadata: {name: dp, annotations: {kustomize.toolkit.fluxcd.io/ssa: Ignore}}\ndata:\n"
            + "  dynamic-plugins.yaml: |\n    plugins: [{package: a, dependencies: [{ref: REF}]}]\n"
        func errors(_ reference: String) -> [String] {
            let cr = Fixture.backstage.replacing(
                "  application:\n", with: "  application:\n    dynamicPluginsConfigMapName: dp\n")
            var fixture = Fixture().with("backstage.yaml", cr + list.replacing("REF", with: reference))
            fixture.config += Self.flux
            return fixture.errors
        }
        #expect(errors("sonataflow").count == 1)
        #expect(errors("sonataflow").first?.contains("error: the ConfigMap 'dp' has") == true)
        #expect(errors("other") == [])
    }
}
