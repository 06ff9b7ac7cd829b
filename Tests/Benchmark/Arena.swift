import Glibc
import SystemPackage
import TestSupport

/// The two servers that everybody is measured on.
struct Arena {
    let source: PostgresServer
    let target: PostgresServer
    let proxy: TCPProxy
    let program: String
    let folder: FilePath
    /// Largest first, as whoever wants to be fast would order them.
    let databases: [String]
    let bytes: Int
    /// Besides those that name the servers.
    var settings: [String: String] = [:]
    private let searchRows: String

    /// What one way took, with the servers' share.
    struct Result {
        var process: MeasuredProcess
        /// Seconds of CPU of both servers.
        var servers: Double
    }

    static let searchCount = "SELECT count(*) FROM search"

    /// - Parameter isDurable: whether both servers keep what is committed, as real ones do.
    init(program: String, scale: Double, folder: FilePath, isDurable: Bool = false) async throws {
        self.program = program
        self.folder = folder
        let certificate = try CertificateAuthority().issue(for: ["127.0.0.1"])
        source = try await PostgresServer.start(.major(15), certificate: certificate, refusesPlain: false)
        target = try await PostgresServer.start(.major(15), certificate: certificate, refusesPlain: false)
        proxy = try await TCPProxy.start(to: target.port)
        try await proxy.delay(seconds: 0.005)
        try await BackstageDatabases.create(on: source, scale: scale)
        let sizes = try await source.psql(
            "SELECT datname, pg_database_size(oid) FROM pg_database WHERE datname NOT LIKE 'template_' AND datname <> 'postgres' ORDER BY 2 DESC, 1"
        ).split(separator: "\n").map { $0.split(separator: "|") }
        databases = sizes.map { String($0[0]) }
        bytes = sizes.reduce(0) { $0 + (Int($1[1]) ?? 0) }
        searchRows = try await source.value(of: Self.searchCount, database: "backstage_plugin_catalog")
        if isDurable { try await setDurable(true) }
        let passwords =
            [source, target].map { "*:\($0.port):*:*:\($0.password)\n" } + ["*:\(proxy.port):*:*:\(target.password)\n"]
        let file = try FileDescriptor.open(
            folder.appending("passwords"), .writeOnly, options: .create, permissions: .ownerReadWrite)
        _ = try file.closeAfter { try file.writeAll(passwords.joined().utf8) }
    }

    var log: FilePath { folder.appending("log") }

    /// Lets both servers keep what is committed whatever happens, as real ones do, or not, as the tests' do.
    func setDurable(_ isDurable: Bool) async throws {
        let value = isDurable ? "on" : "off"
        for server in [source, target] {
            for setting in ["fsync", "full_page_writes", "synchronous_commit"] {
                try await server.psql("ALTER SYSTEM SET \(setting) = \(value)")
            }
            // Loaded again a second later, it is as on a server whose configuration has not changed for a while.
            let isLoaded = try await eventually {
                try await server.value(
                    of: """
                        SELECT current_setting('full_page_writes') = '\(value)' AND date_trunc('second', pg_conf_load_time())
                            > (pg_stat_file('postgresql.auto.conf')).modification FROM pg_reload_conf()
                        """) == "t"
            }
            guard isLoaded else {
                throw BenchmarkError("a server has not taken up that fsync is \(value)")
            }
        }
    }

    /// Runs a script from the same start as all others and looks whether the rows have arrived.
    func measure(_ contestant: Contestant, under condition: Condition) async throws -> Result {
        try await reset()
        let servers = try [source, target].map(ServerProcesses.init)
        let before = servers.reduce(0) { $0 + $1.cpuSeconds() }
        let process = try MeasuredProcess.run(contestant.script, environment: environment(condition), log: log)
        let result = Result(process: process, servers: servers.reduce(0) { $0 + $1.cpuSeconds() } - before)
        let arrived = try await target.value(of: Self.searchCount, database: "backstage_plugin_catalog")
        let names = try await target.psql("SELECT datname FROM pg_database").split(separator: "\n").map(String.init)
        guard arrived == searchRows, Set(names).isSuperset(of: databases) else {
            throw BenchmarkError(
                "\(contestant.name): \(arrived) of \(searchRows) rows of the catalog's search have arrived")
        }
        return result
    }

    /// Empties the target, opens the source for writes and leaves nothing for a later checkpoint.
    func reset() async throws {
        try await target.psql(
            #"""
            SELECT format('DROP DATABASE %I WITH (FORCE)', datname) FROM pg_database
            WHERE datname NOT LIKE 'template_' AND datname <> 'postgres' \gexec
            CHECKPOINT;
            """#)
        try await source.psql(
            #"""
            SELECT format('ALTER DATABASE %I RESET default_transaction_read_only', datname)
            FROM pg_database WHERE datname NOT LIKE 'template_' \gexec
            CHECKPOINT;
            -- As long after the last run as after the first start.
            SELECT pg_reload_conf();
            """#)
        _ = try MeasuredProcess.run(
            #"rm -rf "$WORK"; mkdir "$WORK""#, environment: environment(.local), log: log)
    }

    func environment(_ condition: Condition) -> [String: String] {
        let targetPort = "\(condition == .distant ? proxy.port : target.port)"
        let encryption = condition == .encrypted ? "require" : "disable"
        return settings.merging([
            "PATH": "\(source.installation.programs):/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": folder.string,
            "PGHOST": "127.0.0.1", "PGUSER": "postgres", "PGSSLMODE": encryption,
            "PGPASSFILE": folder.appending("passwords").string, "SOURCE_PORT": "\(source.port)",
            "TARGET_PORT": targetPort, "DATABASES": databases.joined(separator: " "),
            "WORK": folder.appending("work").string, "REHOME_JOB": program,
            "REHOME_NAMESPACE": "bench", "REHOME_INSTANCE": "bench", "REHOME_GATE": "none",
            "REHOME_SOURCE_HOST": "127.0.0.1", "REHOME_SOURCE_PORT": "\(source.port)",
            "REHOME_SOURCE_USER": "postgres", "REHOME_SOURCE_PASSWORD": source.password,
            "REHOME_SOURCE_SSLMODE": encryption,
            "REHOME_TARGET_HOST": "127.0.0.1", "REHOME_TARGET_PORT": targetPort, "REHOME_TARGET_USER": "postgres",
            "REHOME_TARGET_PASSWORD": target.password, "REHOME_TARGET_SSLMODE": encryption,
        ]) { own, _ in own }
    }
}
