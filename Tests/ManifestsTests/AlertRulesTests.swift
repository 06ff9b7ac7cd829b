import Manifests
import MigrationReport
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

    @Test(arguments: [
        ", alerts: true", ", alerts: true, pod: {env: [{name: REHOME_PUSHGATEWAY, value: \"http://push:9091\"}]}",
    ])
    func `the object is one that Prometheus' operator takes, and its expressions are about metrics that there are`(
        more: String
    ) throws {
        func keys(_ value: YAMLValue?) -> Set<String> {
            guard case .mapping(let mapping)? = value else { return [] }
            return Set(mapping.map(\.key))
        }
        let object = try files(more).files.object("2-copy/prometheusrule-")
        #expect(object["apiVersion"] == "monitoring.coreos.com/v1" && object["kind"] == "PrometheusRule")
        let groups = try #require(object["spec"]?["groups"]?.items)
        try #require(groups.count == 1 && keys(object["spec"]) == ["groups"])
        #expect(keys(groups[0]) == ["name", "rules"] && groups[0]["name"]?.string?.isEmpty == false)
        let rules = try #require(groups[0]["rules"]?.items)
        #expect(rules.count == (more.contains("PUSHGATEWAY") ? 4 : 3))
        for rule in rules {
            let name = try #require(rule["alert"]?.string)
            #expect(keys(rule) == ["alert", "expr", "for", "labels", "annotations"], "\(name)")
            #expect(name.wholeMatch(of: #/[A-Z][A-Za-z]+/#) != nil)
            // A duration without a unit is none.
            #expect(rule["for"]?.string?.wholeMatch(of: #/([0-9]+(ms|s|m|h|d))+/#) != nil, "\(name)")
            #expect(rule["labels"]?["migration"] == "db", "\(name)")
            #expect(["critical", "warning"].contains(rule["labels"]?["severity"]?.string), "\(name)")
            #expect(keys(rule["annotations"]) == ["summary", "description"], "\(name)")
            // Prometheus takes two braces in a text for a template.
            let texts = keys(rule["annotations"]).compactMap { rule["annotations"]?[$0]?.string }
            #expect(texts.allSatisfy { !$0.isEmpty && !$0.contains("{{") }, "\(name)")
            let expression = try PromQLText(#require(rule["expr"]?.string))
            #expect(!expression.metrics.isEmpty && expression.functions.isSubset(of: ["max", "time"]), "\(expression)")
            for (metric, labels) in expression.metrics {
                let known = try #require(Self.labels[metric], "\(metric)")
                #expect(labels.isSubset(of: known) && !labels.isEmpty, "\(metric)")
            }
        }
        #expect(Set(rules.compactMap { $0["alert"]?.string }).count == rules.count)
    }

    /// The labels of each metric: those of kube-state-metrics that the rules may read (its page job-metrics.md), and those
    /// that the Job pushes, with the labels that it pushes them by.
    private static let labels: [String: Set<String>] = {
        let ofJob: Set = ["namespace", "job_name"]
        let ofKubernetes = [
            "kube_job_failed": ofJob.union(["condition"]), "kube_job_status_active": ofJob,
            "kube_job_status_failed": ofJob.union(["reason"]), "kube_job_status_start_time": ofJob,
        ]
        let pushed = Metrics.text(RunState(), at: 0, exitCode: 0).matches(of: #/(?m)^# TYPE ([a-z_]+) gauge$/#).map {
            (String($0.1), Set(["job", "namespace", "instance"]))
        }
        return ofKubernetes.merging(pushed) { $1 }
    }()

    @Test(arguments: [
        "max(a{b=\"c\"}", "a{b=\"c}", "a{b=\"c\")", "max a) > 0", "a{b=c} > 0", "a{b=\"c\"} >", "> 1", "a b",
    ])
    func `an expression that Prometheus would refuse is none`(text: String) {
        #expect(throws: PromQLText.Failure.self) { try PromQLText(text) }
    }
}

/// An expression of PromQL, as far as ours go: comparisons, `and`, differences, calls, numbers, and metrics with labels.
private struct PromQLText {
    struct Failure: Error { var message: String }

    /// The names of labels by which each metric is chosen.
    private(set) var metrics: [String: Set<String>] = [:]
    private(set) var functions: Set<String> = []
    private var tokens: ArraySlice<String> = []

    init(_ text: String) throws {
        let pattern = #/\s*([A-Za-z_:][A-Za-z0-9_:]*|[0-9.]+|"(?:[^"\\]|\\.)*"|[=!><]=|=~|!~|[-+*\/(){},=<>])/#
        var (rest, found) = (text[...], [String]())
        while let match = rest.prefixMatch(of: pattern) {
            found.append(String(match.1))
            rest = rest[match.range.upperBound...]
        }
        guard rest.isEmpty else { throw Failure(message: "no PromQL: \(rest)") }
        tokens = found[...]
        try expression()
        guard tokens.isEmpty else { throw Failure(message: "left over: \(tokens)") }
    }

    private mutating func expression() throws {
        try operand()
        while let next = tokens.first,
            ["and", "or", "unless", "==", "!=", ">", "<", ">=", "<=", "+", "-"].contains(next)
        {
            tokens.removeFirst()
            try operand()
        }
    }

    private mutating func operand() throws {
        guard let first = tokens.popFirst() else { throw Failure(message: "an operand is missing") }
        if first == "(" {
            try expression()
            return try expect(")")
        }
        if Double(first) != nil { return }
        guard first.first.map({ $0.isLetter || $0 == "_" }) == true else { throw Failure(message: "found \(first)") }
        if tokens.first == "(" {
            functions.insert(first)
            tokens.removeFirst()
            if tokens.first != ")" { try expression() }
            return try expect(")")
        }
        metrics[first, default: []].formUnion(try labels())
    }

    private mutating func labels() throws -> Set<String> {
        guard tokens.first == "{" else { return [] }
        tokens.removeFirst()
        var names: Set<String> = []
        repeat {
            guard let name = tokens.popFirst(), names.insert(name).inserted else { throw Failure(message: "no label") }
            try expect("=")
            guard tokens.popFirst()?.hasPrefix("\"") == true else { throw Failure(message: "\(name) is no text") }
        } while tokens.first == "," && tokens.popFirst() != nil
        try expect("}")
        return names
    }

    private mutating func expect(_ token: String) throws {
        guard tokens.popFirst() == token else { throw Failure(message: "\(token) is missing") }
    }
}
