import FoundationEssentials

/// Hands metrics to a Prometheus Pushgateway, for a Job that is gone before anybody scrapes it.
public struct Pushgateway: Sendable {
    private let url: String

    /// - Parameters:
    ///   - base: the gateway's URL.
    ///   - labels: what the metrics are grouped by, in order. Names of Kubernetes' own objects, which no URL has to escape.
    public init(_ base: String, labels: [(name: String, value: String)]) {
        let base = base.hasSuffix("/") ? String(base.dropLast()) : base
        url = base + "/metrics" + labels.map { "/\($0.name)/\($0.value)" }.joined()
    }

    /// Puts these metrics in the place of those that were pushed before.
    ///
    /// - Parameter metrics: in Prometheus' text format.
    /// - Throws: ``ReceiptError``, soon: nothing waits long for a gateway.
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
