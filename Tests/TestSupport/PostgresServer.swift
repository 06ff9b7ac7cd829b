import Glibc
import SystemPackage

/// A throw-away PostgreSQL server on a loopback port of its own.
///
/// It lives as long as its owner: when the value goes, or this process ends in whatever way, the server is stopped
/// and its folder removed.
///
///     let server = try await PostgresServer.start(.major(15))
///     try await server.psql("CREATE DATABASE shop")
public final class PostgresServer: Sendable {
    /// How a server is stopped; the names are `pg_ctl`'s.
    public enum StopMode: String, Sendable {
        /// Ends the clients' sessions, then stops in good order.
        case fast
        /// Like a crash: the next start recovers.
        case immediate
    }

    public let installation: PostgresInstallation
    public let host = "127.0.0.1"
    public let port: Int
    public let superuser: String
    /// The superuser's password, another one for each server, so that tests can look for it where it must not be.
    public let password: String
    /// Whether connections over TCP must be encrypted.
    public let requiresTLS: Bool
    /// Holds the cluster, the log and the Unix socket.
    public let folder: FilePath
    private let helper: SupervisedProcess

    /// Makes a cluster and starts it.
    /// - Parameters:
    ///   - installation: Whose programs; the newest by default, or the newest with TLS where there is a certificate.
    ///   - certificate: Presented to clients. `nil` for no TLS.
    ///   - refusesPlain: Whether connections over TCP without TLS are refused where there is a certificate.
    ///   - settings: Lines for `postgresql.conf`, besides ones that make tests fast at the cost of durability.
    ///   - superuser: The name of the role that `initdb` makes.
    ///   - locale: The cluster's locale, as `initdb` takes it.
    ///   - parent: Where its folder is made; `TMPDIR` by default.
    public static func start(
        _ installation: PostgresInstallation? = nil, certificate: ServerCertificate? = nil,
        refusesPlain: Bool = true, settings: [String: String] = [:], superuser: String = "postgres",
        password: String? = nil,
        locale: String = "C.UTF-8", parent: FilePath? = nil
    ) async throws -> PostgresServer {
        let installation = try installation ?? (certificate == nil ? .newest() : .withTLS())
        let folder = try makeTemporaryFolder("postgres", parent: parent)
        let password = password ?? randomPassword()
        let requiresTLS = certificate != nil && refusesPlain
        let options = ClusterTemplate.Options(
            root: installation.root, programs: installation.programs, superuser: superuser, locale: locale)
        let helper = try helper(in: folder, options)
        do {
            try folder.appending("password").write(password)
            try folder.appending("pg_hba.conf").write(hostBasedAuthentication(requiresTLS: requiresTLS))
            try folder.appending("settings.conf").write(
                configuration(settings, folder: folder, hasCertificate: certificate != nil))
            if let certificate {
                try folder.appending("server.crt").write(certificate.chain)
                try folder.appending("server.key").write(certificate.privateKey)
            }
            let template = try await ClusterTemplate.with(options)
            try await helper.request("copy \(template.folder)")
            let port = try await start(helper)
            return PostgresServer(
                installation: installation, port: port, superuser: superuser, password: password,
                requiresTLS: requiresTLS, folder: folder, helper: helper)
        } catch var error as HelperError {
            error.details = logs(in: folder)
            throw error
        }
    }

    private init(
        installation: PostgresInstallation, port: Int, superuser: String, password: String, requiresTLS: Bool,
        folder: FilePath, helper: SupervisedProcess
    ) {
        self.installation = installation
        self.port = port
        self.superuser = superuser
        self.password = password
        self.requiresTLS = requiresTLS
        self.folder = folder
        self.helper = helper
    }

    /// Stops the server and keeps its data; ``resume()`` starts it again.
    public func pause(_ mode: StopMode = .fast) async throws {
        try await helper.request("stop \(mode.rawValue)")
    }

    /// Starts the server again, on the same port.
    public func resume() async throws {
        try await helper.request("start \(port)")
    }

    public func restart(_ mode: StopMode = .fast) async throws {
        try await pause(mode)
        try await resume()
    }

    /// Stops the server for good and removes all that it wrote.
    public func stop() async {
        await helper.end()
    }

    /// What the server has logged so far.
    public func log() throws -> String {
        try folder.appending("postgres.log").text()
    }

    /// A free port can be taken by somebody else before the server has it; then another one is tried.
    private static func start(_ helper: SupervisedProcess) async throws -> Int {
        for _ in 0..<4 {
            let port = try freeLoopbackPort()
            if (try? await helper.request("start \(port)")) != nil { return port }
        }
        let port = try freeLoopbackPort()
        try await helper.request("start \(port)")
        return port
    }

    /// Starts what keeps a cluster in a folder, which goes with it.
    static func helper(in folder: FilePath, _ options: ClusterTemplate.Options) throws -> SupervisedProcess {
        try SupervisedProcess(
            "/bin/sh",
            [Checkout.here.appending("scripts/postgres-server.sh").string, folder.string] + options.arguments,
            environment: ["PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C"])
    }

    static func logs(in folder: FilePath) -> String {
        ["commands.log", "postgres.log"].compactMap { try? folder.appending($0).text() }.joined()
    }

    private static func configuration(_ settings: [String: String], folder: FilePath, hasCertificate: Bool) -> String {
        var lines = [
            "listen_addresses": "127.0.0.1", "unix_socket_directories": folder.string, "lc_messages": "C",
            "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
        ]
        if hasCertificate {
            lines["ssl"] = "on"
            lines["ssl_cert_file"] = folder.appending("server.crt").string
            lines["ssl_key_file"] = folder.appending("server.key").string
        }
        lines.merge(settings) { _, wanted in wanted }
        return lines.map { "\($0.key) = '\(doubled($0.value))'\n" }.sorted().joined()
    }

    private static func doubled(_ text: String) -> String {
        text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
    }

    private static func hostBasedAuthentication(requiresTLS: Bool) -> String {
        // The Unix socket is the tests' own way in, past TLS and with clients that do not speak it.
        """
        local all all scram-sha-256
        \(requiresTLS ? "hostssl" : "host") all all 127.0.0.0/8 scram-sha-256

        """
    }

    private static func randomPassword() -> String {
        "pw-" + String(UInt64.random(in: .min ... .max), radix: 36)
            + String(UInt64.random(in: .min ... .max), radix: 36)
    }
}
