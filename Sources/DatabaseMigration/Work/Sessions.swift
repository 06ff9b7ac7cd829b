import Dispatch
import JobContract
import PostgresClient

/// Opens connections to both servers, all set up alike.
struct Sessions: Sendable {
    var source: JobSettings.Server
    var target: JobSettings.Server
    /// The role that owns what is created at the target.
    var owner: RoleName
    var ownerPassword: String
    var applicationName: String
    var interrupt: Interrupt
    /// Seconds until an attempt to connect is given up.
    var connectTimeout: Double = 20
    /// Whether sessions in staging databases fire no trigger (``ReplicaRole``).
    var worksAsReplica = false
    /// What is known of the servers; `nil` before the first look.
    var sourceTraits: ServerTraits?
    var targetTraits: ServerTraits?
    /// Limits what sessions at the source give it to do.
    var pace: SourcePace?
    /// The sessions of this process.
    let register: SessionRegister

    init(
        _ settings: JobSettings, applicationName: String, interrupt: Interrupt,
        register: SessionRegister = SessionRegister()
    ) {
        source = settings.source
        target = settings.target
        owner = RoleName(settings.owner)
        ownerPassword = settings.ownerPassword
        self.applicationName = applicationName
        self.interrupt = interrupt
        self.register = register
    }

    /// The same, for servers whose versions and rights are known: they decide which settings a session sends.
    func knowing(source: ServerFacts?, target: ServerFacts?) -> Sessions {
        var sessions = self
        if let source { sessions.sourceTraits = source.traits }
        if let target { sessions.targetTraits = target.traits }
        return sessions
    }

    /// The application name of this migration's sessions, whichever attempt opened them: `rehome/<identity>/<attempt>`.
    static func applicationName(of identity: MigrationIdentity, attempt: String) -> String {
        "\(applicationPrefix(of: identity))\(attempt)"
    }

    static func applicationPrefix(of identity: MigrationIdentity) -> String { "rehome/\(identity.hash)/" }

    /// Whether the databases' owner is another role than the one that administers the target for the Job.
    var hasOwnerOfItsOwn: Bool { owner.text != target.user }

    func openSource(_ database: DatabaseName) throws(PostgresError) -> Connection {
        try open(sourceParameters(database))
    }

    /// A session of the role that makes databases. It never reads, changes or calls what came from the source.
    func openTarget(_ database: DatabaseName) throws(PostgresError) -> Connection {
        try open(targetParameters(database))
    }

    /// A session at the target that has logged in as the owner of what was created there. `SET ROLE` would be no
    /// boundary: any function could `RESET ROLE`.
    func openOwned(_ database: DatabaseName, values: ValueSettings = .common) throws(PostgresError) -> Connection {
        var parameters = ownedParameters(database)
        parameters.values = values
        return try open(parameters)
    }

    /// A session for work in a staging database, as the final owner.
    ///
    /// A commit does not wait for the disk. The publishing transaction does wait, and with it everything written
    /// before. Index builds start no parallel workers: several builds run at once already, as many as the settings say.
    /// Foreign keys are checked by way of the referenced table, and not of its index: the table's rows often lie in the
    /// order of those that refer to them, while the index has the order of random identifiers. Whole runs took 2 % less
    /// time so (medians of five, in turn).
    ///
    /// - Parameter values: the database's own.
    func openStaging(_ database: DatabaseName, values: ValueSettings) throws(PostgresError) -> Connection {
        let connection = try openOwned(database, values: values)
        try connection.execute(
            """
            SET synchronous_commit = off; SET maintenance_work_mem = '64MB'; SET max_parallel_maintenance_workers = 0;
            SET enable_indexonlyscan = off;
            -- What the schema does of itself may read its views: constraints that call functions, materialized views.
            SELECT set_config(name, '', false) FROM pg_settings WHERE name = 'restrict_nonsystem_relation_kind'
            """)
        if worksAsReplica { try connection.execute(ReplicaRole.setting) }
        return connection
    }

    func sourceParameters(_ database: DatabaseName) -> ConnectionParameters {
        var parameters = parameters(source, database, .reader, sourceTraits)
        parameters.pace = pace
        return parameters
    }

    private func targetParameters(_ database: DatabaseName) -> ConnectionParameters {
        parameters(target, database, .administrator, targetTraits)
    }

    func ownedParameters(_ database: DatabaseName) -> ConnectionParameters {
        guard hasOwnerOfItsOwn else { return parameters(target, database, .owner, targetTraits) }
        var server = target
        server.user = owner.text
        server.password = ownerPassword
        return parameters(
            server, database, .owner,
            targetTraits.map {
                ServerTraits(version: $0.version, isSuperuser: false, hasEnglishMessages: $0.hasEnglishMessages)
            })
    }

    private func parameters(
        _ server: JobSettings.Server, _ database: DatabaseName, _ authority: ConnectionParameters.Authority,
        _ traits: ServerTraits?
    ) -> ConnectionParameters {
        var parameters = ConnectionParameters(
            server: server, database: database, applicationName: applicationName, authority: authority, traits: traits)
        parameters.connectTimeout = connectTimeout
        parameters.register = register
        return parameters
    }

    private func open(_ parameters: ConnectionParameters) throws(PostgresError) -> Connection {
        try Connection.open(parameters, interrupt: interrupt)
    }

    /// Sessions for putting things back after a failure. They give up soon, since a pod has little time to stop.
    func forRetreat() -> Sessions {
        var sessions = self
        let interrupt = Interrupt()
        sessions.interrupt = interrupt
        sessions.connectTimeout = 3
        DispatchQueue.global().asyncAfter(deadline: .now() + 7) { interrupt.raise() }
        return sessions
    }
}
