import Manifests
import MigrationSpec
import TestSupport
import Testing
import YAMLTree

/// Names that the charts' templates make, and templates in names.
struct HelmNamesTests {
    /// As `helm template` names the Deployment, the StatefulSet and its Service, the Service without a cluster IP and the
    /// Secret, for releases of all lengths that Helm takes (backstage/charts 2.8 with `common` 2.10 and `postgresql` 12.10).
    @Test(arguments: [
        (44, "-developer-hub", "-postgresql", "-postgresql-hl"),
        (48, "-developer-hub", "-postgresql", "-postgresql-hl"),
        (49, "-developer-hub", "-postgresql", "-postgresql-hl"), (50, "-developer-hu", "-postgresql", "-postgresql-h"),
        (51, "-developer-h", "-postgresql", "-postgresql"), (52, "-developer", "-postgresql", "-postgresql"),
        (53, "-developer", "-postgresq", "-postgresq"),
    ])
    func `names of long releases are cut as the templates cut them`(
        count: Int, deployment: String, database: String, headless: String
    ) throws {
        let release = String(repeating: "r", count: count)
        let rendered = try HelmCase(file: "upstream: {}", release: release).rendered()
        let helm = try #require(rendered.migration.helm)
        #expect(helm.deployment == release + deployment)
        #expect(helm.databaseHost == release + database && helm.madeSecret == release + database)
        #expect(
            helm.databaseObjects == [
                "statefulset/\(release)\(database)", "service/\(release)\(database)", "service/\(release)\(headless)",
            ])
        #expect(helm.volumeClaims == ["data-\(release)\(database)-0"])
    }

    @Test func `a name that overrides is cut too`() throws {
        let name = String(repeating: "n", count: 62) + "-x"
        let values = "upstream: {fullnameOverride: \(name), postgresql: {fullnameOverride: \(name)}}"
        let helm = try #require(try HelmCase(file: values).rendered().migration.helm)
        #expect(helm.deployment == name.dropLast(2) && helm.databaseHost == name.dropLast(2))
    }

    @Test func `a name that Helm does not take is refused`() {
        let problems = HelmCase(file: "upstream: {}", release: String(repeating: "r", count: 54)).problems()
        #expect(problems.contains { $0.contains("has 54 characters, and Helm takes no more than 53") }, "\(problems)")
    }

    /// `rhdh.orchestrator.dbJobName` keeps the chart's version whole, and cuts what stands before it.
    @Test(arguments: [
        (20, "-create-sf-db-7-0-1"), (44, "-create-sf-db-7-0-1"), (45, "-create-sf-d-7-0-1"), (47, "-create-sf-7-0-1"),
        (48, "-create-s-7-0-1"), (53, "-cre-7-0-1"), (53, "-10-12-13"), (40, "-create-sonataflow-database"),
        (53, "-create-sonataflow-database"),
    ])
    func `the Job that makes the orchestrator's database is found under all names`(count: Int, ending: String) throws {
        let release = String(repeating: "r", count: count)
        let text = try HelmCase(file: "upstream: {}\norchestrator: {enabled: true}", release: release).runbook()
        let line = try #require(text.split(separator: "\n").first { $0.contains("get jobs -o name | grep -E") })
        let pattern = try #require(line.firstMatch(of: #/grep -E '?([^' ]+)'? \|/#)).output.1
        let expression = try Regex(String(pattern))
        #expect("job.batch/\(release)\(ending)".contains(expression), "\(pattern)")
        for other in ["rehome-job", "", "-a-7-0-1"] where count > 30 {
            #expect(!"job.batch/\(release)\(other)".contains(expression), "\(pattern)")
        }
    }

    /// helm-controller, `internal/release/name_test.go`, has such an example.
    @Test func `a long name that Flux makes up is shortened as Flux does`() throws {
        let file = """
            apiVersion: helm.toolkit.fluxcd.io/v2
            kind: HelmRelease
            metadata: {name: some-front-appended-namespace-release-with-a-very-long, namespace: portal}
            spec: {targetNamespace: portal, values: {upstream: {}}}

            """
        let whole = "portal-some-front-appended-namespace-release-with-a-very-long"
        let problems = HelmCase(file: file, release: "portal").problems()
        let told = problems.compactMap { $0.firstMatch(of: #/calls it '([^']*)'/#)?.output.1 }
        let name = try #require(told.first)
        #expect(name.count == 53 && name.hasPrefix(whole.prefix(40) + "-"), "\(problems)")
        #expect(HelmCase(file: file, release: String(name)).problems().allSatisfy { !$0.contains("calls it") })
    }

    // MARK: Templates in names

    private static let appConfig = "backend: {database: {connection: {host: elsewhere.example.com}}}"

    @Test(arguments: [
        """
        - apiVersion: v1
          kind: ConfigMap
          metadata: {name: '{{ .Release.Name }}-extra'}
          data: {app-config.extra.yaml: '\(appConfig)'}
        """,
        """
        - |
          {{- if .Values.backstage }}
          apiVersion: v1
          kind: ConfigMap
          metadata:
            name: {{ .Release.Name }}-extra
            namespace: {{ .Release.Namespace | quote }}
            labels: {{- include "common.labels.standard" . | nindent 4 }}
          data:
            app-config.extra.yaml: |
              \(appConfig)
          {{- end }}
        """,
    ])
    func `a ConfigMap that the values bring is known by what a template in its name comes to`(item: String) {
        func values(_ item: String) -> String {
            "postgresql: {enabled: true}\nbackstage: {extraAppConfig: [{configMapRef: portal-extra, filename: app-config.extra.yaml}]}\nextraDeploy:\n\(item)\n"
        }
        let found = HelmCase(file: values(item)).problems()
        #expect(found.count == 1 && found[0].contains("error: backend.database.connection.host"), "\(found)")
        let harmless = HelmCase(file: values(item.replacing(Self.appConfig, with: "app: {}"))).problems()
        #expect(harmless.allSatisfy { !$0.contains("portal-extra") }, "\(harmless)")
    }

    @Test func `a variable of the old database that the values bring is told once`() {
        let values = """
            backstage: {extraEnvVarsCM: [vars]}
            postgresql: {enabled: true}
            extraDeploy:
            - {apiVersion: v1, kind: ConfigMap, metadata: {name: vars}, data: {POSTGRES_HOST: portal-postgresql, OTHER: portal-postgresql}}

            """
        let found = HelmCase(file: values).problems().filter { $0.contains("values.yaml:4") }
        #expect(found.count == 2, "\(found)")
        #expect(found.first?.contains("sets POSTGRES_HOST, and so does the new database's Secret") == true, "\(found)")
        #expect(found.last?.contains("extraDeploy[0].data.OTHER, name 'portal-postgresql'") == true, "\(found)")
    }

    @Test func `the page names no Secret that the chart does not make`() throws {
        let values = """
            upstream:
              postgresql: {auth: {existingSecret: team-pg}}
              backstage: {extraEnvVars: [{name: OTHER, value: portal-postgresql}], extraEnvVarsSecrets: [new-creds]}

            """
        let page = try HelmCase(file: values, lines: "  phase: done\n").runbook()
        #expect(!page.contains("Secret `portal-postgresql`") && !page.contains("with the password that opens it"))
        #expect(page.contains("The values name `portal-postgresql` in `upstream.backstage.extraEnvVars[0].value`."))
        let own = try HelmCase(
            file: values.replacing("existingSecret: team-pg", with: "username: x"), lines: "  phase: done\n"
        ).runbook()
        #expect(own.contains("Keep the Secret `portal-postgresql`"))
    }
}
