/// A pod of Backstage, as far as its databases see it: a session in each, as the role and at the server that its
/// environment names, which comes again when it is ended.
///
/// It keeps notes in the catalog's database, by which a test knows what Backstage has written.
public actor BackstageStandIn {
    private let environment: [String: String]
    private let server: PostgresServer
    private var sessions: [Task<Void, Never>] = []

    /// - Parameter servers: what DNS and the network would lead to, by host name.
    /// - Throws: ``PodError`` for an environment that leads to no server.
    public init(environment: [String: String], servers: [String: PostgresServer]) throws {
        guard let host = environment["POSTGRES_HOST"], let server = servers[host],
            environment["POSTGRES_PORT"] == "\(server.port)"
        else {
            throw PodError("connect ENOTFOUND \(environment["POSTGRES_HOST"] ?? "POSTGRES_HOST")")
        }
        self.environment = environment
        self.server = server
    }

    /// Where it connects to.
    public nonisolated var host: String { environment["POSTGRES_HOST"] ?? "" }

    /// Connects to every plugin's database.
    /// - Throws: ``CommandError`` with the server's words if it does not let this role in.
    public func start() async throws {
        let names = try await psql(
            "SELECT datname FROM pg_database WHERE datname LIKE 'backstage\\_plugin\\_%' AND datname NOT LIKE '%\\_before\\_%'",
            in: "postgres")
        let databases = names.split(separator: "\n").map(String.init)
        sessions = databases.map { database in
            Task {
                while !Task.isCancelled {
                    // Idle in between, so that its end is seen by the server at once.
                    _ = try? await psql("SELECT 1 \\watch 0.5", in: database)
                    try? await Task.sleep(for: .milliseconds(50))
                }
            }
        }
        let count =
            "SELECT count(DISTINCT datname) FROM pg_stat_activity WHERE application_name = 'backstage' AND datname <> 'postgres'"
        let isConnected = { @Sendable [server] in try await server.value(of: count) == "\(databases.count)" }
        guard try await eventually(within: .seconds(60), isConnected) else {
            throw PodError("Backstage did not reach all of \(databases)")
        }
    }

    /// Ends its sessions, as a pod that is stopped does.
    public func stop() async {
        for session in sessions { session.cancel() }
        for session in sessions { await session.value }
        sessions = []
    }

    /// - Throws: ``CommandError`` if the database refuses, as a fenced one does.
    public func write(_ note: String) async throws {
        try await psql(
            "CREATE TABLE IF NOT EXISTS public.notes (note text); INSERT INTO public.notes VALUES (:'note')",
            in: Self.catalog, variables: ["note": note])
    }

    /// All that was written, by whichever pod.
    public func notes() async throws -> [String] {
        try await psql("SELECT note FROM public.notes ORDER BY note", in: Self.catalog).split(separator: "\n").map(
            String.init)
    }

    private static let catalog = "backstage_plugin_catalog"

    @discardableResult
    private func psql(_ script: String, in database: String, variables: [String: String] = [:]) async throws -> String {
        let settings = variables.flatMap { ["--set", "\($0.key)=\($0.value)"] }
        return try await Command.run(
            server.installation.program("psql"),
            ["-X", "-q", "-A", "-t", "--set", "ON_ERROR_STOP=1"] + settings + ["--file", "-"],
            environment: [
                "PGHOST": host, "PGHOSTADDR": server.host, "PGPORT": "\(server.port)",
                "PGUSER": environment["POSTGRES_USER"] ?? "",
                "PGPASSWORD": environment["POSTGRES_PASSWORD"] ?? "", "PGDATABASE": database, "PGAPPNAME": "backstage",
                "PGSSLMODE": server.requiresTLS ? "require" : "disable", "LC_ALL": "C.UTF-8",
            ], input: script)
    }
}
