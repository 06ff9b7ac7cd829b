import FoundationEssentials
import MigrationSpec
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// Certificates that cannot do their work.
struct CertificateTests {
    /// 2026-11-21, as the fixture's certificate has it, and other days.
    private static let (past, future) = (1_000_000_000, 5_000_000_000)

    private func problems(_ fixture: Fixture, at now: Int, isComparing: Bool = false) -> [String] {
        var texts = fixture.files
        texts["rehome.yaml"] = fixture.config
        let input = InputFiles(environment: [:], now: now) { [texts] path throws(InputFiles.Failure) in
            guard let text = texts[path.string] else { throw InputFiles.Failure.missing }
            return Array(text.utf8)
        }
        do {
            let loader = MigrationLoader(files: input, isComparing: isComparing)
            return try loader.load("rehome.yaml").warnings.map(\.description).filter { !Fixture.isOfItsSecret($0) }
        } catch {
            return error.problems.map(\.description)
        }
    }

    @Test func `a certificate that is not valid yet, or not any more, is refused at its line`() {
        let before = problems(Fixture(), at: Self.past)
        #expect(before.count == 1)
        #expect(
            before[0].hasPrefix(
                "ca.pem:1:1: error: the certificate 'CN=Throw-away CA,O=Rehome example\\, throw-away' is valid from 2026-11-21 only"
            ), "\(before)")
        let after = problems(Fixture(), at: Self.future)
        #expect(
            after.first?.contains("error: the certificate") == true
                && after.first?.contains("expired on 2126-10-28") == true, "\(after)")
    }

    @Test func `time alone fails no check`() {
        let warnings = problems(Fixture(), at: Self.future, isComparing: true)
        #expect(warnings.count == 1 && warnings[0].contains("ca.pem:1:1: warning: the certificate"), "\(warnings)")
    }

    @Test func `an old certificate beside a valid one is a warning, and one twice is one`() async throws {
        try await withTemporaryFolder { folder in
            let old = try await Self.certificate(in: folder, ["-days", "1"], subject: "/CN=old")
            let new = try await Self.certificate(in: folder, ["-days", "36500"], subject: "/CN=new")
            let now = Int(Date().timeIntervalSince1970) + 86_400 * 30
            let fixture = Fixture().with("ca.pem", old + new + new)
            let warnings = problems(fixture, at: now)
            #expect(
                warnings.count == 1 && warnings[0].contains("ca.pem:1:1: warning: the certificate 'CN=old' expired on"),
                "\(warnings)")
            let bundle = try fixture.load().migration.target.trust?.bundle
            #expect(bundle?.pem == old + new)
        }
    }

    @Test(arguments: [
        ("db.example.com", "DNS:other.example.com", false), ("db.example.com", "DNS:db.example.com", true),
        ("db.example.com", "DNS:*.example.com", true), ("a.db.example.com", "DNS:*.example.com", false),
        ("2001:DB8::1", "IP:2001:db8:0::1", true), ("192.0.2.7", "IP:192.0.2.8", false),
    ])
    func `a server's own certificate must name the host`(host: String, name: String, isRight: Bool) async throws {
        try await withTemporaryFolder { folder in
            let leaf = try await Self.certificate(
                in: folder, ["-addext", "subjectAltName=\(name)", "-addext", "basicConstraints=critical,CA:FALSE"],
                subject: "/CN=leaf")
            let fixture = Fixture().replacing("host: db.example.com", with: "host: \"\(host)\"").with("ca.pem", leaf)
            let found = problems(fixture, at: Int(Date().timeIntervalSince1970) + 60)
            #expect(
                found.contains {
                    $0.hasPrefix("ca.pem:1:1: error: the certificate 'CN=leaf' is a server's, and names ")
                } == !isRight, "\(found)")
            // Beside an authority, it may be a left-over.
            let both = fixture.with("ca.pem", leaf + Fixture.certificate)
            #expect(
                problems(both, at: Int(Date().timeIntervalSince1970) + 60).contains {
                    $0.contains("error: the certificate")
                } == false)
        }
    }

    /// A throw-away certificate as PEM, as `openssl` makes it.
    private static func certificate(in folder: FilePath, _ options: [String], subject: String) async throws -> String {
        let (key, file) = (folder.appending("key.pem"), folder.appending("certificate.pem"))
        try await OpenSSL.run(
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", subject,
                "-keyout", key.string, "-out", file.string,
            ] + options)
        return try file.text()
    }
}

private enum OpenSSL {
    static func run(_ arguments: [String]) async throws {
        let result = try await Subprocess.run(
            .name("openssl"), arguments: Arguments(arguments), output: .discarded, error: .string(limit: 1 << 16))
        try #require(result.terminationStatus.isSuccess, "\(result.standardError)")
    }
}
