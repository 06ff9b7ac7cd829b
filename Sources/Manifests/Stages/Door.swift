import JobContract
import MigrationSpec
import YAMLTree

/// Holds a new pod of Backstage until the databases are published. It is the last of the init containers, so that the
/// pod's image, volume and plugins are ready before the fence falls.
struct Door {
    static let volume = "rehome-door-certificates"

    let migration: Migration

    /// `rehome-job wait`, restricted as the Job's own container is. The pod's other settings are Backstage's.
    var container: YAMLValue {
        var container: YAMLValue = [
            "name": .string(BackstageResource.doorContainer), "image": .string(migration.copy.image),
            "imagePullPolicy": .string(migration.copy.pod.imagePullPolicy.rawValue),
            "args": [.string(JobCommand.wait.rawValue)],
            "env": JobEnvironment(migration: migration, receiptName: "").doorItems,
            "resources": [
                "requests": ["cpu": "10m", "memory": "32Mi", "ephemeral-storage": "16Mi"],
                "limits": ["cpu": "100m", "memory": "64Mi", "ephemeral-storage": "64Mi"],
            ],
        ]
        if migration.certificate != nil {
            container["volumeMounts"] = [
                [
                    "name": .string(Self.volume), "mountPath": .string(JobFiles.targetCertificates), "readOnly": true,
                ]
            ]
        }
        container["terminationMessagePolicy"] = "FallbackToLogsOnError"
        container["securityContext"] = [
            "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "runAsNonRoot": true,
            "capabilities": ["drop": ["ALL"]], "seccompProfile": ["type": "RuntimeDefault"],
        ]
        return container
    }

    /// `nil` where TLS is switched off.
    var certificates: YAMLValue? {
        migration.certificate?.volume(named: Self.volume, file: JobFiles.certificateKey)
    }

    /// The deadline of a Deployment whose pods may wait for any time without being a failure. It is a number that
    /// nobody else would write, by which it is recognised as ours.
    static let progressDeadline = 2_147_483_646
}

// MARK: In the CR

extension CutoverResource {
    private static let spec: YAMLPath = ["spec", "deployment", "patch", "spec"]
    private static let pod: YAMLPath = spec + ["template", "spec"]
    private static let initContainers = pod.appending("initContainers")
    private static let volumes = pod.appending("volumes")
    private static let progressDeadline = spec.appending("progressDeadlineSeconds")

    /// The place of the door in the CR, if it has one.
    private func place(in list: YAMLPath, of name: String) -> YAMLPath? {
        let items = backstage.root[at: list]?.items ?? []
        return items.firstIndex { $0["name"]?.string == name }.map { list.appending(.index($0)) }
    }

    private var container: YAMLPath? { place(in: Self.initContainers, of: BackstageResource.doorContainer) }
    private var volume: YAMLPath? { place(in: Self.volumes, of: Door.volume) }

    /// Whether the CR has been given a door.
    var isDoorThere: Bool { container != nil }

    /// Whether a path leads into the door.
    func isDoors(_ path: YAMLPath) -> Bool {
        [container, volume].compactMap(\.self).contains { path.components.starts(with: $0.components) }
    }

    var doorEdits: [YAMLEdit] { migration.hasDoor && migration.crStage == .cutover ? standing : removal }

    private var standing: [YAMLEdit] {
        let door = Door(migration: migration)
        var edits = edits(putting: door.container, to: container, in: Self.initContainers)
        if let certificates = door.certificates {
            edits += self.edits(putting: certificates, to: volume, in: Self.volumes)
        } else if let volume {
            edits.append(.remove(volume))
        }
        // A deadline of the team's own stays.
        if backstage.root[at: Self.progressDeadline] == nil {
            edits.append(.set(Self.progressDeadline, .int(Door.progressDeadline)))
        }
        return edits
    }

    private func edits(putting item: YAMLValue, to place: YAMLPath?, in list: YAMLPath) -> [YAMLEdit] {
        guard let place else { return [.append(to: list, item)] }
        return backstage.root[at: place]?.value() == item ? [] : [.set(place, item)]
    }

    /// Removes the door, and whatever was made for it alone.
    private var removal: [YAMLEdit] {
        let deadline = backstage.root[at: Self.progressDeadline]?.scalar?.text == "\(Door.progressDeadline)"
        let own = [container, volume].compactMap(\.self)
        guard !own.isEmpty else { return [] }
        return YAMLEdit.removals(of: own + (deadline ? [Self.progressDeadline] : []), from: backstage.root, below: 1)
    }
}
