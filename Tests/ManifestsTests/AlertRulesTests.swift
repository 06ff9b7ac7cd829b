import Manifests
import MigrationSpec
import SystemPackage
import Testing
import YAMLTree

/// Alert rules and the log's format, both off unless asked for.
struct AlertRulesTests {
    private func files(_ more: String) throws -> RenderedMigration {
        let config = """
            apiVersion: rehome.dev/v1alpha1
            kind: Migration
            metadata: {name: db, namespace: portal}
            spec:
              backstage: {file: cr.yaml}
              target: {external: {host: h.example.com, tls: {mode: disabled}}}
              credentials: {existing: {secretName: s}}
              migration: {image: i\(more)}
            """
        let cr = "apiVersion: rhdh.redhat.com/v1alpha4\nkind: Backstage\nmetadata: {name: bs1}\nspec: {}\n"
        let input = InputFiles(environment: [:]) { path throws(InputFiles.Failure) in
            Array((path == "rehome.yaml" ? config : cr).utf8)
        }
        return try Renderer().render(["rehome.yaml"], with: MigrationLoader(files: input))
    }

    private func variables(_ rendered: RenderedMigration) throws -> [YAMLValue] {
        let pod = try rendered.files.object("2-copy/job-")["spec"]?["template"]?["spec"]
        return pod?["containers"]?[0]?["env"]?.items ?? []
    }

    @Test func `nothing is rendered unless it is asked for`() throws {
        let plain = try files("")
        #expect(!plain.files.contains { $0.path.contains("prometheusrule") })
        #expect(try !variables(plain).contains { $0["name"] == "REHOME_LOG_FORMAT" })
        #expect(
            try variables(try files(", logFormat: json")).contains(["name": "REHOME_LOG_FORMAT", "value": "json"]))
    }

    @Test func `the clean-up takes the rules away, where there are any`() throws {
        func page(_ more: String) throws -> String {
            try files("\(more)}\n  phase: done\n  cutover: {savedSecret: saved").files.text("README.md")
        }
        #expect(
            try page(", alerts: true").contains(
                "delete serviceaccounts,roles,rolebindings,prometheusrules.monitoring.coreos.com -l"))
        #expect(try !page("").contains("prometheusrules"))
    }

    @Test(arguments: [("", "180s"), (", maxFence: 5m", "420s")])
    func `where the Job pushes metrics, a fence that stands for too long wakes somebody`(limit: String, time: String)
        throws
    {
        let pushing = ", alerts: true, pod: {env: [{name: REHOME_PUSHGATEWAY, value: \"http://push:9091\"}]}"
        func rule(_ more: String) throws -> YAMLValue? {
            let files = try files(more).files
            let path = try #require(files.first { $0.path.contains("/prometheusrule-") }?.path)
            let rules = try files.object(path)["spec"]?["groups"]?[0]?["rules"]?.items ?? []
            return rules.first { $0["alert"] == "RehomeFenceStands" }
        }
        let fence = try #require(try rule(pushing + limit))
        #expect(fence["for"]?.string == time)
        #expect(fence["expr"] == "max(rehome_fenced{namespace=\"portal\",instance=\"bs1\"}) == 1")
        // The fence is meant to stand for the whole copy, or there is none.
        #expect(try rule(pushing + ", precopy: false") == nil)
        #expect(try rule(pushing + ", fence: false") == nil)
        // The fence may stand for as long as it takes.
        #expect(try rule(pushing + ", maxFence: 0s") == nil)
        #expect(try rule(pushing + "}\n  phase: prepare\n  cutover: {mode: none") == nil)
    }

    @Test func `the rules are about the very Job that stands beside them`() throws {
        let rendered = try files(", alerts: true")
        let job = try #require(try rendered.files.object("2-copy/job-")["metadata"]?["name"]?.string)
        let rules = try rendered.files.object("2-copy/prometheusrule-")["spec"]?["groups"]?[0]?["rules"]?.items ?? []
        #expect(rules.map { $0["alert"] } == ["RehomeJobFailed", "RehomePodFailed", "RehomeJobNearDeadline"])
        for rule in rules {
            #expect(rule["expr"]?.string?.contains("namespace=\"portal\",job_name=\"\(job)\"") == true)
            #expect(rule["annotations"]?["description"]?.string?.hasSuffix(".") == true)
        }
        #expect(
            try rendered.files.object("2-copy/kustomization.yaml")["resources"]?.items?.contains(
                "prometheusrule-db-copy.yaml") == true)
        // What reads the Job only must not make another of it.
        #expect(try files("").files.object("2-copy/job-")["metadata"]?["name"]?.string == job)
        #expect(try TreeRules(rendered.migration, files: rendered.files).violations() == [])
    }
}
