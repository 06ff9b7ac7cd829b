import FoundationEssentials

/// Pushes metrics to a Prometheus Pushgateway, since the Job may be gone before anybody scrapes it.
public struct Pushgateway: Sendable {
    private let url: String

    /// - Parameters:
    ///   - base: the gateway's URL.
    ///   - labels: the labels by which the metrics are grouped, in order. Their values are names of Kubernetes objects,
    ///     which need no escaping in a URL.
    public init(_ base: String, labels: [(name: String, value: String)]) {
        let base = base.hasSuffix("/") ? String(base.dropLast()) : base
        url = base + "/metrics" + labels.map { "/\($0.name)/\($0.value)" }.joined()
    }

    /// Replaces the metrics that were pushed before.
    ///
    /// - Parameter metrics: in Prometheus' text format.
    /// - Throws: ``ReceiptError``, after a short time: nothing should wait long for a gateway.
    public func push(_ metrics: String) throws(ReceiptError) {
        let answer = try HTTPRequest(
            method: "PUT", url: url, contentType: "text/plain; version=0.0.4", body: Data(metrics.utf8),
            protocols: "http,https", patience: (connection: 2, all: 4)
        ).perform()
        guard (200..<300).contains(answer.status) else {
            throw ReceiptError(message: "PUT \(url): answered \(answer.status)", canRetry: true)
        }
    }
}
