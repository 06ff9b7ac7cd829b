import JobContract
import PostgresClient

/// What is looked at on each server as a whole.
extension Preflight {
    func versions() -> [Finding] {
        var findings: [Finding] = []
        if target.majorVersion < source.majorVersion {
            let message =
                "the target is PostgreSQL \(target.majorVersion), older than the source's \(source.majorVersion)"
            // On the way back there is no other server to choose. What it does not know stops the run before anything
            // is published.
            findings.append(
                settings.direction == .rollback
                    ? .warning(message, "Rehearse: an older server may not know what the newer one's dump writes.")
                    : .error(
                        message,
                        "Use a target of version \(source.majorVersion) or newer: an older one may not know what the dump writes."
                    ))
        }
        for (side, facts) in [("source", source), ("target", target)] {
            if facts.majorVersion < 12 {
                findings.append(
                    .error(
                        "the \(side) is PostgreSQL \(facts.majorVersion)",
                        "Versions from 12 on are supported; upgrade it first."))
            } else if !(15...18).contains(facts.majorVersion) {
                findings.append(
                    .note(
                        "the \(side) is PostgreSQL \(facts.majorVersion), which is expected to work but is not among those tested (15 to 18)"
                    ))
            }
        }
        if source.systemIdentifier == target.systemIdentifier {
            findings.append(
                .error(
                    "source and target are the same server (system identifier \(source.systemIdentifier))",
                    "Check the hosts: the databases are already there."))
        }
        return findings
    }

    /// Whether the source removes rows that a snapshot still sees (`old_snapshot_threshold`): deleted rows could not be
    /// found then.
    func oldSnapshots(_ connection: Connection) throws(PostgresError) -> [Finding] {
        // The setting no longer exists in version 17.
        let threshold = try connection.query("SELECT pg_catalog.current_setting('old_snapshot_threshold', true)")
        guard settings.precopy, let value = threshold.value, value != "-1" else { return [] }
        return [
            .error(
                "the source has old_snapshot_threshold = \(value): VACUUM may remove rows that the copy's snapshot still sees, so a live move cannot tell what has changed",
                "Set old_snapshot_threshold = -1 and restart the source, or move with spec.migration.precopy: false.")
        ]
    }

    /// Whether the target's configuration makes sessions read-only (`default_transaction_read_only`). Only a superuser can
    /// tell what the configuration says, since our own sessions set the parameter themselves.
    func readOnlyTarget(_ connection: Connection) throws(PostgresError) -> [Finding] {
        guard target.isSuperuser else { return [] }
        let files = try connection.query(
            """
            SELECT sourcefile, setting FROM pg_catalog.pg_file_settings
            WHERE name = 'default_transaction_read_only' AND applied AND setting NOT IN ('off', 'false', 'no', '0')
            """)
        guard let file = files.value else { return [] }
        return [
            .error(
                "the target's configuration sets default_transaction_read_only in \(file): Backstage could not write there",
                "Take it out (ALTER SYSTEM RESET default_transaction_read_only, for postgresql.auto.conf), and run SELECT pg_reload_conf()."
            )
        ]
    }

