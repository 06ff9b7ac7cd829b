import SystemPackage
import YAMLTree

/// The one container of a Job's pod with everything resolved, as the kubelet hands it to the container runtime.
public struct PodContainer: Sendable {
    /// A folder inside the container.
    enum Mount: Sendable {
        /// Files by name, read-only.
        case files([String: String], at: String)
        /// An empty folder that can be written to.
        case empty(at: String)
    }

    public var arguments: [String]
    /// All of it; nothing is inherited.
    public internal(set) var environment: [String: String]
    let mounts: [Mount]
    let isReadOnly: Bool

    /// - Parameters:
    ///   - job: The Job's name.
    ///   - api: The API server that the pod's service account talks to.
    /// - Throws: ``PodError`` in the kubelet's words for what it would not start, and for anything in the manifest that
    ///   this reader does not know, so that nothing is passed over in silence.
    public init(job: String, in namespace: ClusterNamespace, api: KubernetesAPIStandIn? = nil) throws {
        guard let pod = namespace.jobs[job]?["spec"]?["template"]?["spec"] else {
            throw PodError("jobs.batch \"\(job)\" not found")
        }
        guard let containers = pod["containers"]?.items, containers.count == 1, pod["initContainers"] == nil else {
            throw PodError("Job '\(job)': expected one container and no init containers")
        }
        let container = containers[0]
        guard container["command"] == nil else {
            throw PodError("Job '\(job)': 'command' replaces the image's program")
        }
        let account = pod["serviceAccountName"]?.string ?? "default"
        guard namespace.serviceAccounts.contains(account) else {
            throw PodError("serviceaccount \"\(account)\" not found")
        }

        let resolver = EnvironmentResolver(namespace: namespace, podName: "\(job)-x7k2p")
        var environment = try resolver.environment(of: container)
        arguments = (container["args"]?.items ?? []).map { resolver.expanded($0.string ?? "", in: environment) }
        isReadOnly = container["securityContext"]?["readOnlyRootFilesystem"]?.bool ?? false

        var mounts = try Self.mounts(of: container, volumes: pod["volumes"]?.items ?? [], namespace: namespace)
        if let api {
            environment["KUBERNETES_SERVICE_HOST"] = "127.0.0.1"
            environment["KUBERNETES_SERVICE_PORT"] = "\(api.port)"
            if pod["automountServiceAccountToken"]?.bool ?? true {
                let names = ["token", "ca.crt", "namespace"]
                let files = try names.map { ($0, try api.serviceAccountFolder.appending($0).text()) }
                mounts.append(
                    .files(Dictionary(uniqueKeysWithValues: files), at: "/var/run/secrets/kubernetes.io/serviceaccount")
                )
            }
        }
        // What the image and the container runtime set, unless the manifest says otherwise.
        let runtime = [
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOSTNAME": resolver.podName,
            "HOME": "/",
        ]
        self.environment = environment.merging(runtime) { manifest, _ in manifest }
        self.mounts = mounts
    }

    private static func mounts(
        of container: YAMLValue, volumes: [YAMLValue], namespace: ClusterNamespace
    ) throws -> [Mount] {
        try (container["volumeMounts"]?.items ?? []).map { mount in
            guard let name = mount["name"]?.string, let path = mount["mountPath"]?.string,
                let volume = volumes.first(where: { $0["name"]?.string == name }), mount["subPath"] == nil
            else { throw PodError("volumeMounts: '\(mount["name"]?.string ?? "")' has no volume, or a subPath") }
            if volume["emptyDir"] != nil { return .empty(at: path) }
            guard let secret = volume["secret"], let secretName = secret["secretName"]?.string
            else { throw PodError("volume '\(name)': only emptyDir and Secrets are known here") }
            guard let files = namespace.secrets[secretName] else {
                if secret["optional"]?.bool == true { return .files([:], at: path) }
                throw PodError("MountVolume.SetUp failed for volume \"\(name)\": secret \"\(secretName)\" not found")
            }
            guard let items = secret["items"]?.items else { return .files(files, at: path) }
            var chosen: [String: String] = [:]
            for item in items {
                guard let key = item["key"]?.string, let file = item["path"]?.string, !file.contains("/"),
                    let text = files[key]
                else {
                    throw PodError(
                        "MountVolume.SetUp failed for volume \"\(name)\": references non-existent secret key: \(item["key"]?.string ?? "")"
                    )
                }
                chosen[file] = text
            }
            return .files(chosen, at: path)
        }
    }
}

/// The rules by which a container's environment comes about (Kubernetes API reference, Container v1 core).
private struct EnvironmentResolver {
    let namespace: ClusterNamespace
    let podName: String

    func environment(of container: YAMLValue) throws -> [String: String] {
        var environment: [String: String] = [:]
        for source in container["envFrom"]?.items ?? [] {
            let prefix = source["prefix"]?.string ?? ""
            for (key, value) in try all(of: source) { environment[prefix + key] = value }
        }
        for item in container["env"]?.items ?? [] {
            guard let name = item["name"]?.string else { throw PodError("env: an item has no name") }
            if let value = try value(of: item, name: name, in: environment) { environment[name] = value }
        }
        return environment
    }

    /// Replaces `$(NAME)` where the variable is set before; `$$` stands for a dollar sign.
    func expanded(_ text: String, in environment: [String: String]) -> String {
        var result = text.replacing("$$", with: "\u{0}")
        for (name, value) in environment { result = result.replacing("$(\(name))", with: value) }
        return result.replacing("\u{0}", with: "$")
    }

    private func all(of source: YAMLValue) throws -> [String: String] {
        for (key, kind, objects) in [
            ("secretRef", "secret", namespace.secrets), ("configMapRef", "configmap", namespace.configMaps),
        ] {
            guard let reference = source[key], let name = reference["name"]?.string else { continue }
            if let content = objects[name] { return content }
            if reference["optional"]?.bool == true { return [:] }
            throw PodError("\(kind) \"\(name)\" not found")
        }
        throw PodError("envFrom: expected a secretRef or a configMapRef")
    }

    private func value(of item: YAMLValue, name: String, in environment: [String: String]) throws -> String? {
        guard let source = item["valueFrom"] else {
            guard let value = item["value"] else { return "" }
            guard let text = value.string else {
                throw PodError("env '\(name)': the API server wants a string, found \(value.kind)")
            }
            return expanded(text, in: environment)
        }
        switch source["fieldRef"]?["fieldPath"]?.string {
        case "metadata.namespace": return namespace.name
        case "metadata.name": return podName
        default: break
        }
        for (key, kind, objects) in [
            ("secretKeyRef", "secret", namespace.secrets), ("configMapKeyRef", "configmap", namespace.configMaps),
        ] {
            guard let reference = source[key], let object = reference["name"]?.string,
                let field = reference["key"]?.string
            else { continue }
            if let value = objects[object]?[field] { return value }
            if reference["optional"]?.bool == true { return nil }
            let found = objects[object] == nil
            throw PodError(
                found
                    ? "\(kind) \"\(object)\" not found"
                    : "couldn't find key \(field) in \(kind) \(namespace.name)/\(object)")
        }
        throw PodError("env '\(name)': this reader does not know its source")
    }
}
