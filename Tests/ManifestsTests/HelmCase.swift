import Manifests
import MigrationSpec
import SystemPackage
import TestSupport
import YAMLTree

/// A release whose values, or engine's object, are those given.
struct HelmCase {
    /// The one file of values, or with an engine's object in it.
    var file: String
    var tls = false
    var release = "portal"
    /// More lines of the config's `spec`.
    var lines = ""

    private var config: String {
        let trust = tls ? "{mode: verify-full, caFile: ca.pem}" : "{mode: disabled}"
        return """
            apiVersion: rehome.dev/v1alpha1
            kind: Migration
            metadata: {name: new-db, namespace: portal}
            spec:
              backstage: {helm: {release: \(release), values: [values.yaml]}}
              target: {external: {host: db.example.com, tls: \(trust)}}
              credentials: {existing: {secretName: new-creds}}
              migration: {image: registry.example.com/rehome-job:1}
            \(lines)
            """
    }

    func rendered() throws -> RenderedMigration {
        let ca = try Checkout.folder.appending("examples/external/ca.pem").text()
        let texts = ["rehome.yaml": config, "values.yaml": file, "ca.pem": ca]
        let input = InputFiles(environment: [:]) { path throws(InputFiles.Failure) in
            guard let text = texts[path.string] else { throw .missing }
            return Array(text.utf8)
        }
        return try Renderer().render(["rehome.yaml"], with: MigrationLoader(files: input))
    }

    /// But for the one that a config without TLS earns.
    func problems() -> [String] {
        do {
            return try rendered().warnings.map(\.description).filter {
                !$0.contains("TLS to the target is switched off")
            }
        } catch let error as ConfigError {
            return error.problems.map(\.description)
        } catch { return ["\(error)"] }
    }

    /// The values that are given last.
    func extra() throws -> YAMLValue { try rendered().files.object("values/cutover") }
    func runbook() throws -> String { try rendered().files.text("README.md") }

    /// The file as an in-place phase leaves it; a second time changes nothing.
    func edited(_ phase: String = "phase: migrate") throws -> String {
        var edited = self
        edited.lines = "  \(phase)\n  cutover: {mode: inPlace}\n"
        let first = try edited.rendered()
        edited.file = first.edits.first.map { String(decoding: $0.new, as: UTF8.self) } ?? file
        let again = try edited.rendered()
        guard again.edits.allSatisfy({ $0.old == $0.new }), again.files == first.files else {
            throw UnstableEdit(file: edited.file)
        }
        return edited.file
    }

    private struct UnstableEdit: Error { var file: String }

    static let flux = """
        apiVersion: helm.toolkit.fluxcd.io/v2
        kind: HelmRelease
        metadata: {name: portal, namespace: portal}
        spec:
          values:

        """

    /// An Application that Argo CD syncs by itself.
    static func argocd(_ values: String, chart: String = "chart: backstage") -> String {
        """
        apiVersion: argoproj.io/v1alpha1
        kind: Application
        metadata: {name: portal, namespace: argocd}
        spec:
          destination: {namespace: portal}
          syncPolicy: {automated: {prune: true}}
          source:
            \(chart)
            helm:
              valuesObject: \(values)
        """
    }
}
