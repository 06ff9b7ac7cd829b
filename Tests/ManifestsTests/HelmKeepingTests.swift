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
                "let the chart's database stay (the first commands of stage 3), tell the users, commit this folder alone"
            ))
        #expect(text.contains("commit `values.yaml`, which rolls out"))
        let stage = try stageThree(of: migration)
        #expect(order(["annotate --overwrite", "commit `values.yaml`"], in: stage) == [])
        if object.contains("orchestrator") {
            #expect(stage.contains("commit `values.yaml` once the Job is Complete and the commands above are through."))
        } else {
            #expect(stage.contains("commit `values.yaml` as soon as the commands above have been run, and no sooner."))
        }
    }

    @Test func `what no gate holds is committed once the Job is Complete`() throws {
        for (object, more) in [
            (HelmCase.argocd("{upstream: {}}"), ", gate: none"),
            (HelmCase.flux + "    {upstream: {backstage: {strategy: {type: Recreate}}}}\n", ""),
            ("upstream: {backstage: {strategy: {type: Recreate}}}\n", ""),
        ] {
            let text = try HelmCase(file: object, lines: "  cutover: {mode: inPlace\(more)}\n").runbook()
            #expect(
                text.contains("it once the Job is Complete") || text.contains("`values.yaml` once the Job is Complete"),
                "\(text)")
            #expect(text.contains("commit this folder alone"))
        }
        let elsewhere = "  source: {server: {host: old.example.com, secretName: old-db, tls: {mode: disabled}}}\n"
        let object = HelmCase.argocd("{upstream: {postgresql: {enabled: false}}}")
        let text = try HelmCase(file: object, lines: elsewhere + "  cutover: {mode: inPlace}\n").runbook()
        #expect(text.contains("together with this folder, or later.") && !text.contains("this folder alone"), "\(text)")
    }

    // MARK: What stays

    /// Argo CD may put an Application's name into the label with the release's.
    @Test func `what the database needs is told to stay by its name, and all else by its name's beginning`() throws {
        let values = "postgresql: {enabled: true, nameOverride: pg}"
        let stay = try HelmCase(file: values).runbook()
        let mark = try HelmCase(file: values, lines: "  phase: rollback\n").runbook()
        let named =
            "kubectl -n portal annotate --overwrite statefulset/portal-pg service/portal-pg service/portal-pg-hl "
        let kept = "secret/portal-pg persistentvolumeclaim/data-portal-pg-0 helm.sh/resource-policy=keep"
        #expect(stay.contains(named + kept), "\(stay)")
        #expect(mark.contains(named + "meta.helm.sh/release-name=portal "))
        for text in [stay, mark] {
            let rest = try #require(text.split(separator: "\n").first { $0.contains("xargs -rI OBJECT") })
            for kind in [
                "configmap", "serviceaccount", "role", "rolebinding", "networkpolicy", "secret",
                "persistentvolumeclaim",
            ] {
                #expect(rest.split(whereSeparator: { ", ".contains($0) }).contains { $0 == kind }, "\(kind): \(rest)")
            }
            #expect(rest.contains(" -l app.kubernetes.io/name=pg -o name | grep -E '/(portal-pg)(-(config"), "\(rest)")
            // Another release's names may begin like this one's.
            #expect(rest.contains("|pgdumpall|crt|svcbind-.*))?$' | "), "\(rest)")
            #expect(rest.contains("annotate --overwrite OBJECT ") && rest.contains("helm.sh/resource-policy=keep"))
            #expect(!text.contains("app.kubernetes.io/instance=portal"))
        }
    }

    @Test func `the names are those that the values come to`() throws {
        func objects(_ more: String) throws -> String {
            let text = try HelmCase(file: "postgresql: {enabled: true, \(more)}").runbook()
            let line = try #require(text.split(separator: "\n").first { $0.contains("annotate --overwrite") })
            return line.split(separator: " ").filter { $0.contains("/") && !$0.contains("=") }.joined(separator: " ")
        }
        #expect(
            try objects("auth: {existingSecret: mine}, metrics: {enabled: true}")
                == "statefulset/portal-postgresql service/portal-postgresql service/portal-postgresql-hl "
                + "service/portal-postgresql-metrics persistentvolumeclaim/data-portal-postgresql-0")
        #expect(
            try objects(
                "fullnameOverride: db, primary: {name: main, persistence: {existingClaim: mine}}, architecture: replication"
            )
                == "statefulset/db-main service/db-main service/db-main-hl statefulset/db-read service/db-read service/db-read-hl "
                + "secret/db persistentvolumeclaim/data-db-read-0")
    }

    // MARK: What is deleted

    @Test(arguments: [
        "extraVolumes: [{name: x, secret: {secretName: portal-postgresql}}]",
        "extraContainers: [{name: x, env: [{name: P, valueFrom: {secretKeyRef: {name: portal-postgresql}}}]}]",
        "initContainers: [{name: x, envFrom: [{secretRef: {name: '{{ .Release.Name }}-postgresql'}}]}]",
        "extraEnvVars: [{name: P, valueFrom: {secretKeyRef: {name: '{{ include \"postgresql.v1.secretName\" . }}'}}}]",
        "extraEnvVars: [{name: P, valueFrom: {secretKeyRef: {name: '{{ printf \"%s-postgresql\" .Release.Name }}'}}}]",
        "extraEnvVarsSecrets: [portal-postgresql, b]", "podAnnotations: {x: 'kubectl get secret portal-postgresql'}",
    ])
    func `a Secret that the values go on naming is kept, and not deleted`(line: String) throws {
        for mode in ["copy", "inPlace"] {
            let values = "postgresql: {enabled: true}\nbackstage:\n  \(line)\n"
            let file = try mode == "copy" ? values : HelmCase(file: values).edited()
            let done = try HelmCase(file: file, lines: "  phase: done\n  cutover: {mode: \(mode)}\n").runbook()
            #expect(done.contains("Keep the Secret `portal-postgresql`"), "\(mode): \(done)")
            #expect(done.contains("`backstage.\(line.prefix { $0 != ":" })"), "\(done)")
            #expect(!done.contains("get secret -l") && !done.contains("delete secret"), "\(done)")
        }
    }

    @Test(arguments: [
        "extraDeploy:\n- |\n  kind: Deployment\n  name: {{ .Release.Name }}-postgresql\n",
        "extraDeploy:\n- {kind: Secret, data: {url: cG9zdGdyZXM6Ly9wb3J0YWwtcG9zdGdyZXNxbC94}}\n",
        "x-shared: &a {name: portal-postgresql}\nbackstage: {extraVolumes: [{name: x, secret: *a}]}\n",
    ])
    func `objects that the values bring along may need it too`(lines: String) throws {
        let done = try HelmCase(file: "postgresql: {enabled: true}\n" + lines, lines: "  phase: done\n").runbook()
        #expect(done.contains("Keep the Secret `portal-postgresql`") && !done.contains("get secret -l"), "\(done)")
    }

    @Test func `of the Secrets only the chart's own go, and of the objects only those of this database`() throws {
        let done = try HelmCase(file: "postgresql: {enabled: true}", lines: "  phase: done\n").runbook()
        #expect(!done.contains("Keep the Secret"))
        #expect(
            done.contains(
                "get secret -l app.kubernetes.io/name=postgresql -o name | grep -E '/(portal-postgresql)(-(crt|svcbind-.*))?$'"
            ))
        #expect(
            done.contains(
                "delete statefulset/portal-postgresql service/portal-postgresql service/portal-postgresql-hl --ignore-not-found"
            ))
    }

    /// `db-old` may be the name of another.
    @Test func `a name that goes on otherwise is no name of this database's`() throws {
        let values = "postgresql: {enabled: true, fullnameOverride: db, serviceAccount: {create: true, name: sa}}"
        let done = try HelmCase(file: values, lines: "  phase: done\n").runbook()
        let patterns = done.matches(of: /grep -E '\/(\(db\|sa\)[^']*)'/).map { String($0.1) }
        #expect(patterns.count == 2, "\(done)")
        let kept = try Regex("^" + #require(patterns.first))
        for name in ["db", "sa", "db-init-scripts", "db-extended-configuration", "db-ingress"] {
            #expect(name.firstMatch(of: kept) != nil, "\(name)")
        }
        for name in ["db-old", "db-old-init-scripts", "database", "db-ha-configuration"] {
            #expect(name.firstMatch(of: kept) == nil, "\(name)")
        }
    }

    @Test func `an old database that the values go on naming is told before it is deleted`() throws {
        let values =
            "postgresql: {enabled: true, architecture: replication}\nbackstage: {extraEnvVars: [{name: X, value: portal-postgresql-primary}]}"
        let done = try HelmCase(file: values, lines: "  phase: done\n").runbook()
        #expect(
            order(["The values name `portal-postgresql-primary` in", "delete statefulset/"], in: done) == [], "\(done)")
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
        let isInPod = primary.contains("enabled: false")
        #expect(done.contains("Its data is in its pod alone, and goes with it") == isInPod)
        #expect(done.contains("The data as it was before the cut-over") != isInPod, "\(done)")
        #expect(migrating.contains("its data lasts no longer than its pod") == isInPod)
        #expect(back.contains("stands by, empty where its pod was restarted since") == isInPod)
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
