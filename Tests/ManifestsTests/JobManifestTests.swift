import JobContract
import Manifests
import MigrationSpec
import Testing
import YAMLTree

struct JobManifestTests {
    @Test func `the Job is never retried by Kubernetes for what a person must mend, and an eviction does not count`()
        throws
    {
        let job = try Example.statefulSet.files().object("2-copy/job-")
        let rules = try #require(job["spec"]?["podFailurePolicy"]?["rules"]?.items)
        #expect(rules[0]["action"]?.string == "Ignore")
        #expect(rules[0]["onPodConditions"]?[0]?["type"]?.string == "DisruptionTarget")
        #expect(rules[1]["action"]?.string == "FailJob")
        let codes = rules[1]["onExitCodes"]?["values"]?.items?.compactMap(\.int)
        #expect(codes == ExitStatus.neverRetry.map { Int($0.rawValue) })
        #expect(
            rules[1]["onExitCodes"]?["containerName"] == job["spec"]?["template"]?["spec"]?["containers"]?[0]?["name"])
        #expect(job["spec"]?["template"]?["spec"]?["restartPolicy"]?.string == "Never")
        #expect(job["spec"]?["ttlSecondsAfterFinished"] == nil)
        #expect(job["spec"]?["suspend"] == nil)
    }

    @Test(arguments: Example.allCases)
    func `the Job's environment is one that rehome-job understands`(example: Example) throws {
        let files = try example.files()
        let container = try files.object("2-copy/job-")["spec"]?["template"]?["spec"]?["containers"]?[0]
        let items = try #require(container?["env"]?.items)
        var environment: [String: String] = [:]
        for item in items {
            let name = try #require(item["name"]?.string)
            let key = item["valueFrom"]?["secretKeyRef"]?["key"]?.string
            environment[name] = item["value"]?.string ?? (key == "POSTGRES_PORT" ? "5432" : "from a Secret")
        }
        let settings = try JobSettings(environment: environment)
        let migration = try example.migration()
        #expect(settings.namespace == migration.namespace)
        #expect(settings.instance == migration.instance)
        #expect(settings.exclude.map(\.string) == migration.copy.exclude)
        #expect(settings.emptyDatabases == ["backstage_plugin_orchestrator"])
        #expect(settings.target.tls == .verifyFull)
        #expect(settings.source.tls == .disable)
        #expect(settings.gate == .job)
        #expect(container?["args"] == ["migrate"])
    }

    @Test(arguments: [Phase.prepare, .migrate])
    func `a Job that is applied before its servers asks for them again before it fails`(phase: Phase) throws {
        var migration = try Example.statefulSet.migration()
        migration.phase = phase
        let job = try Renderer().render(migration).object(phase == .prepare ? "2-rehearsal/job-" : "2-copy/job-")
        let items = job["spec"]?["template"]?["spec"]?["containers"]?[0]?["env"]?.items
        let patience = items?.first { $0["name"]?.string == "REHOME_CONNECT_PATIENCE" }?["value"]?.string
        #expect((60...120).contains(try #require(patience.flatMap { Int($0) })))
    }

    @Test func `no password is written anywhere but in its Secret`() throws {
        let migration = try Example.statefulSet.migration()
        guard case .plain(_, let password) = migration.credentials.source else {
            Issue.record("the example's password is not plain")
            return
        }
        let holders = try Example.statefulSet.files().filter {
            String(decoding: $0.bytes, as: UTF8.self).contains(password)
        }
        #expect(holders.map(\.path) == ["1-database/secret-portal-db-credentials.yaml"])
    }

    @Test func `the source's credentials are optional, the target's are not`() throws {
        let container = try Example.external.files().object("2-copy/job-")["spec"]?["template"]?["spec"]?[
            "containers"]?[0]
        for item in try #require(container?["env"]?.items) {
            guard let reference = item["valueFrom"]?["secretKeyRef"] else { continue }
            let isSource = item["name"]?.string?.hasPrefix("REHOME_SOURCE_") ?? false
            #expect(reference["optional"]?.bool == (isSource ? true : nil))
            #expect(reference["name"]?.string == (isSource ? "backstage-psql-secret-portal" : "portal-db-credentials"))
        }
    }

    @Test func `another plan is another Job with the same receipt, another generation another receipt`() throws {
        var migration = try Example.statefulSet.migration()
        func names() throws -> (job: String?, receipt: String?) {
            let job = try Renderer().render(migration).object("2-copy/job-")
            let items = job["spec"]?["template"]?["spec"]?["containers"]?[0]?["env"]?.items
            let receipt = items?.first { $0["name"]?.string == "REHOME_RECEIPT_NAME" }?["value"]?.string
            return (job["metadata"]?["name"]?.string, receipt)
        }
        let first = try names()
        migration.copy.workers += 1
        let second = try names()
        migration.copy.generation += 1
        let third = try names()
        #expect(first.job != second.job)
        #expect(first.receipt == second.receipt)
        #expect(second.receipt != third.receipt)
        let name = try #require(first.job)
        #expect(name.hasPrefix("portal-db-copy-") && name.utf8.count == "portal-db-copy-1-".utf8.count + 10)
    }

    @Test func `the Job may make, read and change its receipt and no other ConfigMap`() throws {
        let files = try Example.statefulSet.files()
        let rules = try #require(files.object("2-copy/role-")["rules"]?.items)
        try #require(rules.count == 1)
        #expect(rules[0]["resources"] == ["configmaps"] && rules[0]["verbs"] == ["get", "create", "patch"])
        #expect(rules[0]["resourceNames"]?.items?.count == 1)
        let text = try files.text("3-cutover/backstage-developer-portal.yaml")
        #expect(text.contains(try #require(rules[0]["resourceNames"]?[0]?.string)))
    }

    @Test func `with a report the Job may also leave that one, and the name is the one that it is told`() throws {
        var migration = try Example.statefulSet.migration()
        migration.copy.report = true
        let files = try Renderer().render(migration)
        let rules = try #require(files.object("2-copy/role-")["rules"]?.items)
        try #require(rules.count == 1)
        #expect(rules[0]["apiGroups"] == [""] && rules[0]["resources"] == ["configmaps"])
        #expect(rules[0]["verbs"] == ["get", "create", "patch"])
        let container = try files.object("2-copy/job-")["spec"]?["template"]?["spec"]?["containers"]?[0]
        let receipt = try #require(
            container?["env"]?.items?.first { $0["name"] == "REHOME_RECEIPT_NAME" }?["value"]?.string)
        #expect(rules[0]["resourceNames"] == [.string(receipt), .string("\(receipt)-report")])
        #expect(container?["env"]?.items?.contains(["name": "REHOME_REPORT", "value": "on"]) == true)
        // Nothing else of the tree may touch a ConfigMap, and nothing has rights in the whole cluster.
        let roles = files.filter { $0.path.contains("/role-") || $0.path.contains("/clusterrole") }
        #expect(roles.map(\.path) == files.filter { $0.path.hasPrefix("2-copy/role-") }.map(\.path))
    }

    @Test func `without a Job at the gate there is no account, no role and no token`() throws {
        var migration = try Example.statefulSet.migration()
        migration.gate = .manual
        let files = try Renderer().render(migration)
        let pod = try files.object("2-copy/job-")["spec"]?["template"]?["spec"]
        #expect(pod?["automountServiceAccountToken"]?.bool == false)
        #expect(pod?["serviceAccountName"] == nil)
        #expect(!files.contains { $0.path.contains("role") || $0.path.contains("serviceaccount") })
        #expect(try files.text("3-cutover/backstage-developer-portal.yaml").contains("-receipt-"))
    }

    @Test func `several pods share the work of one Indexed Job, of which a rehearsal and a tool have one`() throws {
        var migration = try Example.statefulSet.migration()
        let one = try Renderer().render(migration).object("2-copy/job-")["spec"]
        #expect(one?["parallelism"] == 1 && one?["completions"] == 1 && one?["completionMode"] == nil)
        migration.copy.parallelism = 3
        let files = try Renderer().render(migration)
        let spec = try files.object("2-copy/job-")["spec"]
        #expect(spec?["parallelism"] == 3 && spec?["completions"] == 3 && spec?["completionMode"] == "Indexed")
        #expect(spec?["podFailurePolicy"] == one?["podFailurePolicy"])
        let environment = spec?["template"]?["spec"]?["containers"]?[0]?["env"]
        #expect(environment?.items?.contains(["name": "REHOME_PODS", "value": "3"]) == true)
        let tool = try files.object("tools/status.yaml")["spec"]
        #expect(tool?["parallelism"] == 1 && tool?["completionMode"] == nil)
        migration.phase = .prepare
        #expect(try Renderer().render(migration).object("2-rehearsal/job-")["spec"]?["parallelism"] == 1)
    }

    @Test func `autoscalers and sidecars keep away from the Job`() throws {
        let annotations = try Example.statefulSet.files().object("2-copy/job-")["spec"]?["template"]?["metadata"]?[
            "annotations"]
        #expect(annotations?["cluster-autoscaler.kubernetes.io/safe-to-evict"] == "false")
        #expect(annotations?["karpenter.sh/do-not-disrupt"] == "true")
        #expect(annotations?["sidecar.istio.io/inject"] == "false")
        #expect(annotations?["linkerd.io/inject"] == "disabled")
    }

    @Test func `an account and variables of the site's own take their places, and ours still win`() throws {
        var migration = try Example.statefulSet.migration()
        migration.copy.pod.serviceAccountName = "site"
        migration.copy.pod.env = [["name": "REHOME_WORKERS", "value": "9"], ["name": "TZ", "value": "UTC"]]
        let files = try Renderer().render(migration)
        let pod = try files.object("2-copy/job-")["spec"]?["template"]?["spec"]
        #expect(pod?["serviceAccountName"] == "site")
        let workers = pod?["containers"]?[0]?["env"]?.items?.filter { $0["name"] == "REHOME_WORKERS" }
        #expect(workers?.last?["value"] == "4")
        #expect(pod?["containers"]?[0]?["env"]?.items?.contains { $0["name"] == "TZ" } == true)
        #expect(!files.contains { $0.path.contains("serviceaccount-") })
        let binding = try files.object("2-copy/rolebinding-")
        #expect(binding["subjects"]?[0]?["name"] == "site")
        #expect(binding["roleRef"]?["name"] == (try files.object("2-copy/role-"))["metadata"]?["name"])
    }

    @Test func `network policies come on request, with what the Job needs and nothing more`() throws {
        var migration = try Example.statefulSet.migration()
        #expect(try !Renderer().render(migration).contains { $0.path.hasPrefix("2-copy/networkpolicy") })
        migration.networkPolicies = true
        let files = try Renderer().render(migration)
        let spec = try files.object("2-copy/networkpolicy-")["spec"]
        let labels = try files.object("2-copy/job-")["spec"]?["template"]?["metadata"]?["labels"]
        for entry in spec?["podSelector"]?["matchLabels"]?.mapping ?? [:] { #expect(labels?[entry.key] == entry.value) }
        #expect(spec?["ingress"] == [])
        let ports = spec?["egress"]?.items?.flatMap { $0["ports"]?.items ?? [] }.compactMap { $0["port"]?.int }
        #expect(ports.map(Set.init) == [53, 5353, 5432, 443, 6443])
        migration.gate = .manual
        let manual = try Renderer().render(migration).object("2-copy/networkpolicy-")["spec"]?["egress"]?.items
        #expect(manual?.count == 2)
        let database = try files.object("1-database/networkpolicy-")["spec"]
        let server = try files.object("1-database/statefulset-")["spec"]?["template"]?["metadata"]?["labels"]
        for entry in database?["podSelector"]?["matchLabels"]?.mapping ?? [:] {
            #expect(server?[entry.key] == entry.value)
        }
        #expect(database?["ingress"]?.items?.count == 1)
    }

    @Test func `a pod's settings reach the Job and the database, and never a selector's labels`() throws {
        let settings = """
            {imagePullPolicy: Always, imagePullSecrets: [registry], nodeSelector: {disk: fast}, tolerations: [{operator: Exists}], \
            affinity: {nodeAffinity: {}}, priorityClassName: high, runtimeClassName: kata, \
            labels: {team: platform, app.kubernetes.io/name: mine}, annotations: {linkerd.io/inject: enabled, note: "1"}}
            """
        let config = try #require(
            try? InputFiles.disk(environment: [:]).read(Example.statefulSet.config))
        let text = String(decoding: config, as: UTF8.self)
            .replacing("  migration:\n", with: "  migration:\n    pod: \(settings)\n")
            .replacing("      storage: 20Gi\n", with: "      storage: 20Gi\n      pod: \(settings)\n")
        let files = try Renderer().render(try Example.statefulSet.migration(config: text))
        for prefix in ["2-copy/job-", "1-database/statefulset-"] {
            let template = try files.object(prefix)["spec"]?["template"]
            let pod = template?["spec"]
            #expect(pod?["containers"]?[0]?["imagePullPolicy"] == "Always")
            #expect(pod?["imagePullSecrets"] == [["name": "registry"]])
            #expect(pod?["nodeSelector"] == ["disk": "fast"])
            #expect(pod?["tolerations"] == [["operator": "Exists"]])
            #expect(pod?["affinity"] == ["nodeAffinity": [:]])
            #expect(pod?["priorityClassName"] == "high" && pod?["runtimeClassName"] == "kata")
            #expect(template?["metadata"]?["labels"]?["team"] == "platform")
            #expect(template?["metadata"]?["annotations"]?["note"] == "1")
            #expect(template?["metadata"]?["annotations"]?["linkerd.io/inject"] == "enabled")
        }
        let database = try files.object("1-database/statefulset-")["spec"]?["template"]?["metadata"]?["labels"]
        #expect(database?["app.kubernetes.io/name"] == "postgresql")
    }
}
