import MigrationSpec
import YAMLTree

/// The way back: removes what the cut-over has set, so that Backstage uses the chart's own database again.
extension HelmCutover {
    /// The values that take Backstage back. Only what the cut-over has set is changed: a list or a connection without
    /// anything of it stays as the team has it.
    var wantedBack: [WantedValue] {
        var wanted = database + receipts
        wanted += without("extraEnvVarsSecrets") { $0.string == migration.credentials.secretName }
        for name in ["extraVolumes", "extraVolumeMounts"] {
            wanted += without(name) { $0["name"]?.string == Self.volume }
        }
        return wanted + administratorVariableBack + connection + orchestrator
    }

    /// Values with which the chart's templates make its own database again.
    ///
    /// They name its Secret, even if the chart once made it. A chart that cannot look into the cluster, as in Argo CD, would
    /// make a Secret with a new password, which does not open the old volume.
    private var database: [WantedValue] {
        Self.database(of: migration, release).map { wanted in
            var wanted = wanted
            wanted.isDefault = release.earlier(wanted.path) == wanted.value
            return wanted
        }
    }

    private static func database(of migration: Migration, _ release: HelmRelease) -> [WantedValue] {
        func value(_ path: YAMLPath, _ value: YAMLValue) -> WantedValue {
            WantedValue(path: release.prefix + path, value: value)
        }
        let wanted = [value(HelmRelease.enabled, true)]
        guard release.ownSecret != migration.source.secretName else { return wanted }
        return wanted + [
            value(HelmRelease.existingSecret, .string(migration.source.secretName)),
            value(HelmRelease.adminKey, .string(release.administratorKey)),
            value(HelmRelease.userKey, .string(release.userKey)),
        ]
    }

    /// A values file to be given last, if the chart's own database is gone and has to be made again.
    ///
    /// - Throws: ``YAMLError`` where the values do not go together.
    static func localDatabase(_ migration: Migration) throws(YAMLError) -> RenderedFile? {
        guard let release = migration.helm, migration.crStage == .localDatabase else { return nil }
        return try file(database(of: migration, release), at: localDatabasePath)
    }

    static let localDatabasePath = "values/local-database.yaml"

    /// The administrator's password from the Secret of the database to which Backstage goes back.
    private var administratorVariableBack: [WantedValue] {
        let key = globalKey(release.administratorKey)
        guard case .literal(let index) = release.administratorVariable,
            let name = release.administratorReference?["name"]?.string,
            [migration.credentials.secretName, release.databaseName].contains(name)
        else { return key }
        return key
            + administratorVariable(index, from: migration.source.secretName, key: release.administratorKey)
    }

    private func without(_ name: String, _ isOurs: (YAMLValue) -> Bool) -> [WantedValue] {
        let path: YAMLPath = ["backstage", .key(name)]
        let items = release.node(path)?.items?.map { $0.value() } ?? []
        let others = items.filter { !isOurs($0) }
        guard others.count != items.count else { return [] }
        var wanted = value(path, .sequence(others))
        wanted.isDefault = isDefault(others, name)
        return [wanted]
    }

    /// On the way back Backstage logs in as the administrator, as is the default of RHDH's chart. Backstage's own chart
    /// needs no change: the variables that the cut-over reads have the same names in the chart.
    private var connection: [WantedValue] {
        let user = HelmRelease.connectionUser
        guard release.chart == .rhdh, isCutovers(release.prefix + user, "${POSTGRES_USER}") else { return [] }
        let connection = release.prefix + YAMLPath(Array(user.components.dropLast()))
        let role: [(String, YAMLValue)] = [
            ("user", .string(HelmRelease.administrator)), ("password", "${POSTGRESQL_ADMIN_PASSWORD}"),
        ]
        // The chart and its image have the server's name and port from the same variables.
        let server: [(String, YAMLValue)] = [("host", "${POSTGRES_HOST}"), ("port", "${POSTGRES_PORT}")]
        let isBegun = isBegun(connection)
        let login = role.map { key, value -> WantedValue in
            let path = connection.appending(.key(key))
            let isDefault = isBegun && (release.earlier(path) ?? value) == value
            return WantedValue(path: path, value: value, isDefault: isDefault)
        }
        let keys = release.files.last?.root?[at: connection]?.entries?.map(\.name) ?? []
        let place = server.filter { key, _ in
            // The cut-over adds its keys after those of the team.
            isBegun || keys.drop { $0 != "user" && $0 != "password" }.contains(key)
        }.map { key, value in
            WantedValue(path: connection.appending(.key(key)), value: value, isDefault: true)
        }
        return login + place.filter { isCutovers($0.path, $0.value) }
    }

    /// Whether the cut-over has begun the connection, which the order of its keys shows. A connection of the team's may have
    /// the same values, and stays.
    private func isBegun(_ connection: YAMLPath) -> Bool {
        guard let root = release.files.last?.root, let keys = HelmRelease.connection["connection"]?.mapping,
            root[at: connection]?.entries?.map(\.name) == keys.map(\.key)
        else { return false }
        var path = connection.components
        while let last = path.popLast(), let entries = root[at: YAMLPath(path)]?.entries {
            guard entries.count > 1 else { continue }
            let later = entries.map(\.name).drop { .key($0) != last }.dropFirst()
            return later.allSatisfy { last == "appConfig" && ["extraVolumes", "extraVolumeMounts"].contains($0) }
        }
        return true
    }

    /// Warns that the edited values no longer name Backstage's role, so that the way back cannot restore it.
    var forgottenRole: [Problem] {
        let user = HelmRelease.connectionUser
        guard migration.cutover == .inPlace, migration.phase == .migrate, release.chart == .rhdh,
            let role = release.localRole, let node = release.node(user)
        else { return [] }
        return [
            Problem(
                .warning, at: node.start,
                "Backstage logs in as '\(role.name)' now, and the cut-over replaces \(release.prefix + user) in this file; a way back "
                    + "would let it log in as '\(HelmRelease.administrator)', the server's administrator",
                advice:
                    "To go back as '\(role.name)', put the old user and password into the values again after the cut-over back has been "
                    + "rendered; they are in git's history. Or set spec.cutover.mode to copy, which leaves this file as it is."
            )
        ]
    }

    /// Clears the orchestrator's connection, which the chart does not need with its own database.
    private var orchestrator: [WantedValue] {
        let path: YAMLPath = ["orchestrator", "sonataflowPlatform"]
        let secret = path.appending("externalDBsecretRef")
        guard release.hasOrchestrator, isCutovers(secret, .string(migration.credentials.secretName)) else { return [] }
        let name = path.appending("externalDBName")
        let own = ["externalDBsecretRef", "externalDBHost", "externalDBPort"].map { path.appending(.key($0)) }
        // The cut-over left a name that the team had set.
        return (own + (isCutovers(name, "postgres") ? [name] : [])).map { path in
            WantedValue(path: path, value: "", isDefault: (release.earlier(path) ?? "") == "")
        }
    }

    private func isCutovers(_ path: YAMLPath, _ value: YAMLValue) -> Bool {
        let old = release.root[at: path]?.value()
        return old == value || isEscaped(old, value)
    }
}
