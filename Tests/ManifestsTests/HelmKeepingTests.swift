import Manifests
import MigrationSpec
import TestSupport
import Testing
import YAMLTree

/// What becomes of the chart's own database, which Helm deletes as soon as the values have it no more.
struct HelmKeepingTests {
    private static let orchestrator = "upstream: {}\norchestrator: {enabled: true}"

    private func order(_ words: [String], in text: String) -> [String] {
        let places = words.map { word in (word, text.firstRange(of: word)?.lowerBound) }
        let missing = places.filter { $0.1 == nil }.map { "missing: \($0.0)" }
        guard missing.isEmpty else { return missing }
        return zip(places, places.dropFirst()).compactMap { one, next in
            guard let first = one.1, let second = next.1 else { return nil }
            return first < second ? nil : "\(one.0) after \(next.0)"
        }
    }

    private func stageThree(of migration: HelmCase) throws -> String {
        let text = try migration.runbook()
        let start = try #require(text.firstRange(of: "## 3.")).lowerBound
        return String(text[start...])
    }

    // MARK: The orchestrator's schemas

    /// The operator calls them by its own names at a Service, and the chart's template by others at a host.
    @Test func `the orchestrator's schemas get the names that the chart asks for, before its values are applied`()
        throws
    {
        let stage = try stageThree(of: HelmCase(file: Self.orchestrator))
        #expect(
            order(
                [
                    "annotate --overwrite", "`sonataflow-platform-data-index-service` becomes `data-index-service`",
                    "tools/rename-schemas.yaml", "/portal-create-s(f-db-|onataflow-database)", "helm -n portal upgrade",
                ], in: stage) == [])
        let tool = try HelmCase(file: Self.orchestrator).rendered().files.object("tools/rename-schemas.yaml")
        let arguments = tool["spec"]?["template"]?["spec"]?["containers"]?[0]?["args"]
        #expect(
            arguments == [
                "rename-schemas", "--database", "sonataflow", "sonataflow-platform-data-index-service",
                "data-index-service", "sonataflow-platform-jobs-service", "jobs-service",
            ])
    }

    @Test func `on the way back the schemas get their own names again`() throws {
        let back = HelmCase(file: Self.orchestrator, lines: "  phase: rollback\n  rollback: {step: cutoverBack}\n")
        let tool = try back.rendered().files.object("tools/rename-schemas.yaml")
        #expect(
            tool["spec"]?["template"]?["spec"]?["containers"]?[0]?["args"]?.items?.dropFirst(3).first
                == "data-index-service")
        let text = try back.runbook()
        #expect(
            order(
                [
                    "`data-index-service` becomes `sonataflow-platform-data-index-service`",
                    "/portal-create-s(f-db-|onataflow-database)", "helm -n portal upgrade",
                ], in: text) == [])
    }

    @Test(arguments: [
        "upstream: {}",
        "upstream: {}\norchestrator: {enabled: true, serverlessLogicOperator: {enabled: false}}",
    ])
    func `without an orchestrator of the chart's nothing is renamed`(values: String) throws {
        let rendered = try HelmCase(file: values).rendered()
        #expect(!rendered.files.contains { $0.path.contains("rename-schemas") })
        #expect(try !rendered.files.text("README.md").contains("create-s(f-db"))
    }

    /// From one server to another the chart's template says the same on both sides.
    @Test func `between two servers of the team's no schema is renamed`() throws {
        let source = "  source: {server: {host: old.example.com, secretName: old-db, tls: {mode: disabled}}}\n"
        let values = "upstream: {postgresql: {enabled: false}}\norchestrator: {enabled: true}"
        let rendered = try HelmCase(file: values, lines: source).rendered()
        #expect(!rendered.files.contains { $0.path.contains("rename-schemas") })
        #expect(try rendered.files.text("README.md").contains("/portal-create-s(f-db-|onataflow-database)"))
    }

    // MARK: In which order

    @Test(arguments: [
        HelmCase.argocd("{upstream: {}}"), HelmCase.flux + "    {upstream: {}}\n",
        HelmCase.argocd("{upstream: {}, orchestrator: {enabled: true}}"),
    ])
    func `an object that its engine acts on at once is committed after the database was told to stay`(object: String)
        throws
    {
        let migration = HelmCase(file: object, lines: "  cutover: {mode: inPlace}\n")
        let text = try migration.runbook()
        #expect(!text.contains("commit them together with this folder"), "\(text)")
        #expect(
            text.contains(
                "let the chart's database stay (the first command of stage 3), tell the users, commit this folder alone"
            ))
        #expect(text.contains("commit `values.yaml`, which rolls out"))
        let stage = try stageThree(of: migration)
        #expect(order(["annotate --overwrite", "commit `values.yaml`"], in: stage) == [])
        if object.contains("orchestrator") {
            #expect(stage.contains("commit `values.yaml` once the Job is Complete and the commands above are through."))
        } else {
            #expect(stage.contains("commit `values.yaml` as soon as the command above has been run, and no sooner."))
        }
    }

    // MARK: What stays

    @Test
    func `all that the database's pod needs is told to stay, by the chart's labels, and so marked on the way back`()
        throws
    {
        let selector = "-l app.kubernetes.io/instance=portal,app.kubernetes.io/name=pg "
        let values = "postgresql: {enabled: true, nameOverride: pg}"
        let stay = try #require(
            try HelmCase(file: values).runbook().split(separator: "\n").first { $0.contains("annotate --overwrite") })
        let back = try HelmCase(file: values, lines: "  phase: rollback\n").runbook()
        let mark = try #require(back.split(separator: "\n").first { $0.contains("annotate --overwrite") })
        for line in [stay, mark] {
            for kind in [
                "statefulset", "service", "secret", "configmap", "serviceaccount", "role", "rolebinding",
                "networkpolicy", "persistentvolumeclaim",
            ] {
                #expect(line.split(whereSeparator: { ", ".contains($0) }).contains { $0 == kind }, "\(kind): \(line)")
            }
            #expect(line.contains(selector) && line.contains("helm.sh/resource-policy=keep"), "\(line)")
        }
        #expect(mark.contains("meta.helm.sh/release-name=portal"))
    }

    // MARK: Where the data is

    @Test(
        arguments: [
            ("persistence: {existingClaim: mine}", ["mine"]), ("persistence: {enabled: false}", []),
            ("persistence: {size: 5Gi}", ["data-portal-postgresql-0"]),
        ] as [(String, [String])])
    func `the volume claim is the one that the values come to`(primary: String, claims: [String]) throws {
        let values = "postgresql: {enabled: true, primary: {\(primary)}}"
        let migrating = try HelmCase(file: values).runbook()
        #expect(migrating.contains("the data goes with them") == claims.isEmpty)
        for claim in claims { #expect(migrating.contains("the volume claim \(claim) stays")) }
        let done = try HelmCase(file: values, lines: "  phase: done\n").runbook()
        #expect(
            done.contains("delete pvc \(claims.joined(separator: " ")) --ignore-not-found") == !claims.isEmpty,
            "\(done)")
        #expect(claims.contains("data-portal-postgresql-0") == done.contains("data-portal-postgresql-0"))
        let back = try HelmCase(file: values, lines: "  phase: rollback\n").runbook()
        #expect(back.contains("keeps its data in no volume claim") == claims.isEmpty)
    }

    @Test func `data that goes with the StatefulSet is told, and refused while it is the only copy`() {
        let policy = "persistentVolumeClaimRetentionPolicy: {enabled: true, whenDeleted: Delete}"
        let values = "postgresql:\n  enabled: true\n  primary:\n    \(policy)\n"
        let start =
            "values.yaml:4:72: error: postgresql.primary.persistentVolumeClaimRetentionPolicy.whenDeleted is Delete"
        #expect(
            HelmCase(file: values).problems().contains { $0.hasPrefix(start) }, "\(HelmCase(file: values).problems())")
        #expect(
            HelmCase(file: values, lines: "  phase: prepare\n").problems().contains {
                $0.contains("warning: ") && $0.contains("is Delete")
            })
        for other in ["enabled: false, whenDeleted: Delete", "enabled: true, whenDeleted: Retain"] {
            let safe = values.replacing("enabled: true, whenDeleted: Delete", with: other)
            #expect(HelmCase(file: safe).problems().allSatisfy { !$0.contains("is Delete") })
        }
        let lost = HelmCase(file: "postgresql: {enabled: true, primary: {persistence: {enabled: off}}}").problems()
        #expect(
            lost.contains {
                $0.hasPrefix("values.yaml:1:62: warning: postgresql.primary.persistence.enabled is not true")
            }, "\(lost)")
        let claim = HelmCase(file: "postgresql: {enabled: true, primary: {persistence: {existingClaim: '{{ x }}'}}}")
            .problems()
        #expect(
            claim.contains { $0.contains("error: postgresql.primary.persistence.existingClaim: found") }, "\(claim)")
    }

    // MARK: The roll-out

    @Test(arguments: [
        ("{type: Recreate}", 20), ("{rollingUpdate: {maxUnavailable: 1}}", 46),
        ("{rollingUpdate: {maxUnavailable: 100%}}", 46),
    ])
    func `pods that are stopped before new ones are ready are told, and the page says so`(strategy: String, column: Int)
        throws
    {
        let values = "postgresql: {enabled: true}\nbackstage:\n  strategy: \(strategy)\n"
        let found = HelmCase(file: values).problems()
        #expect(
            found.contains {
                $0.hasPrefix("values.yaml:3:\(column): warning: backstage.strategy lets all old pods go")
            },
            "\(found)")
        let text = try HelmCase(file: values).runbook()
        #expect(!text.contains("the old ones go on") && !text.contains("and the old ones serve"))
        #expect(text.contains("the old ones are gone at once"))
    }

    @Test(arguments: ["{}", "{rollingUpdate: {maxUnavailable: 25%}}", "{rollingUpdate: {maxUnavailable: 0}}"])
    func `pods that stay serve on, and the page says for how long new ones may wait`(strategy: String) throws {
        let values = "postgresql: {enabled: true}\nbackstage: {strategy: \(strategy)}\n"
        #expect(HelmCase(file: values).problems().allSatisfy { !$0.contains("strategy") })
        let text = try HelmCase(file: values).runbook()
        #expect(text.contains("the old ones go on") && text.contains("`progressDeadlineSeconds`"))
        #expect(text.contains("Degraded after those ten minutes"))
    }
}
