import CCurl
import FoundationEssentials
import JobContract

/// Creates the receipt, a ConfigMap, through the Kubernetes API.
///
/// It is created without label and annotation, and a second later gets those that the operator watches for. If it is
/// created with both at once, it wakes the operator only sometimes, since the operator watches and reads through two
/// caches.
public struct ReceiptClient: Sendable {
    /// How a pod reaches the API server.
    public struct Cluster: Sendable {
        public var host: String
        public var port: String
        public var token: String
        /// PEM file of the API server's authority.
        public var caFile: String

        /// - Throws: ``ReceiptError`` outside of a pod, or in a pod without a token.
        public init(environment: [String: String], serviceAccount: String = JobFiles.serviceAccount)
            throws(ReceiptError)
        {
            guard let host = environment["KUBERNETES_SERVICE_HOST"], let port = environment["KUBERNETES_SERVICE_PORT"]
            else {
                throw ReceiptError(
                    message:
                        "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set, so this is no pod of a cluster",
                    canRetry: false)
            }
            let tokenFile = "\(serviceAccount)/token"
            guard let data = FileManager.default.contents(atPath: tokenFile) else {
                throw ReceiptError(
                    message:
                        "\(tokenFile) cannot be read: the pod needs automountServiceAccountToken and a ServiceAccount",
                    canRetry: false)
            }
            self.host = host
            self.port = port
            token = String(decoding: data, as: UTF8.self).filter { !$0.isNewline }
            caFile = "\(serviceAccount)/ca.crt"
        }

        /// An IPv6 address needs brackets in a URL.
        var base: String { "https://\(host.contains(":") ? "[\(host)]" : host):\(port)" }
    }

    private let cluster: Cluster
    private let namespace: String
    private let name: String
    private let instance: String

    public init(cluster: Cluster, namespace: String, name: String, instance: String) {
        self.cluster = cluster
        self.namespace = namespace
        self.name = name
        self.instance = instance
    }

    /// What was done about the receipt.
    public enum Outcome: Sendable { case created, alreadyThere }

    /// Makes sure that the receipt exists and that the operator knows of it.
    ///
    /// It is created by server-side apply. For that an API server checks the name in the permission even when it
    /// creates the object, so the Job's Role needs access to this one ConfigMap only (Kubernetes, Server-Side Apply).
    ///
    /// - Throws: ``ReceiptError``.
    public func leave(_ content: [Receipt.Key: String]) async throws(ReceiptError) -> Outcome {
        let data = Self.data(content)
        let found = try call("GET", path, body: nil, contentType: nil)
        switch found.status {
        case 404: break
        case 200:
            // An earlier run has left it, but maybe without the second step.
            try requireOwn(found.body, data)
            if found.body.contains(Receipt.watchLabel.name) { return .alreadyThere }
        default: throw refused(found, doing: "reading")
        }
        if found.status == 404 {
            try apply(ConfigMap(metadata: .init(name: name, namespace: namespace), data: data), doing: "creating")
            try? await Task.sleep(for: .seconds(1))
        }
        try apply(Self.configMap(data, namespace: namespace, name: name, instance: instance), doing: "labelling")
        return found.status == 404 ? .created : .alreadyThere
    }

    private func apply(_ manifest: ConfigMap, doing: String) throws(ReceiptError) {
        let answer = try call(
            "PATCH", "\(path)?fieldManager=rehome-job", body: manifest, contentType: "application/apply-patch+yaml")
        guard answer.status == 200 || answer.status == 201 else { throw refused(answer, doing: doing) }
    }

    private var path: String { "\(cluster.base)/api/v1/namespaces/\(namespace)/configmaps/\(name)" }

    private static func data(_ content: [Receipt.Key: String]) -> [String: String] {
        Dictionary(uniqueKeysWithValues: content.map { ($0.key.rawValue, $0.value) })
    }

    private static func configMap(_ data: [String: String], namespace: String, name: String, instance: String)
        -> ConfigMap
    {
        ConfigMap(
            metadata: .init(
                name: name, namespace: namespace, labels: [Receipt.watchLabel.name: Receipt.watchLabel.value],
                annotations: [Receipt.instanceAnnotation: instance]),
            data: data)
    }

