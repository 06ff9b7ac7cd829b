import Foundation
import JobContract
import TestSupport
import Testing

extension EndToEnd {
    /// What the schema asks of the target's programs and of the owner is known before anything is loaded.
    @Suite struct TargetDemandTests {
        /// What each database holds, and what must be said of it.
        private static let databases:
            [(name: String, options: String, script: String, severity: String, words: String)] = [
                (
                    "icu_column", "", #"CREATE TABLE t (a text COLLATE "de-x-icu")"#, "error",
                    "icu_column sorts by collations that the target cannot have: pg_catalog.de-x-icu"
                ),
                (
                    "icu_own", "", "CREATE COLLATION nd (provider = icu, locale = 'und')", "error",
                    "icu_own sorts by collations that the target cannot have: public.nd"
                ),
                (
                    "icu_all", "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en'", "SELECT 1", "error",
                    "database icu_all sorts by ICU (en), and the target cannot"
                ),
                (
                    "documents", "",
                    "CREATE DOMAIN page AS xml; CREATE TYPE pair AS (a page[]); CREATE TABLE t (a xml[]); CREATE TABLE u (b pair); CREATE TABLE v (c text)",
                    "error", "documents has columns of type xml, which the target was built without: public.t, public.u"
                ),
                (
                    "by_superuser", "", "CREATE OPERATOR FAMILY rev USING btree; CREATE TYPE shell", "error",
                    "base types, which only a superuser can make: public.rev, public.shell"
                ),
                (
                    "routine", "",
                    "CREATE FUNCTION f() RETURNS int LANGUAGE sql SET log_min_messages = error SET work_mem = '1MB' AS 'SELECT 1'",
                    "error",
                    "routine has functions with settings that backstage may not set at the target: public.f (log_min_messages)"
                ),
                (
                    "path_type", "",
                    "CREATE TYPE mood AS ENUM ('ok'); CREATE FUNCTION m(x text) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN CASE WHEN x::mood = 'ok' THEN 1 END; END $$; CREATE TABLE t (a text); CREATE INDEX ON t (m(a))",
                    "warning",
                    "path_type: functions in indexes, checks, generated columns or materialized views use names without their schemas, which a restore may not find: public.m(text)"
                ),
                (
                    "path_quoted", "",
                    #"CREATE TABLE "K2" (id int); CREATE FUNCTION k(x int) RETURNS boolean LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN EXISTS (SELECT FROM "K2" WHERE id = x); END $$; CREATE TABLE z (id int CHECK (k(id)))"#,
                    "warning", "which a restore may not find: public.k(integer)"
                ),
                (
                    "path_below", "",
                    "CREATE TABLE items (id int); CREATE FUNCTION n_items() RETURNS bigint LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN (SELECT count(*) FROM items); END $$; CREATE VIEW v AS SELECT n_items() AS n; CREATE MATERIALIZED VIEW mv AS SELECT n FROM v",
                    "warning", "which a restore may not find: public.n_items()"
                ),
                (
                    "settings", "",
                    "ALTER DATABASE settings SET default_toast_compression = lz4; ALTER ROLE writes_on IN DATABASE settings SET work_mem = '1MB'; ALTER ROLE writes_on SET default_transaction_read_only = 'false'",
                    "warning",
                    "database settings has settings with values that the target refuses: default_toast_compression=lz4"
                ),
            ]

        @Test(.enabled(if: PostgresInstallation.installed.count > 1))
        func `what the target was built without, and what its owner may not make, is said`() async throws {
            let oldest = try #require(PostgresInstallation.installed.first)
            let (source, target) = (try await PostgresServer.start(oldest), try await PostgresServer.start())
            // What the programs of the tests were built with is not ours to choose.
            guard
                try await source.value(of: "SELECT EXISTS (SELECT FROM pg_collation WHERE collname = 'de-x-icu')")
                    == "t",
                try await target.value(of: "SELECT EXISTS (SELECT FROM pg_collation WHERE collname = 'de-x-icu')")
                    == "f"
            else { try Test.cancel("the oldest server has no ICU, or the newest has") }
            try await source.psql("CREATE ROLE writes_on LOGIN")
            for database in Self.databases {
                try await source.psql("CREATE DATABASE \(database.name) \(database.options)")
                try await source.psql(database.script, database: database.name)
            }
            var job = Job(from: source, to: target)
            job[.targetOwner] = "backstage"
            job[.targetOwnerPassword] = "throw-away"
            let (findings, result) = try await PreflightReport.run(job)
            #expect(result.end == .personMustAct, "\(result.output)")
            for database in Self.databases {
                let found = findings.filter { $0.message.hasSuffix(database.words) }
                #expect(found.map(\.severity) == [database.severity], "\(database.name): \(findings.map(\.message))")
            }
            #expect(
                findings.contains {
                    $0.message.contains("roles writes_on at the source have default_transaction_read_only = off")
                },
                "\(findings.map(\.message))")
        }
    }
}
