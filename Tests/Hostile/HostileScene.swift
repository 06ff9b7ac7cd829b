import JobContract
import TestSupport
import Testing

/// A source where an ordinary role owns the databases, and a target that is administered by a superuser.
struct HostileScene: Sendable {
    /// Who owns the databases at the target.
    enum Roles: String, CaseIterable, CustomTestStringConvertible {
        /// The role that the Job connects as.
        case one
        /// An ordinary role that the Job makes.
        case two
        var testDescription: String { "\(rawValue) role\(self == .two ? "s" : "")" }
    }

    static let tenant = (role: "tenant", password: "throw-away-tenant")
    static let owner = (role: "backstage", password: "throw-away-owner")

    let source: PostgresServer
    let target: PostgresServer
    let roles: Roles
    private var before: (source: [String], target: [String]) = ([], [])

    static func make(
        _ roles: Roles = .two, source: PostgresInstallation? = nil, target: PostgresInstallation? = nil
    ) async throws -> HostileScene {
        let scene = HostileScene(
            source: try await PostgresServer.start(source), target: try await PostgresServer.start(target), roles: roles
        )
        try await scene.source.psql("CREATE ROLE tenant LOGIN PASSWORD 'throw-away-tenant' CREATEDB")
        return scene
    }

    private init(source: PostgresServer, target: PostgresServer, roles: Roles) {
        (self.source, self.target, self.roles) = (source, target, roles)
    }

    /// Makes a database of the tenant's.
    func makeDatabase(_ name: String = "backstage_plugin_app") async throws {
        try await source.psql("CREATE DATABASE :\"name\" OWNER tenant", variables: ["name": name])
    }

    /// Runs a script as the tenant; `:"db"` is the database's name.
    func asTenant(_ script: String, in database: String = "backstage_plugin_app") async throws {
        try await source.psql(script, database: database, variables: ["db": database], as: Self.tenant)
    }

    var job: Job {
        var job = Job(from: source, to: target)
        guard roles == .two else { return job }
        job[.targetOwner] = Self.owner.role
        job[.targetOwnerPassword] = Self.owner.password
        return job
    }

    /// The same scene, which remembers how both servers are.
    func begun() async throws -> HostileScene {
        var scene = self
        scene.before = (try await Self.state(of: source), try await Self.state(of: target))
        return scene
    }

    /// Nothing exists at either server that the settings did not ask for.
    func checkUnharmed(_ output: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let asked = roles == .two ? ["role backstage t f f f t f"] : []
        #expect(try await Self.state(of: source) == before.source, "\(output)", sourceLocation: sourceLocation)
        let now = try await Self.state(of: target)
        #expect(
            now.filter { !before.target.contains($0) && !asked.contains($0) } == [], "\(output)",
            sourceLocation: sourceLocation)
        #expect(before.target.filter { !now.contains($0) } == [], "\(output)", sourceLocation: sourceLocation)
        try await checkNoPowerfulFunctions(output, sourceLocation: sourceLocation)
    }

    /// With two roles no function runs with more rights than the owner's.
    private func checkNoPowerfulFunctions(_ output: String, sourceLocation: SourceLocation) async throws {
        guard roles == .two else { return }
        let databases = try await target.psql(
            "SELECT datname FROM pg_database WHERE datallowconn AND datname <> 'postgres' AND NOT datistemplate AND datname !~ '\\n'"
        )
        for database in databases.split(separator: "\n").map(String.init) {
            let powerful = """
                SET statement_timeout = 0;
                SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner JOIN pg_namespace n ON n.oid = p.pronamespace
                WHERE r.rolsuper AND n.nspname NOT IN ('pg_catalog', 'information_schema')
                  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e')
                """
            let found = try await target.psql(powerful, database: database)
            #expect(found == "", "\(database)\n\(output)", sourceLocation: sourceLocation)
        }
    }

    /// Roles with their rights, memberships, settings, and what a program that was run has written.
    private static func state(of server: PostgresServer) async throws -> [String] {
        let lines = try await server.psql(
            """
            SELECT 'role ' || concat_ws(' ', rolname, rolcanlogin::text::char, rolsuper::text::char, rolcreaterole::text::char,
                                        rolreplication::text::char, rolcreatedb::text::char, rolbypassrls::text::char)
            FROM pg_authid
            UNION ALL SELECT 'member ' || roleid::regrole || ' ' || member::regrole FROM pg_auth_members
            -- Those of a role, and what only a superuser may set; a database's own settings are for its owner to choose.
            UNION ALL SELECT 'setting ' || setrole::regrole || ' ' || s FROM pg_db_role_setting, unnest(setconfig) s
                WHERE setrole <> 0 OR split_part(s, '=', 1) IN (SELECT name FROM pg_settings WHERE context = 'superuser')
            UNION ALL SELECT 'privilege ' || parname || ' ' || a.grantee::regrole FROM pg_parameter_acl, aclexplode(paracl) a
            UNION ALL SELECT 'tablespace ' || spcname FROM pg_tablespace
            UNION ALL SELECT 'file ' || f FROM pg_ls_dir('.') f WHERE f LIKE '%pwned%'
            UNION ALL SELECT 'configuration ' || name || ' ' || setting FROM pg_file_settings WHERE sourcefile LIKE '%auto.conf'
            ORDER BY 1
            """)
        return lines.split(separator: "\n").map(String.init)
    }
}
