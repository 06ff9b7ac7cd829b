import TestSupport

/// Values of a release in all the homes that they have, with what people put into them.
struct RandomValues {
    /// By name, in the order in which Helm gets them.
    private(set) var files: [String: String] = [:]
    private(set) var names: [String] = []
    let chart: String
    /// Whether Backstage has left the chart's own database already.
    let isElsewhere: Bool

    init(seed: UInt64) {
        var random = SeededGenerator(seed: seed &+ 77_777)
        chart = random.pick(["rhdh", "backstage"])
        isElsewhere = random.chance(15)
        if random.chance(30) {
            names.append("first.yaml")
            files["first.yaml"] = Self.values(&random, chart: chart, isElsewhere: isElsewhere)
        }
        let values = Self.values(&random, chart: chart, isElsewhere: isElsewhere)
        names.append("values.yaml")
        files["values.yaml"] = random.pick([values, values, Self.release, Self.application, Self.text, Self.set])
            .replacing("VALUES\n", with: "\n" + Self.indented(values, by: 6))
            .replacing("LINES\n", with: "|\n" + Self.indented(values, by: 8))
    }

    private static func indented(_ text: String, by count: Int) -> String {
        text.split(separator: "\n").map { String(repeating: " ", count: count) + $0 + "\n" }.joined()
    }

    // MARK: Homes

    private static let release = """
        # Flux applies it.
        apiVersion: helm.toolkit.fluxcd.io/v2
        kind: HelmRelease
        metadata: {name: portal, namespace: portal}
        spec:
          interval: 5m
          values: VALUES

        """

    private static let application = """
        apiVersion: argoproj.io/v1alpha1
        kind: Application
        metadata: {name: portal}
        spec:
          destination: {namespace: portal}
          source:
            chart: backstage
            helm:
             valuesObject: VALUES

        """

    private static let text = application.replacing(" valuesObject: VALUES", with: "  values: LINES")

    private static let set = """
        apiVersion: argoproj.io/v1alpha1
        kind: ApplicationSet
        metadata: {name: portals}
        spec:
         template:
          metadata: {name: portal}
          spec:
           destination: {namespace: portal}
           source:
            chart: backstage
            helm:
             valuesObject: VALUES

        """

    // MARK: Values

    private static func values(_ random: inout SeededGenerator, chart: String, isElsewhere: Bool) -> String {
        let enabled =
            isElsewhere
            ? "enabled: false"
            : random.pick(["enabled: true", "enabled: yes # ours", "enabled: true\nimage: {tag: x}"])
        let database = [
            enabled, random.chance(30) ? "architecture: replication" : "",
            random.chance(30)
                ? random.pick(["auth: {existingSecret: own-pg}", "auth: {username: me}", "auth:\n    password: x"])
                : "",
            random.chance(20) ? "primary: {persistence: {size: 5Gi}}" : "",
        ]
        let lists = [
            random.pick(["extraEnvVars: []", "extraEnvVars:\n  - {name: A, value: b} # a", ""]),
            random.pick(["extraEnvVarsCM: [settings]", "", "extraEnvVarsCM:\n    - settings # s\n    - more"]),
            random.pick(["extraEnvVarsSecrets: [portal-secrets]", "", "extraEnvVarsSecrets:\n  # ours\n  - tokens"]),
            random.pick(["extraVolumes: []", "extraVolumes:\n  - {name: x, emptyDir: {}} # kept"]),
            random.pick(["extraVolumeMounts: []", "extraVolumeMounts:\n  - {name: x, mountPath: /x}"]),
            random.pick(Self.appConfigs), random.pick(["", "replicas: 2", "image: {tag: latest}"]),
        ]
        let blocks = [("postgresql", database), ("backstage", lists.shuffled(using: &random))].map { name, parts in
            "\(name):\n" + Self.indented(parts.filter { !$0.isEmpty }.joined(separator: "\n"), by: 2)
        }
        let own = random.pick([blocks, Array(blocks.reversed())]).joined(separator: random.pick(["", "# between\n"]))
        guard chart == "rhdh" else { return own }
        let orchestrator = random.pick(["", "orchestrator: {enabled: true}\n", "orchestrator:\n  enabled: true # o\n"])
        let global = random.pick(["", "global: {dynamic: {plugins: []}}\n"])
        return global + "upstream:\n" + Self.indented(own, by: 2) + orchestrator
    }

    private static let appConfigs = [
        "", "appConfig: {app: {title: Portal}}", "appConfig:\n  app:\n    title: Portal # t",
        "appConfig:\n  backend:\n    database:\n      connection:\n        host: ${POSTGRES_HOST}\n        port: ${POSTGRES_PORT}\n"
            + "        user: ${POSTGRES_USER}\n        password: ${POSTGRES_PASSWORD}",
        "appConfig: {backend: {database: {connection: {user: postgres, password: '${POSTGRESQL_ADMIN_PASSWORD}'}}}}",
        "appConfig:\n  backend:\n    database: {client: pg}\n    cors: {origin: '*'}",
    ]
}