    /// Whether an earlier run has left the receipt. Changes nothing.
    ///
    /// - Parameter content: what it must contain at least.
    /// - Throws: ``ReceiptError``, also if there is a ConfigMap of its name with other content.
    public func holds(_ content: [Receipt.Key: String]) async throws(ReceiptError) -> Bool {
        let found = try call("GET", path, body: nil, contentType: nil)
        guard found.status != 404 else { return false }
        guard found.status == 200 else { throw refused(found, doing: "reading") }
        try requireOwn(found.body, Self.data(content))
        return true
    }

    /// Refuses a ConfigMap of the receipt's name with other content: it is no receipt of this publication.
    private func requireOwn(_ body: String, _ wanted: [String: String]) throws(ReceiptError) {
        struct Found: Decodable { var data: [String: String]? }
        let data = (try? JSONDecoder().decode(Found.self, from: Data(body.utf8)))?.data ?? [:]
        let wrong = wanted.filter { data[$0.key] != $0.value }.keys.sorted()
        guard let first = wrong.first else { return }
        throw ReceiptError(
            message: "ConfigMap \(namespace)/\(name) exists and is not the receipt of this publication: \(first) is "
                + "\(data[first].map { "'\(VisibleText.of($0.prefix(80)))'" } ?? "missing") instead of '\(wanted[first] ?? "")'. "
                + "See who made it; delete it, and the next attempt leaves the right one",
            canRetry: false)
    }

    /// The receipt as a manifest that a person or CI can apply: one line of JSON, which is YAML too.
    public static func manifest(
        _ content: [Receipt.Key: String], namespace: String, name: String, instance: String
    ) throws -> String {
        String(
            decoding: try document(content, namespace: namespace, name: name, instance: instance).json(), as: UTF8.self)
    }

    /// The same as data.
    public static func document(
        _ content: [Receipt.Key: String], namespace: String, name: String, instance: String
    ) -> ConfigMap {
        configMap(data(content), namespace: namespace, name: name, instance: instance)
    }

    /// A manifest of a ConfigMap.
    public struct ConfigMap: Encodable, Sendable {
        struct Metadata: Encodable, Sendable {
            var name: String
            var namespace: String
            var labels: [String: String]? = nil
            var annotations: [String: String]? = nil
        }
        var apiVersion = "v1"
        var kind = "ConfigMap"
        var metadata: Metadata
        var data: [String: String]?

        func json() throws -> Data {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return try encoder.encode(self)
        }
    }

    private func call(
        _ method: String, _ url: String, body: ConfigMap?, contentType: String?
    ) throws(ReceiptError) -> (status: Int, body: String) {
        let payload: Data?
        do { payload = try body?.json() } catch {
            throw ReceiptError(message: "the receipt cannot be encoded: \(error)", canRetry: false)
        }
        return try HTTPRequest(
            method: method, url: url, token: cluster.token, caFile: cluster.caFile, contentType: contentType,
            body: payload
        ).perform()
    }

    private func refused(_ answer: (status: Int, body: String), doing: String) -> ReceiptError {
        let isTransient = answer.status >= 500 || answer.status == 429 || answer.status == 408
        var message =
            "the Kubernetes API at \(cluster.base) answered \(answer.status) to \(doing) ConfigMap \(namespace)/\(name)"
        if answer.status == 401 || answer.status == 403 {
            message += ": the Job's ServiceAccount lacks the right; apply the Role and RoleBinding of 2-copy"
        } else if !answer.body.isEmpty {
            message += ": " + VisibleText.of(answer.body.prefix(300).split(separator: "\n").joined(separator: " "))
        }
        return ReceiptError(message: message, canRetry: isTransient)
    }
}

/// Why the receipt could not be created.
public struct ReceiptError: Error, Sendable, CustomStringConvertible {
    public var message: String
    /// Whether trying again can help although nothing is changed.
    public var canRetry: Bool
    public var description: String { message }
}
