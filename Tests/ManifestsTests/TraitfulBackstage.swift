import TestSupport
import YAMLTree

/// Backstage CRs with what makes the cut-over think: Secrets for sidecars, single keys, the operator's Secret in places of
/// the user's, anchors, Lists.
struct TraitfulBackstage {
    private(set) var text = ""

    init(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let version = random.pick(["v1alpha3", "v1alpha4", "v1alpha5"])
        var cr: YAMLValue = [
            "apiVersion": .string("rhdh.redhat.com/\(version)"), "kind": "Backstage",
            "metadata": ["name": "portal", "namespace": "portal"],
        ]
        var application: YAMLValue = [:]
        if random.chance(80) { application["dynamicPluginsConfigMapName"] = "plugins" }
        for trait in Self.traits where random.chance(30) { trait(&application, &random) }
        cr["spec"] = ["application": application]
        if random.chance(30) { cr["spec"]?["flavours"] = [["name": "orchestrator", "enabled": true]] }
        if random.chance(40) {
            cr["spec"]?["database"] = random.pick([
                ["enableLocalDb": true], ["authSecretName": "own"], ["authSecretName": "saved"],
                ["authSecretName": "backstage-psql-secret-portal"],
            ])
        }
        if random.chance(40) { cr["spec"]?["deployment"] = ["patch": Self.patch] }
        text = cr.yaml()
        if random.chance(30) { text = text.replacing("application:\n", with: "application: &app\n") }
        guard random.chance(20) else { return }
        let lines = text.split(separator: "\n").map { "  \($0)\n" }.joined()
        text = "apiVersion: v1\nkind: List\nitems:\n-\(lines.dropFirst(1))"
    }

    private typealias Trait = @Sendable (inout YAMLValue, inout SeededGenerator) -> Void

    private static let traits: [Trait] = [
        { add($1.pick(sidecars), to: ["extraEnvs", "secrets"], in: &$0) },
        { add($1.pick(wholes), to: ["extraEnvs", "secrets"], in: &$0) },
        { add($1.pick(files), to: ["extraFiles", "secrets"], in: &$0) },
        { add($1.pick(certificates), to: ["extraFiles", "secrets"], in: &$0) },
        { application, _ in
            add(["name": "new-db-receipt-0123456789"], to: ["extraEnvs", "configMaps"], in: &application)
        },
        { application, _ in add(["name": "A", "value": "b"], to: ["extraEnvs", "envs"], in: &application) },
    ]

    private static let sidecars: [YAMLValue] = [
        ["name": "new-db-credentials", "containers": ["lightspeed-core"]],
        ["name": "backstage-psql-secret-portal", "containers": ["lightspeed-core"]],
        ["name": "backstage-psql-secret-portal", "containers": ["*"]],
        ["name": "backstage-psql-secret-portal", "key": "POSTGRES_HOST", "containers": ["lightspeed-core"]],
        ["name": "new-db-credentials", "key": "PGSSLMODE", "containers": ["lightspeed-core"]],
        ["name": "new-db-credentials", "key": "OTHER"],
    ]
    private static let wholes: [YAMLValue] = [
        ["name": "backstage-psql-secret-portal"], ["name": "other"], ["name": "own"], ["name": "saved"],
    ]
    private static let files: [YAMLValue] = [
        ["name": "backstage-psql-secret-portal", "mountPath": "/db"],
        ["name": "backstage-psql-secret-portal", "key": "POSTGRES_USER", "containers": ["lightspeed-core"]],
        ["name": "other", "key": "x"],
    ]
    private static let certificates: [YAMLValue] = [
        ["name": "new-db-certificate", "key": "postgres-crt.pem", "containers": ["llama-stack"]],
        ["name": "new-db-certificate", "mountPath": "certs"],
        ["name": "new-db-certificate", "key": "postgres-crt.pem", "mountPath": "/certs", "containers": ["*"]],
    ]

    private static let patch: YAMLValue = [
        "spec": [
            "template": [
                "spec": [
                    "containers": [
                        [
                            "name": "lightspeed-core",
                            "envFrom": [["secretRef": ["name": "backstage-psql-secret-portal"]]],
                            "env": [
                                [
                                    "name": "MODE",
                                    "valueFrom": ["secretKeyRef": ["name": "new-db-credentials", "key": "PGSSLMODE"]],
                                ]
                            ],
                        ]
                    ]
                ]
            ]
        ]
    ]

    private static func add(_ item: YAMLValue, to keys: [String], in value: inout YAMLValue) {
        guard let section = keys.first, let list = keys.last else { return }
        if value[section] == nil { value[section] = [:] }
        let items = value[section]?[list]?.items ?? []
        value[section]?[list] = .sequence(items + [item])
    }
}
