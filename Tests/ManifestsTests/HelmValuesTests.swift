import Manifests
import MigrationSpec
import TestSupport
import Testing
import YAMLTree

/// What the charts make of values in the layouts that teams have, as `helm template` shows it.
struct HelmValuesTests {
    // MARK: The administrator's password, which RHDH's chart gives Backstage

    private static func variable(name: String, key: String) -> String {
        "{name: POSTGRESQL_ADMIN_PASSWORD, valueFrom: {secretKeyRef: {name: \(name), key: \(key)}}}"
    }

    private static func values(_ variable: String, _ postgresql: String = "{}") -> String {
        """
        upstream:
          postgresql: \(postgresql)
          backstage:
            extraEnvVars:
            - {name: OWN, value: x} # mine
            - \(variable)

        """
    }

    private static let templated = variable(
        name: #"'{{- include "rhdh.postgresql.secretName" . }}'"#,
        key: #"'{{- include "rhdh.postgresql.adminPasswordKey" . }}'"#)
    /// As the charts of RHDH 1.6 to 1.9 have it.
    private static let written = variable(
        name: #"'{{- include "janus-idp.postgresql.secretName" . }}'"#, key: "postgres-password")

    @Test func `a key that is written out is replaced, and put back`() throws {
        let there = try HelmCase(file: Self.values(Self.written)).edited()
        let variables: YAMLPath = ["upstream", "backstage", "extraEnvVars"]
        func variable(_ text: String) throws -> YAMLValue? {
            try YAMLFile(parsing: text, name: "").onlyDocument.root[at: variables]?.value()[1]?["valueFrom"]?[
                "secretKeyRef"]
        }
        #expect(try variable(there) == ["name": "new-creds", "key": "POSTGRES_PASSWORD"])
        #expect(there.contains("- {name: OWN, value: x} # mine\n"), "\(there)")
        let back = try HelmCase(file: there).edited("phase: rollback\n  rollback: {step: cutoverBack}")
        #expect(try variable(back) == ["name": "portal-postgresql", "key": "postgres-password"])
        let extra = try HelmCase(file: Self.values(Self.written)).extra()
        #expect(
            extra[at: variables]?[1]?["valueFrom"]?["secretKeyRef"] == [
                "name": "new-creds", "key": "POSTGRES_PASSWORD",
            ])
    }

    @Test func `a key by a template is left, and the values that it reads are set`() throws {
        let extra = try HelmCase(file: Self.values(Self.templated)).extra()["upstream"]
        #expect(extra?["backstage"]?["extraEnvVars"] == nil)
        #expect(extra?["postgresql"]?["auth"]?["existingSecret"] == "new-creds")
        #expect(extra?["postgresql"]?["auth"]?["secretKeys"]?["adminPasswordKey"] == "POSTGRES_PASSWORD")
    }

    @Test func `where the list is not in the files, the Secret that suits every release of the chart stays`() throws {
        let auth = try HelmCase(file: "upstream: {}").extra()["upstream"]?["postgresql"]?["auth"]
        #expect(auth?["existingSecret"] == "portal-postgresql")
        #expect(auth?["secretKeys"]?["adminPasswordKey"] == "postgres-password")
        let there = try HelmCase(file: "upstream: {}").edited()
        let done = try HelmCase(file: there, lines: "  phase: done\n  cutover: {mode: inPlace}\n").runbook()
        #expect(!done.contains("delete secret "), "\(done)")
        #expect(done.contains("Keep the Secret `portal-postgresql`"))
        // Whoever uses none deletes all.
        let known = try HelmCase(file: Self.values(Self.templated), lines: "  phase: done\n").runbook()
        #expect(
            known.contains("get secret -l app.kubernetes.io/name=postgresql") && !known.contains("Keep the Secret"))
    }

