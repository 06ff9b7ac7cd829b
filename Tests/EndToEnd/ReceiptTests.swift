import JobContract
import ReceiptClient
import Subprocess
import SystemPackage
import TestSupport
import Testing

extension EndToEnd {
    /// The receipt, left through a server that speaks the Kubernetes API's calls over TLS.
    @Suite struct ReceiptTests {
        private let content: [Receipt.Key: String] = [
            .migration: "rhdh/developer-hub/1", .publishedAt: "2026-01-01T00:00:00Z", .databases: "15",
            .fingerprint: "0123456789ab",
        ]

        private func client(of api: KubernetesAPIStandIn, host: String = "127.0.0.1", extra: [String: String] = [:])
            throws -> ReceiptClient
        {
            let environment = ["KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": "\(api.port)"].merging(extra)
            { $1 }
            return ReceiptClient(
                cluster: try .init(environment: environment, serviceAccount: api.serviceAccountFolder.string),
                namespace: api.namespace, name: "receipt", instance: "developer-hub")
        }

        @Test func `the receipt is made plain and labelled a second later, which wakes the operator reliably`()
            async throws
        {
            let api = try await KubernetesAPIStandIn.start(namespace: "rhdh")
            guard case .created = try await client(of: api).leave(content) else {
                Issue.record("not created")
                return
            }
            let calls = try api.calls()
            #expect(calls.map(\.method) == ["GET", "PATCH", "PATCH"])
            #expect(!calls[1].body.contains("ext-config-sync"))
            #expect(calls[2].time - calls[1].time >= 1)
            let receipt = try #require(try api.configMaps()["receipt"])
            #expect(receipt.metadata.labels == ["rhdh.redhat.com/ext-config-sync": "true"])
            #expect(receipt.metadata.annotations == ["rhdh.redhat.com/backstage-name": "developer-hub"])
            #expect(receipt.data?["REHOME_RECEIPT_DATABASES"] == "15")
        }

        @Test func `a receipt that is there is left alone, and one that was deleted is left again`() async throws {
            let api = try await KubernetesAPIStandIn.start(namespace: "rhdh")
            _ = try await client(of: api).leave(content)
            guard case .alreadyThere = try await client(of: api).leave(content) else {
                Issue.record("made twice")
                return
            }
            #expect(try api.calls().map(\.method) == ["GET", "PATCH", "PATCH", "GET"])
            try await api.delete("receipt")
            guard case .created = try await client(of: api).leave(content) else {
                Issue.record("not made again")
                return
            }
        }

        @Test func `a ConfigMap of that name that says something else is no receipt`() async throws {
            let api = try await KubernetesAPIStandIn.start(namespace: "rhdh")
            var other = content
            other[.fingerprint] = "ba9876543210"
            _ = try await client(of: api).leave(other)
            let error = await #expect(throws: ReceiptError.self) { try await client(of: api).leave(content) }
            #expect(error?.canRetry == false)
            #expect(
                error?.message.contains("REHOME_RECEIPT_FINGERPRINT is 'ba9876543210' instead of '0123456789ab'")
                    == true, "\(error?.message ?? "")")
            #expect(try api.calls().map(\.method) == ["GET", "PATCH", "PATCH", "GET"])
        }

        @Test(arguments: [(403, false), (401, false), (500, true), (503, true), (429, true)])
        func `a refusal says whether trying again can help`(status: Int, canRetry: Bool) async throws {
            let api = try await KubernetesAPIStandIn.start(namespace: "rhdh")
            try await api.fail(status: status)
            let error = await #expect(throws: ReceiptError.self) { try await client(of: api).leave(content) }
            #expect(error?.canRetry == canRetry)
            #expect(error?.message.contains("\(status)") == true)
            #expect(error?.message.contains(api.token) == false)
        }

        @Test func `proxies of the environment are passed by, and an IPv6 address is one to talk to`() async throws {
            let api = try await KubernetesAPIStandIn.start(namespace: "rhdh")
            _ = try await client(of: api, host: "::1", extra: ["https_proxy": "http://127.0.0.1:1"]).leave(content)
            #expect(try api.configMaps()["receipt"] != nil)
        }

        @Test func `an API server that the pod's authority does not vouch for gets no token`() async throws {
            let api = try await KubernetesAPIStandIn.start(namespace: "rhdh")
            let other = try await KubernetesAPIStandIn.start(namespace: "rhdh")
            let cluster = try ReceiptClient.Cluster(
                environment: ["KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": "\(api.port)"],
                serviceAccount: other.serviceAccountFolder.string)
            let client = ReceiptClient(cluster: cluster, namespace: "ns", name: "receipt", instance: "hub")
            let error = await #expect(throws: ReceiptError.self) { try await client.leave(content) }
            #expect(error?.canRetry == false, "\(error?.message ?? "")")
            #expect(try api.calls().isEmpty)
        }

