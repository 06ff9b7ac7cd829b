import Glibc
import Subprocess
import SystemPackage
import TestSupport
import Testing

@Suite struct PostgresServerTests {
    @Test(arguments: PostgresInstallation.installed)
    func `every kind of object loads on each installed version and pg_dump brings it to a second database unchanged`(
        installation: PostgresInstallation
    ) async throws {
        let server = try await PostgresServer.start(installation)
        #expect(try await server.value(of: "SHOW server_version_num").hasPrefix("\(installation.major)"))
        try await EveryKindOfObject.create("every kind", on: server)
        try await server.copy("every kind", to: server, as: "copy")

        #expect(try await server.schema(of: "every kind") == server.schema(of: "copy"))
        let contents = try await server.contents(of: "every kind")
        #expect(contents == (try await server.contents(of: "copy")))
        #expect(contents["public.every_type"]?.rows == 501)
        #expect(contents["large objects"]?.rows == 3)
    }

    @Test func `a changed value, a lost row and a moved sequence show in the contents`() async throws {
        let server = try await PostgresServer.start()
        try await server.psql("CREATE TABLE t (id serial, note text); INSERT INTO t (note) VALUES ('a'), ('b')")
        let before = try await server.contents(of: "postgres")
        try await server.psql("UPDATE t SET note = 'c' WHERE id = 2")
        let changed = try await server.contents(of: "postgres")
        #expect(changed["public.t"] != before["public.t"])
        #expect(changed["public.t_id_seq"] == before["public.t_id_seq"])
        try await server.psql("DELETE FROM t WHERE id = 2; SELECT nextval('t_id_seq')")
        let shrunk = try await server.contents(of: "postgres")
        #expect(shrunk["public.t"]?.rows == 1)
        #expect(shrunk["public.t_id_seq"] != before["public.t_id_seq"])
    }

    @Test func `no two servers share a password or a system identifier, though one template made both`() async throws {
        let (one, other) = (try await PostgresServer.start(), try await PostgresServer.start())
        #expect(one.password != other.password)
        let identifier = "SELECT system_identifier FROM pg_control_system()"
        #expect(try await one.value(of: identifier) != other.value(of: identifier))
        let stranger = try? await one.psql("SELECT 1", as: (role: one.superuser, password: other.password))
        #expect(stranger == nil)
    }

    @Test func `data survives a restart and a crash, on the same port`() async throws {
        let server = try await PostgresServer.start()
        try await server.psql("CREATE TABLE t AS SELECT generate_series(1, 10)")
        try await server.restart(.fast)
        try await server.psql("CHECKPOINT")
        try await server.restart(.immediate)
        #expect(try await server.value(of: "SELECT count(*) FROM t") == "10")
        try await server.pause()
        await #expect(throws: CommandError.self) { try await server.psql("SELECT 1") }
    }

    @Test func `a stopped server leaves no folder behind`() async throws {
        let server = try await PostgresServer.start()
        #expect(access(server.folder.string, F_OK) == 0)
        await server.stop()
        #expect(access(server.folder.string, F_OK) != 0)
    }

    @Test func `a server does not outlive the process that started it, even when that is killed`() async throws {
        let owner = await #expect(processExitsWith: .signal(SIGKILL), observing: [\.standardOutputContent]) {
            let server = try await PostgresServer.start()
            print("folder=\(server.folder)=")
            fflush(nil)
            raise(SIGKILL)
        }
        let output = String(decoding: try #require(owner).standardOutputContent, as: UTF8.self)
        let folder = try #require(output.firstMatch(of: /folder=(.+)=/)).1
        #expect(try await eventually { access(String(folder), F_OK) != 0 })
    }

    @Test func `a server that cannot start says why`() async throws {
        let error = await #expect(throws: HelperError.self) {
            _ = try await PostgresServer.start(settings: ["shared_buffers": "nonsense"])
        }
        #expect(error?.description.contains("invalid value for parameter \"shared_buffers\"") == true)
    }

    @Test(.enabled(if: PostgresInstallation.installed.contains { $0.hasTLS }))
    func `with a certificate a server refuses clients without TLS and clients that do not trust it`() async throws {
        let authority = try CertificateAuthority()
        let server = try await PostgresServer.start(certificate: authority.issue(for: ["localhost"]))
        let trusted = server.folder.appending("trusted.pem")
        let stranger = server.folder.appending("stranger.pem")
        try write(authority.certificate, to: trusted)
        try write(CertificateAuthority(name: "Somebody else").certificate, to: stranger)

        #expect(
            try await connect(to: server, as: "localhost", ["sslmode=verify-full", "sslrootcert=\(trusted)"]) == nil)
        #expect(try await connect(to: server, as: "localhost", ["sslmode=disable"])?.contains("no encryption") == true)
        #expect(
            try await connect(to: server, as: "localhost", ["sslmode=verify-full", "sslrootcert=\(stranger)"])?
                .contains("certificate verify failed") == true)
        #expect(
            try await connect(to: server, as: "127.0.0.1", ["sslmode=verify-full", "sslrootcert=\(trusted)"])?
                .contains("does not match host name") == true)
    }

    /// What `psql` complains of when it connects over TCP; `nil` when it gets through.
    private func connect(to server: PostgresServer, as host: String, _ options: [String]) async throws -> String? {
        let connection = "host=\(host) port=\(server.port) user=\(server.superuser) dbname=postgres "
        let result = try await run(
            .path(server.installation.program("psql")),
            arguments: ["-X", "-c", "SELECT 1", connection + options.joined(separator: " ")],
            environment: .inherit.updating(["PGPASSWORD": server.password]), output: .discarded,
            error: .string(limit: 10_000))
        return result.terminationStatus.isSuccess ? nil : result.standardError
    }

    private func write(_ text: String, to path: FilePath) throws {
        let file = try FileDescriptor.open(path, .writeOnly, options: .create, permissions: .ownerReadWrite)
        _ = try file.closeAfter { try file.writeAll(text.utf8) }
    }
}
