import JobContract
import SystemPackage
import TestSupport
import Testing

extension EndToEnd {
    @Suite struct TLSTests {
        private func target(for names: [String], by authority: CertificateAuthority) async throws -> PostgresServer {
            try await PostgresServer.start(.withTLS(), certificate: authority.issue(for: names))
        }

        private func job(to target: PostgresServer, trusting certificate: String) async throws -> (Job, PostgresServer)
        {
            let source = try await PostgresServer.start(.withTLS())
            try await source.psql("CREATE DATABASE app")
            try await source.psql(
                "CREATE TABLE t AS SELECT g, repeat(md5(g::text), 40) FROM generate_series(1, 20000) g", database: "app"
            )
            var job = Job(from: source, to: target)
            let caFile = target.folder.appending("trusted.pem")
            try certificate.withCString { bytes in
                let file = try FileDescriptor.open(
                    caFile, .writeOnly, options: [.create, .truncate],
                    permissions: [.ownerReadWrite, .groupRead, .otherRead])
                _ = try file.closeAfter {
                    try file.writeAll(UnsafeRawBufferPointer(start: bytes, count: certificate.utf8.count))
                }
            }
            job[.targetTLSMode] = nil
            job[.targetCAFile] = caFile.string
            return (job, source)
        }

        @Test func `by default the target's certificate is verified in full, and everything comes over`() async throws {
            let authority = try CertificateAuthority()
            let target = try await target(for: ["127.0.0.1", "localhost"], by: authority)
            let (job, source) = try await job(to: target, trusting: authority.certificate)
            let result = try await job.run()
            #expect(result.end == .success, "\(result.output)")
            #expect(result.output.contains("connected to the target") && result.output.contains(", TLS"))
            #expect(try await target.contents(of: "app") == source.contents(of: "app"))
        }

        @Test func `a wrong authority and a wrong host name are told apart`() async throws {
            let authority = try CertificateAuthority()
            let target = try await target(for: ["127.0.0.1"], by: authority)
            var (job, _) = try await job(to: target, trusting: CertificateAuthority(name: "another").certificate)
            let untrusted = try await job.run()
            #expect(untrusted.end == .personMustAct)
            #expect(untrusted.output.contains("wrong CA"), "\(untrusted.output)")

            (job, _) = try await self.job(to: target, trusting: authority.certificate)
            job[.targetHost] = "localhost"
            let misnamed = try await job.run()
            #expect(misnamed.end == .personMustAct)
            #expect(misnamed.output.contains("wrong host name"), "\(misnamed.output)")
        }
    }
}
