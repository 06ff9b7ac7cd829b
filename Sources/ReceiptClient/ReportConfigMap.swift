import FoundationEssentials

/// A report as the content of a ConfigMap.
public struct ReportContent: Sendable {
    /// Texts by key, such as `report.html`.
    public typealias Files = [String: String]

    /// A ConfigMap may hold 1 MiB (Kubernetes, ConfigMaps). Its names and the object around it need some of that.
    static let mostBytes = 1_000_000
    /// A larger report is compressed.
    private static let mostPlainBytes = 400_000

    public private(set) var data: [String: String] = [:]
    /// The compressed texts, under the same keys with `.gz` appended.
    public private(set) var binaryData: [String: Data] = [:]

    /// - Parameters:
    ///   - files: the report.
    ///   - short: a shorter report, which always fits.
    public init(_ files: Files, short: () throws -> Files) throws {
        if files.values.reduce(0, { $0 + $1.utf8.count }) <= Self.mostPlainBytes {
            data = files
        } else if let compressed = Self.compressed(files) {
            binaryData = compressed
        } else if let compressed = Self.compressed(try short()) {
            binaryData = compressed
        } else {
            throw ReceiptError(
                message: "the report does not fit into a ConfigMap, not even without its list of tables",
                canRetry: false)
        }
    }

    private static func compressed(_ files: Files) -> [String: Data]? {
        var all: [String: Data] = [:]
        for (name, text) in files { all["\(name).gz"] = Gzip.compress(Array(text.utf8)) }
        let size = all.reduce(0) { $0 + $1.key.utf8.count + $1.value.count }
        return all.count == files.count && size <= mostBytes ? all : nil
    }
}

/// Writes a report to a ConfigMap beside the receipt, through the Kubernetes API.
public struct ReportClient: Sendable {
    private struct ConfigMap: Encodable {
        struct Metadata: Encodable {
            var name: String
            var namespace: String
        }
        var apiVersion = "v1"
        var kind = "ConfigMap"
        var metadata: Metadata
        var data: [String: String]
        var binaryData: [String: Data]
    }

    private let cluster: ReceiptClient.Cluster
    private let namespace: String
    private let name: String

    public init(cluster: ReceiptClient.Cluster, namespace: String, name: String) {
        (self.cluster, self.namespace, self.name) = (cluster, namespace, name)
    }

    /// Writes or replaces the report, by server-side apply like the receipt.
    ///
    /// - Throws: ``ReceiptError``.
    public func leave(_ content: ReportContent) async throws(ReceiptError) {
        let body: Data
        do {
            body = try JSONEncoder().encode(
                ConfigMap(
                    metadata: .init(name: name, namespace: namespace), data: content.data,
                    binaryData: content.binaryData))
        } catch {
            throw ReceiptError(message: "the report cannot be encoded: \(error)", canRetry: false)
        }
        let answer = try HTTPRequest(
            method: "PATCH",
            url: "\(cluster.base)/api/v1/namespaces/\(namespace)/configmaps/\(name)?fieldManager=rehome-job&force=true",
            token: cluster.token, caFile: cluster.caFile, contentType: "application/apply-patch+yaml", body: body
        ).perform()
        guard answer.status == 200 || answer.status == 201 else {
            throw ReceiptError(
                message:
                    "the Kubernetes API at \(cluster.base) answered \(answer.status) to writing ConfigMap \(namespace)/\(name)",
                canRetry: answer.status >= 500)
        }
    }
}
