import JobContract
import MigrationSpec
import YAMLTree

/// What a person changes in the Deployment of a Backstage that no operator runs.
///
/// If a ConfigMap in `envFrom` is not optional, a pod does not start until it exists. So the receipt is the gate here
/// too: the old pods go on until a new one is ready.
struct DeploymentCutover {
    private let facts: RunbookFacts
    private var migration: Migration { facts.migration }

    init(_ facts: RunbookFacts) { self.facts = facts }

    var text: String {
        guard facts.phase != .done else {
            let gate =
                migration.door == nil
                ? "the ConfigMap `\(migration.name)-receipt-…` out of `envFrom`"
                : "the init container `\(BackstageResource.doorContainer)`, its volume `\(Door.volume)` and `progressDeadlineSeconds` out"
            return "Take \(gate) of the Deployment `\(migration.deployment)`; the Secret stays."
        }
        return """
            Change the Deployment `\(migration.deployment)` like this, in one commit, \(moment). The lines belong to \
            the pod template; what is there already stays:

            ```yaml
            \(patch.yaml())```

            \(gate)The Secret comes last in `envFrom`, since the last one wins where two bring the same variable, and an `env` \
            entry of the same name wins over both: take out what sets `POSTGRES_*`, `PGSSLMODE` or `NODE_EXTRA_CA_CERTS` \
            elsewhere. Backstage must read them (`backend.database.connection` in its app-config: `host: ${POSTGRES_HOST}` and \
            so on), and `ssl` there must not be switched off.
            """
    }

    private var moment: String { migration.hasDoor ? "together with stage 2" : "once stage 2 is done" }

    private var gate: String {
        if migration.hasDoor {
            return
                "The init container is the door, and must be the last: a new pod waits there until everything is published, and the old "
                + "pods serve until then. The Deployment must roll (`strategy: RollingUpdate`), with no volume that only one pod can have. "
        }
        guard migration.gate != .none else { return "" }
        return
            "The ConfigMap is the gate: a new pod waits with `CreateContainerConfigError` until the Job has published, "
            + "and the old pods serve until then. Leave `optional` away, and let the Deployment roll (`strategy: "
            + "RollingUpdate`). "
    }

    private var patch: YAMLValue {
        var sources: [YAMLValue] = []
        if migration.gate != .none, !migration.hasDoor {
            sources.append(["configMapRef": ["name": .string(facts.names.receipt)]])
        }
        sources.append(["secretRef": ["name": .string(migration.credentials.secretName)]])
        var container: YAMLValue = ["name": "<backstage's container>", "envFrom": .sequence(sources)]
        var pod: YAMLValue = [:]
        if let certificate = migration.certificate, let path = migration.certificatePath {
            container["volumeMounts"] = [
                [
                    "name": "database-certificate", "mountPath": .string(path), "subPath": .string(certificate.key),
                    "readOnly": true,
                ]
            ]
            pod["volumes"] = [certificate.volume(named: "database-certificate")]
        }
        pod["containers"] = [container]
        guard migration.hasDoor else { return ["spec": ["template": ["spec": pod]]] }
        let door = Door(migration: migration)
        pod["initContainers"] = [door.container]
        if let volume = door.certificates { pod["volumes"] = .sequence((pod["volumes"]?.items ?? []) + [volume]) }
        return ["spec": ["progressDeadlineSeconds": .int(Door.progressDeadline), "template": ["spec": pod]]]
    }
}

extension CertificateReference {
    /// A volume that holds only the certificate authorities of the object.
    ///
    /// - Parameter file: the file's name; the key is used where it is `nil`.
    func volume(named name: String, file: String? = nil) -> YAMLValue {
        let items: YAMLValue = [["key": .string(key), "path": .string(file ?? key)]]
        return switch kind {
        case .secret: ["name": .string(name), "secret": ["secretName": .string(self.name), "items": items]]
        case .configMap: ["name": .string(name), "configMap": ["name": .string(self.name), "items": items]]
        }
    }
}