    /// Whether there is room for all sessions, under every limit that counts them.
    func connections(_ sourceConnection: Connection, _ targetConnection: Connection) throws(PostgresError) -> [Finding]
    {
        let budget = SessionBudget(settings, survey: survey)
        let pods = settings.pods == 1 ? "one pod" : "each of \(settings.pods) pods"
        var findings: [Finding] = []
        for (side, facts, wanted) in [("source", source, budget.source), ("target", target, budget.target)] {
            let free = facts.connectionLimit - facts.connectionsInUse
            guard free < wanted else { continue }
            findings.append(
                .error(
                    "the \(side) has \(free) free connections of \(facts.connectionLimit); \(settings.workers) workers in \(pods) may need \(wanted)",
                    "Fewer workers, a larger max_connections, or stop other programs."))
        }
        let roles: [(side: String, connection: Connection, role: RoleName, wanted: Int)] =
            [
                ("source", sourceConnection, source.role, budget.source),
                ("target", targetConnection, target.role, budget.target),
            ]
            + (sessions.hasOwnerOfItsOwn ? [("target", targetConnection, sessions.owner, budget.target)] : [])
        for (side, connection, role, wanted) in roles {
            let row = try connection.query(
                """
                SELECT r.rolconnlimit, (SELECT count(*) FROM pg_catalog.pg_stat_activity a WHERE a.usesysid = r.oid
                                          AND NOT starts_with(application_name, 'rehome/')) FROM pg_catalog.pg_roles r
                WHERE r.rolname = $1 AND r.rolconnlimit >= 0 AND NOT r.rolsuper
                """, [role.text]
            ).rows.first
            guard let limit = row?.integer(0), limit - (row?.integer(1) ?? 0) < wanted else { continue }
            findings.append(
                .error(
                    "role \(role) at the \(side) may have \(limit) connections; \(settings.workers) workers in \(pods) may need \(wanted)",
                    "\("ALTER ROLE \(role) CONNECTION LIMIT -1" as SQL), or fewer workers."))
        }
        guard !source.isSuperuser else { return findings }
        let each = settings.workers * settings.pods + 2
        for database in databases where database.connectionLimit >= 0 && database.connectionLimit < each {
            findings.append(
                .error(
                    "database \(database.name) at the source takes \(database.connectionLimit) connections; the Job may need \(each)",
                    "\("ALTER DATABASE \(database.name) CONNECTION LIMIT -1" as SQL), fewer workers, or a superuser, whom the limit does not hold."
                ))
        }
        return findings
    }

    func preparedTransactions() -> [Finding] {
        var findings: [Finding] = []
        if !source.preparedTransactions.isEmpty {
            findings.append(
                .error(
                    "prepared transactions at the source: \(source.preparedTransactions.map(\.description).joined(separator: ", "))",
                    "COMMIT PREPARED or ROLLBACK PREPARED them: they could write after the copy."))
        }
        if !target.preparedTransactions.isEmpty {
            findings.append(
                .warning(
                    "prepared transactions at the target: \(target.preparedTransactions.map(\.description).joined(separator: ", "))",
                    "COMMIT PREPARED or ROLLBACK PREPARED them if they are in a database that is to make room: it could not be renamed."
                ))
        }
        return findings
    }

    /// Databases that a DROP DATABASE has left half-way (`datconnlimit` -2).
    func invalidDatabases() -> [Finding] {
        let wanted = Set(databases.map(\.name) + settings.emptyDatabases.map { DatabaseName($0) })
        let here = databases.filter(\.isInvalid).map { ("source", $0.name) }
        let there = target.databases.filter { $0.isInvalid && wanted.contains($0.name) }.map { ("target", $0.name) }
        return (here + there).map { side, name in
            .error(
                "database \(name) at the \(side) is invalid: somebody has begun to drop it",
                side == "source"
                    ? "\("DROP DATABASE \(name)" as SQL), or exclude it."
                    : "\("DROP DATABASE \(name)" as SQL): it cannot be renamed.")
        }
    }

    func locales(_ connection: Connection) throws -> [Finding] {
        let known = Set(
            try connection.query(
                """
                SELECT collcollate FROM pg_catalog.pg_collation WHERE collcollate IS NOT NULL UNION SELECT collctype FROM pg_catalog.pg_collation WHERE collctype IS NOT NULL
                UNION SELECT datcollate FROM pg_catalog.pg_database UNION SELECT datctype FROM pg_catalog.pg_database
                """
            ).column.map(Self.normalised))
        var findings: [Finding] = []
        // Both settings name a locale of the operating system, whatever provider sorts the database.
        var users: [ByteText: Set<DatabaseName>] = [:]
        for database in databases {
            for locale in [database.collate, database.characterType]
            where !known.contains(Self.normalised(locale)) && !(["C", "POSIX"] as [ByteText]).contains(locale) {
                users[locale, default: []].insert(database.name)
            }
        }
        for (locale, names) in users.sorted(by: { $0.key < $1.key }) {
            findings.append(
                .error(
                    "the target does not know the locale \(locale) of \(names.sorted().map(\.description).joined(separator: ", "))",
                    "Install the locale on the target: another one would sort differently, and unique indexes on text depend on it."
                ))
        }
        let hasICU = try TargetFeatures.hasICU(connection)
        for database in databases {
            if database.localeProvider == "i", !hasICU || target.majorVersion < 15 {
                findings.append(
                    .error(
                        "database \(database.name) sorts by ICU (\(database.locale ?? "")), and the target cannot",
                        "Use a target of version 15 or newer that is built with ICU."))
            }
            if database.localeProvider == "b", target.majorVersion < 17 {
                findings.append(
                    .error(
                        "database \(database.name) sorts by PostgreSQL's own provider (\(database.locale ?? "")), which the target does not know",
                        "Use a target of version 17 or newer."))
            }
            if database.encoding == "SQL_ASCII" {
                findings.append(
                    .warning("\(database.name) has encoding SQL_ASCII: its bytes are moved unchecked", "Nothing to do.")
                )
            }
        }
        return findings
    }

