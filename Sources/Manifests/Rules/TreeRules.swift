import JobContract
public import MigrationSpec
import YAMLTree

/// What every rendered tree must comply with, whatever the templates. Otherwise Argo CD, Flux, Kubernetes or OpenShift
/// would find fault with it at the worst time.
public struct TreeRules: Sendable {
    /// A rule that a file breaks.
    public struct Violation: Sendable, Hashable, CustomStringConvertible {
        public var path: String
        public var message: String
        public var description: String { "\(path): \(message)" }
    }

    private struct Object {
        let path: String
        let value: YAMLValue

        var kind: String? { value["kind"]?.string }
        var annotations: YAMLValue? { value["metadata"]?["annotations"] }
        var pod: YAMLValue? { value["spec"]?["template"]?["spec"] }
    }

    let migration: Migration
    let files: [RenderedFile]

    public init(_ migration: Migration, files: [RenderedFile]) {
        self.migration = migration
        self.files = files
    }

    /// - Throws: `YAMLError` for a file that is no YAML.
    public func violations() throws(YAMLError) -> [Violation] {
        var objects: [Object] = []
        for stage in migration.stages where !stage.changesCR {
            let folder = stage.folder + "/"
            for file in files where file.path.hasPrefix(folder) && !file.path.hasSuffix("kustomization.yaml") {
                objects.append(Object(path: file.path, value: try file.content()))
            }
        }
        return objects.flatMap { object in
            let messages = stageOrder(object) + job(object) + pod(object) + secrets(object)
            return messages.map { Violation(path: object.path, message: $0) }
        } + references(objects) + (try toolViolations()) + (try engineViolations())
    }

    /// Jobs that a person starts must not be seen by an engine, which would make them again and again.
    private func toolViolations() throws(YAMLError) -> [Violation] {
        var violations: [Violation] = []
        for file in files where file.path.hasPrefix(ToolJobs.folder + "/") {
            let value = try file.content()
            let object = Object(path: file.path, value: value)
            var messages = pod(object)
            if value["metadata"]?["name"] != nil || value["metadata"]?["generateName"] == nil {
                messages.append("a Job for kubectl create needs generateName and no name")
            }
            if object.pod?["automountServiceAccountToken"]?.bool != false {
                messages.append("it needs nothing of the API server, so it must have no token")
            }
            violations += messages.map { Violation(path: file.path, message: $0) }
        }
        for file in files where file.path.hasSuffix("kustomization.yaml") {
            let listed = try file.content()["resources"]?.items ?? []
            guard listed.contains(where: { $0.string?.hasPrefix(ToolJobs.folder) ?? false }) else { continue }
            violations.append(Violation(path: file.path, message: "the Jobs for a person's hand are no engine's"))
        }
        return violations
    }

    /// The sync waves must follow the order of the stages.
    private func stageOrder(_ object: Object) -> [String] {
        let wave = migration.stages.first { object.path.hasPrefix($0.folder + "/") }.map { "\(migration.wave(of: $0))" }
        var messages: [String] = []
        if object.annotations?["argocd.argoproj.io/sync-wave"]?.string != wave {
            messages.append("the annotation argocd.argoproj.io/sync-wave must be \"\(wave ?? "")\"")
        }
        if object.annotations?["argocd.argoproj.io/hook"] != nil {
            messages.append("a hook is run again at every sync")
        }
        if let options = object.annotations?["argocd.argoproj.io/sync-options"]?.string,
            options.contains("Replace=true") || options.contains("Force=true")
        {
            messages.append("Replace and Force delete what they are to change")
        }
        if object.value["metadata"]?["namespace"]?.string != migration.namespace {
            messages.append("metadata.namespace must be '\(migration.namespace)'")
        }
        return messages
    }

    private func job(_ object: Object) -> [String] {
        guard object.kind == "Job" else { return [] }
        let spec = object.value["spec"]
        var messages: [String] = []
        let unnamed = object.value["metadata"]?["name"]?.string?.dropLast(10) ?? ""
        if !unnamed.hasSuffix("-") { messages.append("its name must end in the hash of its content") }
        if object.pod?["restartPolicy"]?.string != "Never" {
            messages.append("restartPolicy must be Never, or podFailurePolicy is refused")
        }
        if spec?["ttlSecondsAfterFinished"] != nil {
            messages.append("with ttlSecondsAfterFinished the Job vanishes, and an engine makes it again")
        }
        if spec?["suspend"] != nil { messages.append("Argo CD and Flux take a suspended Job for a finished one") }
        if spec?["activeDeadlineSeconds"]?.int == nil { messages.append("activeDeadlineSeconds must be set") }
        return messages
    }

