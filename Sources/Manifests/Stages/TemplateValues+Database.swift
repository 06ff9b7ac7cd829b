import ManifestTemplates
import MigrationSpec
import YAMLTree

extension TemplateValues {
    /// Adds what the templates of a database in the namespace need.
    mutating func addDatabase(_ migration: Migration) {
        switch migration.target.kind {
        case .external: break
        case .operated(let cluster):
            self = adding([
                "operated.namespace": .string(cluster.namespace), "operated.store": .string(migration.operatorStore),
                "operated.storeVersion": .string("external-secrets.io/\(migration.operatorStoreVersion.rawValue)"),
                "operated.secrets": .sequence(migration.operatorSecrets.map { .string($0.name) }),
            ])
        case .statefulSet(let server):
            self = adding(Self.values(of: server, migration))
            add(server.pod, prefix: "database")
            pods[.databaseStatefulSet] = server.pod
        case .cloudNativePG(let cluster):
            self = adding(Self.values(of: cluster, name: migration.name))
            add(cluster.pod, prefix: "database")
        }
    }

    private static func values(of server: Migration.StatefulSet, _ migration: Migration) -> [String: YAMLValue?] {
        let image = PostgresImage(
            family: server.imageFamily, server: server, login: migration.adminLogin)
        // OpenShift assigns the namespace's own user; plain Kubernetes needs the image's.
        let user = migration.platform == .kubernetes ? YAMLValue.int(image.user) : absent
        let configuration = image.configuration
        var values: [String: YAMLValue?] = [
            "database.image": .string(server.image),
            "database.storage": .string(server.storage),
            "database.storageClass": server.storageClass.map { .string($0) },
            "database.resources": server.resources.yamlValue,
            "database.tlsSecret": server.tls.map { .string($0.secretName) },
            "database.servingCertificate": absent,
            "database.certificateFolder": .string(PostgresImage.certificateFolder),
            "database.hasTLS": .bool(server.tls != nil),
            "database.runAsUser": user, "database.fsGroup": user,
            "database.fsGroupChangePolicy": user == absent ? absent : .string("OnRootMismatch"),
            "database.environment": .sequence((server.pod.env?.items ?? []) + image.environment),
            "database.arguments": image.arguments,
            "database.configuration": configuration,
            "database.isConfiguredByFile": .bool(configuration != nil),
            "database.configurationHash": configuration?.string.map { .string(ShortHash.of($0)) },
            "database.volumeFolder": .string(image.volumeFolder),
            "database.readinessCommand": image.probe(live: false),
            "database.livenessCommand": image.probe(live: true),
            "database.stopCommand": image.stopCommand,
            "database.stopsByCommand": .bool(image.stopCommand != nil),
            "database.isCluster": .bool(false),
            "database.podLabels": [
                "app.kubernetes.io/name": "postgresql", "app.kubernetes.io/instance": .string(migration.name),
            ],
        ]
        switch server.tls?.source {
        case .certManager(let kind, let issuer)?:
            values["issuer.kind"] = .string(kind.rawValue)
            values["issuer.name"] = .string(issuer)
        case .serviceCA?: values["database.servingCertificate"] = values["database.tlsSecret"]
        case .provided?, nil: break
        }
        return values
    }

    private static func values(of cluster: Migration.Cluster, name: String) -> [String: YAMLValue?] {
        // The CR names the cluster's CA Secret. If Backstage's operator filters its cache, it sees that Secret only by
        // this label.
        var labels: YAMLMapping = ["rhdh.redhat.com/external-config": "true"]
        for entry in cluster.pod.labels { labels[entry.key] = entry.value }
        let parameters = cluster.tuning.allSettings.map { ($0.name, YAMLValue.string($0.value)) }
        return [
            "database.image": cluster.image.map { .string($0) },
            "database.instances": .int(cluster.instances),
            "database.storage": .string(cluster.storage),
            "database.storageClass": cluster.storageClass.map { .string($0) },
            "database.resources": cluster.resources.yamlValue,
            "database.parameters": .mapping(YAMLMapping(parameters)),
            "database.role": .string(cluster.role),
            "database.roleSecret": .string(cluster.roleSecret),
            "database.isCluster": .bool(true),
            "database.podLabels": ["cnpg.io/cluster": .string(name)],
            "database.labels": .mapping(labels),
            "database.annotations": cluster.pod.annotations.isEmpty ? absent : .mapping(cluster.pod.annotations),
        ]
    }
}