    /// `en_US.UTF-8`, `en_US.utf8`: the same locale.
    private static func normalised(_ locale: ByteText) -> ByteText {
        ByteText(bytes: locale.lowercasedASCII.bytes.filter { $0 != UInt8(ascii: "-") })
    }

    /// Whether a server accepts a setting's value. Trying that changes nothing.
    private static func takes(_ setting: DatabaseSetting, at connection: Connection) throws(PostgresError) -> Bool {
        // Settings that change the session's role, its encoding or when it ends are not tried.
        let name = setting.name.text
        if ["role", "session_authorization", "client_encoding"].contains(name) || name.hasSuffix("_timeout") {
            return true
        }
        // These settings name objects that a database holds or will hold; ALTER DATABASE does not check them.
        let namesObjects: [ByteText] = [
            "default_text_search_config", "default_tablespace", "temp_tablespaces", "default_table_access_method",
        ]
        if namesObjects.contains(name) { return true }
        do {
            try connection.execute("BEGIN; SET LOCAL \(setting.name) = \(setting.valueSQL); ROLLBACK")
            return true
        } catch {
            try connection.execute("ROLLBACK")
            guard ["22", "42", "0A", "55"].contains(error.state?.errorClass) else { throw error }
            return false
        }
    }

    /// Settings of databases that the target will not take, or that are left out.
    func databaseSettings(_ connection: Connection) throws(PostgresError) -> [Finding] {
        let contexts = Dictionary(
            // Some names have capitals: TimeZone, DateStyle.
            try connection.query("SELECT lower(name), context FROM pg_catalog.pg_settings").rows.map {
                ($0.name(0) as Identifier, $0.text(1))
            },
            uniquingKeysWith: { first, _ in first })
        var findings: [Finding] = []
        for database in databases {
            // A setting with a dot in its name belongs to an extension or application, and takes any value.
            let settings = database.settings.filter {
                $0.name != Fence.parameter && !$0.name.text.bytes.contains(UInt8(ascii: "."))
            }
            func context(_ setting: DatabaseSetting) -> String? {
                contexts[Identifier(setting.name.text.lowercasedASCII)]
            }
            let unknown = settings.filter { context($0) == nil && $0.name != "role" }
            if !unknown.isEmpty {
                findings.append(
                    .warning(
                        "database \(database.name) has settings that the target does not know: \(unknown.map(\.description).joined(separator: ", "))",
                        "They are left out."))
            }
            let ofRoles = (survey.access[database.name]?.settings ?? []).map(\.setting)
            var refused: [DatabaseSetting] = []
            for setting in settings + ofRoles where context(setting) == "user" {
                if try !Self.takes(setting, at: connection) { refused.append(setting) }
            }
            if !refused.isEmpty {
                findings.append(
                    .warning(
                        "database \(database.name) has settings with values that the target refuses: \(refused.map(\.description).joined(separator: ", "))",
                        "They are left out."))
            }
            let privileged = settings.filter { !["user", "backend", nil].contains(context($0)) }
            let isAskedFor = self.settings.administratorObjects.contains(.settings)
            // An administrator sets them, or an owner that is a superuser.
            let areCarried = isAskedFor && (survey.rights.hasAdministrator || survey.rights.ownerIsSuperuser)
            let left =
                (areCarried ? [] : privileged)
                + (areCarried || survey.rights.ownerIsSuperuser ? [] : try refusedNames(of: database, at: connection))
            if !left.isEmpty {
                let who =
                    survey.rights.hasAdministrator || survey.rights.ownerIsSuperuser
                    ? "" : "give spec.adminCredentials, and "
                findings.append(
                    .warning(
                        "database \(database.name) has settings that only a superuser may set, which are left out: \(left.map(\.description).joined(separator: ", "))",
                        "If the target is to have them, \(who)name 'settings' in spec.migration.administratorObjects."))
            }
        }
        return findings
    }
}
