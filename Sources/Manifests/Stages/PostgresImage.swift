import MigrationSpec
import YAMLTree

/// What a family of PostgreSQL images needs in a pod.
///
/// Sources: the READMEs of sclorg/postgresql-container and docker-library/postgres, and their entry points.
struct PostgresImage {
    let family: ImageFamily
    let server: Migration.StatefulSet
    /// The login that the server sets up when it starts.
    let login: Migration.Login

    static let certificateFolder = "/etc/postgresql-tls"

    /// The user and group that the image is made for. OpenShift assigns others.
    var user: Int {
        switch family {
        case .sclorg: 26
        case .official: server.image.contains("alpine") ? 70 : 999
        }
    }

    /// Where the volume is mounted. The official image of version 18 refuses `/var/lib/postgresql/data`, and older ones
    /// take this folder as well.
    var volumeFolder: String {
        switch family {
        case .sclorg: "/var/lib/pgsql/data"
        case .official: "/var/lib/postgresql"
        }
    }

    /// A folder below the volume's own, in which a file system may have `lost+found`.
    var dataFolder: String {
        switch family {
        case .sclorg: "\(volumeFolder)/userdata"
        case .official: "\(volumeFolder)/pgdata"
        }
    }

    var environment: [YAMLValue] {
        switch family {
        case .sclorg:
            [
                // The image sets the password of the role postgres to this value at every start.
                secret("POSTGRESQL_ADMIN_PASSWORD", key: login.passwordKey),
                ["name": "POSTGRESQL_MAX_CONNECTIONS", "value": .string(String(server.tuning.maxConnections))],
                ["name": "POSTGRESQL_SHARED_BUFFERS", "value": .string(server.tuning.sharedBuffers)],
                ["name": "POSTGRESQL_EFFECTIVE_CACHE_SIZE", "value": .string(server.tuning.effectiveCacheSize)],
            ]
        case .official:
            [
                // The image makes this superuser at its first start, and does not read the Secret again.
                secret("POSTGRES_USER", key: login.userKey), secret("POSTGRES_PASSWORD", key: login.passwordKey),
                ["name": "POSTGRES_DB", "value": "postgres"], ["name": "PGDATA", "value": .string(dataFolder)],
            ]
        }
    }

    /// The settings as arguments, the only way to configure the official image. The sclorg image reads `*.conf` from a
    /// folder.
    var arguments: YAMLValue? {
        guard family == .official else { return nil }
        let settings = server.tuning.allSettings + (server.tls == nil ? [] : Self.tlsSettings)
        return .sequence(settings.flatMap { ["-c", .string("\($0.name)=\($0.value)")] })
    }

    /// The file that the sclorg image includes into `postgresql.conf`.
    var configuration: YAMLValue? {
        guard family == .sclorg else { return nil }
        let settings = server.tuning.connectionSettings + (server.tls == nil ? [] : Self.tlsSettings)
        return .string(settings.map { "\($0.name) = '\($0.value)'\n" }.joined())
    }

    func probe(live: Bool) -> YAMLValue {
        switch family {
        case .sclorg:
            live ? ["/usr/libexec/check-container", "--live"] : ["/usr/libexec/check-container"]
        // While the data folder is initialised, the image's server listens on its socket only.
        case .official: ["pg_isready", "--host=127.0.0.1", "--port=5432"]
        }
    }

    /// SIGTERM makes PostgreSQL wait until every client has left, which pools never do. The official image declares
    /// SIGINT as its stop signal, which is a fast shutdown.
    var stopCommand: YAMLValue? {
        family == .official ? nil : ["pg_ctl", "stop", "--mode=fast", .string("--pgdata=\(dataFolder)")]
    }

    private static let tlsSettings: [ServerSetting] = [
        ServerSetting(name: "ssl", value: "on"),
        ServerSetting(name: "ssl_cert_file", value: "\(certificateFolder)/tls.crt"),
        ServerSetting(name: "ssl_key_file", value: "\(certificateFolder)/tls.key"),
    ]

    private func secret(_ name: String, key: String) -> YAMLValue {
        [
            "name": .string(name),
            "valueFrom": ["secretKeyRef": ["name": .string(login.secretName), "key": .string(key)]],
        ]
    }
}

/// A line of `postgresql.conf`.
struct ServerSetting {
    let name: String
    let value: String
}

extension Migration.Tuning {
    /// Settings for Backstage's connection pools (PostgreSQL manual, 19.3). If a pod or node is gone, its sessions are
    /// noticed within two minutes, and their slots are free for the next. A transaction that somebody forgot does not
    /// hold up VACUUM for ever.
    var connectionSettings: [ServerSetting] {
        [
            ServerSetting(name: "tcp_keepalives_idle", value: "60"),
            ServerSetting(name: "tcp_keepalives_interval", value: "10"),
            ServerSetting(name: "tcp_keepalives_count", value: "6"),
            ServerSetting(name: "client_connection_check_interval", value: "30s"),
            ServerSetting(name: "idle_in_transaction_session_timeout", value: "30min"),
        ]
    }

    var sizeSettings: [ServerSetting] {
        [
            ServerSetting(name: "max_connections", value: String(maxConnections)),
            ServerSetting(name: "shared_buffers", value: sharedBuffers),
            ServerSetting(name: "effective_cache_size", value: effectiveCacheSize),
        ]
    }

    var allSettings: [ServerSetting] { sizeSettings + connectionSettings }
}