        /// What a rendered runbook cuts the receipt out of the Job's log with, where the log is text and where it is
        /// JSON, and the receipt's name.
        private static func cuttingCommands() async throws -> (text: String, json: String, receipt: String) {
            try await withTemporaryFolder { folder in
                func command(_ format: String) async throws -> String {
                    let tree = try await RenderedTree(
                        of: Checkout.folder.appending("examples/statefulset"), named: format,
                        changes: [
                            "localDatabase: retire": "localDatabase: retire\n    gate: manual",
                            "\n  migration:\n": "\n  migration:\n    logFormat: \(format)\n",
                        ], in: folder)
                    let page = try tree.folder.appending("README.md").text()
                    let line = try #require(
                        page.split(separator: "\n").first {
                            $0.contains(" | sed -n ") && $0.hasSuffix("> receipt.json")
                        })
                    return String(try #require(line.firstRange(of: "sed -n ").map { line[$0.lowerBound...] }))
                }
                let (text, json) = (try await command("text"), try await command("json"))
                let name = try #require(text.firstMatch(of: #/REHOME-RECEIPT-BEGIN '?([a-z0-9-]+)/#)?.1)
                return (text, json, String(name))
            }
        }

        /// What the runbook's command leaves in its file.
        private static func cut(_ log: String, by command: String) async throws -> String {
            try await withTemporaryFolder { folder in
                try folder.appending("log").write(log + "\n")
                let result = try await Subprocess.run(
                    .path("/bin/sh"), arguments: ["-e", "-c", "cat log | \(command)"], workingDirectory: folder,
                    output: .discarded, error: .string(limit: 4096))
                #expect(result.terminationStatus.isSuccess, "\(command): \(result.standardError)")
                let lines = try folder.appending("receipt.json").text().split(separator: "\n")
                #expect(lines.count == 1)
                return lines.first.map { String($0) } ?? ""
            }
        }

        @Test func `with a manual gate the log ends with a receipt to be committed, and status prints it again`()
            async throws
        {
            let source = try await PostgresServer.start()
            let commands = try await Self.cuttingCommands()
            // Names that would like to be the receipt.
            try await source.psql(
                "CREATE DATABASE \"REHOME-RECEIPT-BEGIN \(commands.receipt)\"; CREATE DATABASE \"x\nREHOME-RECEIPT-END \(commands.receipt)\""
            )
            let target = try await PostgresServer.start()
            var job = Job(from: source, to: target)
            job[.gate] = "manual"
            job[.receiptName] = commands.receipt
            // Any call of the Kubernetes API would fail: there is no token, and nothing says where the API is.
            let run = try await job.run()
            #expect(run.end == .success, "\(run.output)")
            job.arguments = ["status"]
            let status = try await job.run()
            var receipts: Set<String> = []
            for output in [run.output, status.output] {
                let lines = output.split(separator: "\n")
                let begin = try #require(
                    lines.firstIndex { $0 == Receipt.Marker.begin(commands.receipt) }, "\(output)")
                #expect(lines.dropFirst(begin + 2).first ?? "" == Receipt.Marker.end(commands.receipt))
                #expect(lines.count { $0.hasPrefix("REHOME-RECEIPT-") } == 2, "\(output)")
                let receipt = String(lines[begin + 1])
                #expect(receipt.utf8.count < 4096)
                var namespace = ClusterNamespace("rhdh")
                try namespace.apply(manifests: receipt)
                let data = try #require(namespace.configMaps[commands.receipt])
                #expect(Set(data.keys) == Set(Receipt.Key.allCases.map(\.rawValue)))
                #expect(
                    data[Receipt.Key.direction.rawValue] == "forward" && data[Receipt.Key.databases.rawValue] == "2")
                #expect(receipt.contains(#""rhdh.redhat.com/ext-config-sync":"true""#))
                receipts.insert(receipt)
                #expect(try await Self.cut(output, by: commands.text) == receipt)
                #expect(receipt.contains(#""rhdh.redhat.com/backstage-name":"developer-hub""#))
                #expect(!receipt.contains(source.password) && !receipt.contains(target.password))
            }
            // The same as data: in the result, and where the log is data, as an event that the runbook's command cuts out.
            let wanted = try JSONValue(#require(receipts.first))
            let schema = try JSONSchemaCheck("docs/job-output.schema.json")
            for (command, name) in [("migrate", "published"), ("status", "status")] {
                job.arguments = [command, "--output", "json"]
                let result = try await job.run()
                #expect(try JSONValue(result.written)["receipt"] == wanted, "\(result.output)")
                #expect(try schema.problems(of: result.written, as: name) == [])
                #expect(!result.output.contains("stands below"))
            }
            job[.logFormat] = "json"
            for command in ["migrate", "status"] {
                job.arguments = [command]
                let output = try await job.run().output
                for line in output.split(separator: "\n") { _ = try JSONValue(String(line)) }
                #expect(try await JSONValue(Self.cut(output, by: commands.json)) == wanted)
            }
        }
    }
}
