import FoundationEssentials
import ReceiptClient
import Subprocess
import SystemPackage
import TestSupport
import Testing

extension EndToEnd {
    /// A report always fits into a ConfigMap.
    @Suite struct ReportConfigMapTests {
        private func leave(_ content: ReportContent, at api: KubernetesAPIStandIn) async throws {
            let cluster = try ReceiptClient.Cluster(
                environment: ["KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": "\(api.port)"],
                serviceAccount: api.serviceAccountFolder.string)
            try await ReportClient(cluster: cluster, namespace: api.namespace, name: "r-report").leave(content)
        }

        /// Text that no compressor makes much smaller.
        private func noise(_ count: Int) -> String {
            var generator = SystemRandomNumberGenerator()
            return String(
                decoding: (0..<count).map { _ in UInt8.random(in: 0x21...0x7E, using: &generator) }, as: UTF8.self)
        }

        @Test func `a small one is plain, a large one compressed, and one that is too large goes without its tables`()
            async throws
        {
            let api = try await KubernetesAPIStandIn.start(namespace: "rhdh")
            try await leave(ReportContent(["report.html": "<p>"]) { [:] }, at: api)
            #expect(try api.configMaps()["r-report"]?.data == ["report.html": "<p>"])

            let page = String(repeating: "<tr><td>public.t</td></tr>\n", count: 100_000)
            try await leave(ReportContent(["report.html": page]) { [:] }, at: api)
            let packed = try #require(try api.configMaps()["r-report"]?.binaryData?["report.html.gz"])
            let file = "\(FileManager.default.temporaryDirectory.path)/\(UInt64.random(in: 0 ... .max)).gz"
            defer { try? FileManager.default.removeItem(atPath: file) }
            #expect(FileManager.default.createFile(atPath: file, contents: Data(base64Encoded: packed)))
            let unpacked = try await Subprocess.run(
                .name("gzip"), arguments: ["-dc", file], output: .string(limit: 4 << 20), error: .discarded)
            #expect(unpacked.standardOutput == page)

            let short = try ReportContent(["report.html": noise(2_000_000)]) { ["report.html": "short"] }
            #expect(short.data.isEmpty && short.binaryData["report.html.gz"] != nil)
            try await leave(short, at: api)
            #expect(throws: ReceiptError.self) {
                try ReportContent(["report.html": noise(2_000_000)]) { ["report.html": noise(2_000_000)] }
            }
        }

        @Test func `one that is refused says so, and gives no token away`() async throws {
            let api = try await KubernetesAPIStandIn.start(namespace: "rhdh")
            try await api.fail(status: 403)
            let error = await #expect(throws: ReceiptError.self) {
                try await leave(ReportContent(["report.html": "<p>"]) { [:] }, at: api)
            }
            #expect(error?.message.contains("403") == true && error?.message.contains(api.token) == false)
        }
    }
}
