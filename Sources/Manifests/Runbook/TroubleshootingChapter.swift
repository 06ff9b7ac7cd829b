import JobContract
import MigrationSpec

/// What Backstage's errors mean when it does not come up, and what to do.
struct TroubleshootingChapter: RunbookChapter {
    private let facts: RunbookFacts
    private var migration: Migration { facts.migration }

    init(_ facts: RunbookFacts) { self.facts = facts }

    var text: String {
        guard facts.phase != .prepare else { return "" }
        return """
            ## Troubleshooting

            The newest pod is the one that does not come up, while older ones may serve on. Its own words, and where it \
            connects to:

            \(Markdown.shell(
                facts.commands.findNewestPod, "\(facts.kubectl) logs \"$pod\" --tail=200",
                facts.commands.inNewestPod("echo $POSTGRES_HOST")))

            \(Markdown.table(["it says", "why", "what to do"], rows))
            `NAME`: `backstage_plugin_` and the plugin that complains, in the log line before. Some plugins have a second \
            such table, `backstage_backend_tasks__knex_migrations_lock`.

            """
    }

    private func code(_ line: ShellLine) -> String { Markdown.code(line) }

    private func sql(_ statement: String) -> String {
        guard let server = migration.statefulSet else { return "in the database NAME: \(Markdown.code(statement))" }
        let pod: ShellLine = "\(facts.kubectl) exec \(migration.name)-0 --"
        switch server.imageFamily {
        case .sclorg: return code("\(pod) psql -U postgres -d NAME -c \(statement)")
        // The superuser that the image's Secret names is the only one.
        case .official:
            return code("\(pod) sh -c \("psql -U \"$POSTGRES_USER\" -d NAME -c \"\(statement)\"")")
        }
    }

    private var rows: [[String]] { locks + tls + roles + operatorRows }

    private var locks: [[String]] {
        [
            [
                "Can't take lock to run migrations: Migration table is already locked",
                "a pod died while it changed a schema. The copy itself leaves one free row in every lock table",
                "with no pod of Backstage running: " + sql("UPDATE knex_migrations_lock SET is_locked = 0")
                    + ". If the table has more than one row, delete all; knex makes one",
            ],
            [
                "The migration directory is corrupt, the following files are missing",
                "the image is older than the data", "run the release that ran before the move",
            ],
        ]
    }

    private var tls: [[String]] {
        guard migration.target.trust != nil else {
            return [
                [
                    "no pg_hba.conf entry … no encryption", "the server insists on TLS",
                    "set `target…tls.mode: verify-full`",
                ]
            ]
        }
        return [
            [
                "self-signed certificate in certificate chain, unable to verify the first certificate",
                "NODE_EXTRA_CA_CERTS leads to no file, or to one without the server's authority",
                code(facts.commands.inNewestPod("cat $NODE_EXTRA_CA_CERTS")),
            ],
            [
                "Hostname/IP does not match certificate's altnames",
                "POSTGRES_HOST is not a name in the certificate", "use the name that the certificate bears",
            ],
            [
                "The server does not support SSL connections", "the server has no certificate loaded",
                "look at the server's own log",
            ],
        ]
    }

    private var roles: [[String]] {
        [
            [
                "permission denied to create database", "a plugin that is new needs its own database",
                "`ALTER ROLE … CREATEDB`, or create it for the role",
            ],
            [
                "too many clients already, remaining connection slots are reserved",
                "each plugin of each replica keeps a pool of up to 10",
                migration.statefulSet == nil
                    ? "raise the server's max_connections" : "raise `target.statefulSet.maxConnections`",
            ],
            [
                "cannot execute … in a read-only transaction", "it writes to a fenced database",
                "\(facts.isLive ? "from the fence to the roll-out" : "during the copy"): as it should be. Afterwards: it is not where you think, see POSTGRES_HOST above",
            ],
        ]
    }

    private var operatorRows: [[String]] {
        let signedOut = [
            "401, everybody is signed out", "the auth plugin's database was left out or is another",
            "`migration.include` and `exclude`; then a new generation",
        ]
        guard facts.hasOperator else { return [signedOut] }
        let password = facts.local.map { local in
            [
                "password authentication failed for user \"postgres\", after the local database came back",
                "the operator made a new Secret, and the old volume has the old password",
                "name the saved Secret: `spec.database.authSecretName: \(local.savedSecret)`",
            ]
        }
        return [password].compactMap(\.self) + [
            [
                "nothing, and an edited Secret or ConfigMap has no effect", "the operator read the old content",
                code(facts.commands.wakeOperator),
            ],
            signedOut,
        ]
    }
}