    /// Checks a pod against Pod Security "restricted", OpenShift's restricted-v2, and what Argo CD compares.
    private func pod(_ object: Object) -> [String] {
        guard let pod = object.pod else { return [] }
        var messages: [String] = []
        let context = pod["securityContext"]
        let containers = (pod["containers"]?.items ?? []) + (pod["initContainers"]?.items ?? [])
        func everywhere(_ holds: (YAMLValue?) -> Bool) -> Bool {
            holds(context) || containers.allSatisfy { holds($0["securityContext"]) }
        }
        if !everywhere({ $0?["runAsNonRoot"]?.bool == true }) { messages.append("runAsNonRoot must be true") }
        if !everywhere({ $0?["seccompProfile"]?["type"]?.string == "RuntimeDefault" }) {
            messages.append("seccompProfile must be RuntimeDefault")
        }
        for container in containers {
            let own = container["securityContext"]
            guard own?["allowPrivilegeEscalation"]?.bool == false, own?["capabilities"]?["drop"] == ["ALL"] else {
                messages.append("each container must refuse privilege escalation and drop ALL capabilities")
                break
            }
        }
        if migration.platform == .openshift {
            let named = ([context] + containers.map { $0["securityContext"] }).contains {
                $0?["runAsUser"] != nil || $0?["fsGroup"] != nil
            }
            if named { messages.append("OpenShift refuses a pod that names a user or group; it gives its own") }
        }
        for claim in object.value["spec"]?["volumeClaimTemplates"]?.items ?? []
        where claim["apiVersion"] == nil || claim["kind"] == nil || claim["spec"]?["volumeMode"] == nil {
            messages.append(
                "a claim template needs apiVersion, kind and volumeMode, or Argo CD finds it out of sync for ever")
        }
        return messages
    }

    private func secrets(_ object: Object) -> [String] {
        guard object.kind == "Secret", let name = object.value["metadata"]?["name"]?.string else { return [] }
        if name == migration.certificate?.name || name == migration.sourceCertificate?.name { return [] }
        let all = [migration.credentials] + [migration.administrator?.credentials].compactMap { $0 }
        switch all.first(where: { $0.secretName == name })?.source {
        case .plain?: return []
        case .sops?:
            let values = ["data", "stringData"].flatMap { object.value[$0]?.mapping.map(Array.init) ?? [] }
            let isEncrypted = values.allSatisfy { $0.value == "" || $0.value.string?.hasPrefix("ENC[") ?? false }
            return isEncrypted ? [] : ["a value in plain text, which SOPS was to encrypt"]
        default: return ["a Secret in plain text, which the config does not ask for"]
        }
    }

    /// A pod that names a Secret or ConfigMap that nobody makes waits for ever. What the config or a template of the
    /// team's own names is the team's to make.
    private func references(_ objects: [Object]) -> [Violation] {
        var known: Set = [
            migration.credentials.secretName, migration.credentials.login.secretName, migration.adminLogin.secretName,
        ]
        if migration.direction == .rollback { known.insert(migration.localSecretName) }
        if let certificate = migration.statefulSet?.tls { known.insert(certificate.secretName) }
        if case .object(let reference)? = migration.target.trust { known.insert(reference.name) }
        for object in objects where object.kind == "Secret" || object.kind == "ConfigMap" {
            if let name = object.value["metadata"]?["name"]?.string { known.insert(name) }
        }
        for environment in [migration.copy.pod.env, migration.statefulSet?.pod.env] {
            known.formUnion(environment?.requiredReferences ?? [])
        }
        for file in files { known.formUnion(file.referencesOfTeam) }
        return objects.flatMap { object in
            (object.pod?.requiredReferences ?? []).filter { !known.contains($0) }.map {
                Violation(path: object.path, message: "needs '\($0)', which is neither rendered nor known to exist")
            }
        }
    }
}