    @Test func `a key for all charts counts more, and is set too, both ways`() throws {
        let all = "global: {postgresql: {auth: {secretKeys: {adminPasswordKey: root}}}}\n"
        let there = try HelmCase(file: all + Self.values(Self.templated)).edited()
        func key(_ text: String) throws -> String? {
            try YAMLFile(parsing: text, name: "").onlyDocument.root[
                at: ["global", "postgresql", "auth", "secretKeys", "adminPasswordKey"]]?.string
        }
        #expect(try key(there) == "POSTGRES_PASSWORD")
        #expect(
            try key(HelmCase(file: there).edited("phase: rollback\n  rollback: {step: cutoverBack}"))
                == "postgres-password")
    }

    @Test func `a Secret of the team's that pods go on needing is told before it is deleted`() throws {
        let own = Self.values(Self.templated, "{auth: {existingSecret: team-pg}}")
        let done = try HelmCase(file: own, lines: "  phase: done\n").runbook()
        #expect(
            done.contains("Keep the Secret `team-pg`") && done.contains("`upstream.postgresql.auth.existingSecret`"),
            "\(done)")
        let source = "  source: {server: {host: old.example.com, secretName: first, tls: {mode: disabled}}}\n"
        let second = "upstream: {postgresql: {enabled: false}, backstage: {extraEnvVarsSecrets: [first]}}"
        let text = try HelmCase(file: second, lines: source + "  phase: done\n").runbook()
        #expect(
            text.contains("Keep the Secret `first`") && text.contains("`upstream.backstage.extraEnvVarsSecrets[0]`"),
            "\(text)")
    }

    // MARK: Lists

    private static let documented = """
        upstream:
          postgresql: {enabled: false}
          backstage:
            extraContainers: [{name: side, volumeMounts: [{name: shared, mountPath: /x}]}]
            extraVolumeMounts:
            - {mountPath: /opt/app-root/src/dynamic-plugins-root, name: dynamic-plugins-root}
            - {mountPath: /opt/app-root/src/postgres-crt.pem, name: NAME, subPath: postgres-crt.pem}
            extraVolumes:
            - {name: dynamic-plugins-root, emptyDir: {}}
            - {name: NAME, secret: {secretName: old-certificate}}

        """
    private static let source =
        "  source: {server: {host: old.example.com, secretName: old-db, tls: {mode: disabled}}}\n"

    /// An API server refuses two mounts at one path.
    @Test(arguments: ["postgres-crt", "database-certificate", "shared"])
    func `a certificate that is mounted there already makes room for the new one`(name: String) throws {
        let values = Self.documented.replacing("NAME", with: name)
        let backstage = try HelmCase(file: values, tls: true, lines: Self.source).extra()["upstream"]?["backstage"]
        let mounts = backstage?["extraVolumeMounts"]?.items ?? []
        let paths = mounts.compactMap { $0["mountPath"]?.string }
        #expect(paths.count == 2 && Set(paths).count == 2, "\(mounts)")
        let volumes = backstage?["extraVolumes"]?.items ?? []
        #expect(volumes.last?["secret"]?["secretName"] == "new-db-certificate" || name == "database-certificate")
        let own = volumes.first { $0["name"] == "database-certificate" }
        #expect(own?["secret"]?["secretName"] == "new-db-certificate", "\(volumes)")
        // A sidecar has it too.
        #expect(volumes.contains { $0["name"] == .string(name) } == (name != "postgres-crt"), "\(volumes)")
    }

    // MARK: Names of the old database

    @Test(arguments: [
        ("extraEnvVars: [{name: PGHOST, value: '{{ .Release.Name }}-postgresql'}]", "portal-postgresql"),
        (
            "extraContainers: [{name: x, args: ['--db={{- $.Release.Name -}}-postgresql.{{ .Release.Namespace }}']}]",
            "portal-postgresql"
        ),
        (#"extraEnvVars: [{name: PGHOST, value: '{{ include "rhdh.postgresql.host" . }}'}]"#, "rhdh.postgresql.host"),
        (
            #"extraEnvVars: [{name: P, valueFrom: {secretKeyRef: {key: postgres-password, name: '{{- include "postgresql.v1.secretName" . }}'}}}]"#,
            "postgresql.v1.secretName"
        ),
    ])
    func `the old database by a template is found`(line: String, name: String) {
        let found = HelmCase(file: "upstream:\n  backstage:\n    \(line)\n").problems()
        #expect(
            found.contains {
                $0.hasPrefix("values.yaml:3:") && $0.contains("name '\(name)', which is of the database")
            }, "\(found)")
    }

    @Test func `the chart's own variable with the administrator's password is no name that is left`() {
        for variable in [Self.templated, Self.written] {
            let found = HelmCase(file: Self.values(variable)).problems()
            #expect(found == [], "\(found)")
        }
    }

    @Test func `an app-config that only the image has is told`() throws {
        let start = "rehome.yaml:5:47: warning: the values have no app-config"
        #expect(HelmCase(file: "postgresql: {enabled: true}").problems().contains { $0.hasPrefix(start) })
        let given = "postgresql: {enabled: true}\nbackstage: {appConfig: {app: {title: x}}}"
        #expect(HelmCase(file: given).problems() == [])
    }

    // MARK: Which chart

    @Test(arguments: [
        ("openshift: {clusterRouterBase: apps}\npostgresql: {enabled: true}", "values.yaml:1:1"),
        ("appConfig: {app: {title: x}}\n", "values.yaml:1:1"),
        ("route: {enabled: true}\nextraEnv: []\n", "values.yaml:2:1"),
        (HelmCase.argocd("{openshift: {clusterRouterBase: x}}"), "values.yaml:10:22"),
        (
            HelmCase.argocd(
                "{postgresql: {enabled: true}}",
                chart: "chart: redhat-developer-hub\n    repoURL: https://redhat-developer.github.io/rhdh-chart\n"
                    + "    targetRevision: 3.4.1"), "values.yaml:2:7"
        ),
    ])
    func `RHDH's chart without upstream is refused, not edited as another`(file: String, place: String) {
        let found = HelmCase(file: file).problems()
        #expect(
            found.count == 1
                && found[0].hasPrefix("\(place): error: found the values of Red Hat Developer Hub's chart 2 or later"),
            "\(found)")
    }

    @Test func `its forerunner of the same name is known`() throws {
        let object = HelmCase.argocd(
            "{global: {}}",
            chart: "chart: redhat-developer-hub\n    repoURL: https://charts.openshift.io\n    targetRevision: 1.9.2")
        #expect(try HelmCase(file: object).rendered().migration.helm?.chart == .rhdh)
    }

    @Test func `a platform that the chart does not install is moved as the config says`() {
        let values = "upstream: {}\norchestrator: {enabled: true, serverlessLogicOperator: {enabled: no}}"
        let found = HelmCase(file: values, lines: "  orchestrator: {enabled: true}\n").problems()
        #expect(found.allSatisfy { !$0.contains("the chart installs the orchestrator itself") }, "\(found)")
    }

    @Test func `a source with an error is not said to be missing besides`() {
        let found = HelmCase(
            file: "upstream: {postgresql: {enabled: false}}", lines: "  source: {server: {host: old.example.com}}\n"
        ).problems()
        #expect(!found.isEmpty && found.allSatisfy { !$0.contains("spec.source is missing") }, "\(found)")
    }
}
