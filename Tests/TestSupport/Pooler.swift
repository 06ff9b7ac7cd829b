import SystemPackage

/// PgBouncer before a server, which hands its sessions around.
public final class Pooler: Sendable {
    public let port: Int
    private let process: SupervisedProcess

    /// - Parameter setting: lines for its configuration besides.
    public static func start(before server: PostgresServer, setting: String = "") async throws -> Pooler {
        let folder = try makeTemporaryFolder("pooler")
        let port = try freeLoopbackPort()
        try folder.appending("users.txt").write("\"\(server.superuser)\" \"\(server.password)\"\n")
        try folder.appending("pgbouncer.ini").write(
            """
            [databases]
            * = host=\(server.host) port=\(server.port)
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = \(port)
            auth_type = plain
            auth_file = \(folder.appending("users.txt"))
            unix_socket_dir =
            pool_mode = session
            \(setting)
            """)
        // It refuses to be root. Its own user reads the folder as a member of nothing, so the folder is open.
        let process = try SupervisedProcess(
            "/bin/sh",
            [
                "-c",
                """
                chmod -R a+rX "$0"
                if [ "$(id -u)" = 0 ]; then set -- runuser -u postgres -- ; fi
                "$@" /usr/sbin/pgbouncer -q "$0/pgbouncer.ini" >/dev/null 2>&1 &
                pooler=$!
                trap 'kill $pooler; rm -rf "$0"' EXIT
                while read -r _; do echo ok; done
                """, folder.string,
            ], environment: ["PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C"])
        try await process.request("stand")
        let pooler = Pooler(port: port, process: process)
        guard
            try await eventually(
                within: .seconds(10),
                {
                    (try? await Command.run(
                        "/usr/bin/psql", ["-X", "-c", "SELECT 1"], environment: pooler.environment(server))) != nil
                })
        else {
            throw HelperError(request: "pgbouncer", answer: "does not answer")
        }
        return pooler
    }

    private func environment(_ server: PostgresServer) -> [String: String] {
        [
            "PGHOST": "127.0.0.1", "PGPORT": "\(port)", "PGUSER": server.superuser, "PGPASSWORD": server.password,
            "PGDATABASE": "postgres",
        ]
    }

    private init(port: Int, process: SupervisedProcess) { (self.port, self.process) = (port, process) }
}
