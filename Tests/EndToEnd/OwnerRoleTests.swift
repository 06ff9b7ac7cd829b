import JobContract
import TestSupport
import Testing

extension EndToEnd {
    /// Backstage's own role, made by the Job: what it may do, and what it may not.
    @Suite struct OwnerRoleTests {
        private func source() async throws -> PostgresServer {
            let server = try await PostgresServer.start()
            try await server.psql("CREATE DATABASE backstage_plugin_app")
            try await server.psql("CREATE TABLE t (a int); INSERT INTO t VALUES (1)", database: "backstage_plugin_app")
            return server
        }

        private static let login = (role: "portal role", password: "throw-away ' \\ one")

        private func job(from source: PostgresServer, to target: PostgresServer) -> Job {
            var job = Job(from: source, to: target)
            job[.targetOwner] = Self.login.role
            job[.targetOwnerPassword] = Self.login.password
            return job
        }

        @Test func `the Job makes the role, which logs in, owns its databases, creates more, and can do nothing else`()
            async throws
        {
            let (source, target) = (try await source(), try await PostgresServer.start())
            let result = try await job(from: source, to: target).run()
            #expect(result.end == .success, "\(result.output)")
            #expect(!result.output.contains("throw-away") && !result.output.contains("SCRAM"))
            #expect(try await target.psql("SELECT a FROM t", database: "backstage_plugin_app", as: Self.login) == "1\n")
            // What knex does at the next upgrade of a plugin, and Backstage when a plugin is added.
            _ = try await target.psql(
                "ALTER TABLE t ADD COLUMN b text; CREATE TABLE u (a int); DROP TABLE u",
                database: "backstage_plugin_app",
                as: Self.login)
            _ = try await target.psql("CREATE DATABASE backstage_plugin_new", as: Self.login)
            for statement in [
                "CREATE ROLE x", "CREATE TABLESPACE x LOCATION '/tmp'", "SELECT pg_read_file('/etc/passwd')",
            ] {
                await #expect(throws: (any Error).self) { try await target.psql(statement, as: Self.login) }
            }
            let attributes =
                "SELECT rolsuper, rolcreaterole, rolreplication, rolbypassrls, rolcreatedb, rolpassword LIKE 'SCRAM-SHA-256$%' FROM pg_authid WHERE rolname = 'portal role'"
            #expect(try await target.psql(attributes).split(separator: "\n") == ["f|f|f|f|t|t"])
        }

        @Test
        func `a role of ours gets the password of its Secret at the next run, and no databases where none are wanted`()
            async throws
        {
            let (source, target) = (try await source(), try await PostgresServer.start())
            try await target.psql("CREATE DATABASE backstage_plugin_app")
            try await target.psql("CREATE TABLE precious (a int)", database: "backstage_plugin_app")
            var job = job(from: source, to: target)
            #expect(try await job.run().end == .personMustAct)
            #expect(try await target.value(of: "SELECT count(*) FROM pg_roles WHERE rolname = 'portal role'") == "0")
            try await target.psql(
                "CREATE ROLE \"portal role\"; COMMENT ON ROLE \"portal role\" IS 'rehome: Backstage a/b'")
            job[.existingDatabases] = "setAside"
            job[.targetOwnerCreatesDatabases] = "off"
            let result = try await job.run()
            #expect(result.end == .success, "\(result.output)")
            #expect(try await target.psql("SELECT a FROM t", database: "backstage_plugin_app", as: Self.login) == "1\n")
            await #expect(throws: (any Error).self) { try await target.psql("CREATE DATABASE x", as: Self.login) }
        }

        @Test func `a run that is cut off while it makes the role may be repeated`() async throws {
            let (source, target) = (try await source(), try await PostgresServer.start())
            let proxy = try await TCPProxy.start(to: target.port)
            var job = job(from: source, to: target)
            job[.targetPort] = "\(proxy.port)"
            try await proxy.reset(after: "CREATE ROLE %I")
            let result = try await job.run()
            #expect(result.end == .retry, "\(result.output)")
            // The role may be there by now; a password that has been changed since shows whose it is.
            let role = "SELECT count(*) FROM pg_roles WHERE rolname = 'portal role'"
            #expect(try await eventually { try await target.value(of: role) == "1" })
            job[.targetOwnerPassword] = "another"
            let second = try await job.run()
            #expect(second.end == .success, "\(second.output)")
        }

        @Test func `an administrator that is no superuser makes the role too`() async throws {
            let (source, target) = (try await source(), try await PostgresServer.start())
            try await target.psql(
                "CREATE ROLE provider LOGIN PASSWORD 'throw-away' CREATEDB CREATEROLE; GRANT pg_monitor TO provider")
            var job = job(from: source, to: target)
            job[.targetUser] = "provider"
            job[.targetPassword] = "throw-away"
            let result = try await job.run()
            #expect(result.end == .success, "\(result.output)")
            #expect(try await target.psql("SELECT a FROM t", database: "backstage_plugin_app", as: Self.login) == "1\n")
        }

        @Test(arguments: [
            ("SUPERUSER LOGIN PASSWORD 'x'", "role portal role at 127.0.0.1"),
            ("LOGIN CREATEDB PASSWORD 'another'", "cannot log in at 127.0.0.1"),
            ("LOGIN PASSWORD 'throw-away '' \\ one'", "may not create databases"),
        ])
        func `somebody else's role is left as it is, and refused where it cannot be Backstage's`(
            attributes: String, message: String
        ) async throws {
            let (source, target) = (try await source(), try await PostgresServer.start())
            try await target.psql("CREATE ROLE \"portal role\" \(attributes)")
            let state = "SELECT pg_authid::text FROM pg_authid WHERE rolname = 'portal role'"
            let before = try await target.value(of: state)
            let result = try await job(from: source, to: target).run()
            #expect(result.end == .personMustAct)
            #expect(result.output.contains(message), "\(result.output)")
            #expect(try await target.value(of: state) == before)
        }

        @Test func `an administrator that may not make roles is told what to do, and nothing is changed`() async throws
        {
            let (source, target) = (try await source(), try await PostgresServer.start())
            try await target.psql("CREATE ROLE mover LOGIN PASSWORD 'throw-away' CREATEDB")
            var job = job(from: source, to: target)
            job[.targetUser] = "mover"
            job[.targetPassword] = "throw-away"
            let result = try await job.run()
            #expect(result.end == .personMustAct)
            #expect(result.output.contains(#"or make the role: CREATE ROLE "portal role" LOGIN CREATEDB PASSWORD '…'"#))
        }
    }
}
