import FoundationEssentials
import SystemPackage
import TestSupport
import Testing

extension EndToEnd {
    /// Databases that once did not come over as they should, where they are beside the repository.
    @Suite struct SharedDatabaseTests {
        typealias Case = OddDatabaseTests.Case

        private static let folder = Checkout.folder.appending("../shared/cases/databases")
        private static let exist = FileManager.default.fileExists(atPath: folder.appending("README.md").string)

        private static func file(
            _ name: String, _ outcome: OddDatabaseTests.Outcome = .moves,
            ordinary: OddDatabaseTests.Outcome? = nil, psqlRestores: Bool = true, firstVersion: Int = 0,
            encoding: String = "UTF8", before: String = "", secret: String? = nil, roles: String = ""
        ) -> Case {
            var example = Case(
                testDescription: name,
                script: "\(before)\n\\encoding \(encoding)\n\\i '\(folder.appending(name + ".sql"))'\n")
            example.outcome = outcome
            example.ordinary = ordinary
            example.psqlRestores = psqlRestores
            example.firstVersion = firstVersion
            example.encoding = encoding
            example.secret = secret
            example.roles = roles
            return example
        }

        static let cases: [Case] = [
            file("audit-trigger-on-knex-lock"),
            file("begin-atomic-column-begin", psqlRestores: false),
            file("check-that-fails-on-a-secret", .refused("token_is_fine"), secret: "sup3rs3cr3t"),
            file("event-trigger-forbids-drops", .movesWithout("event triggers no_drops")),
            file("event-triggers-audit", .movesWithout("event triggers")),
            file("event-triggers-audit-serial", .movesWithout("event triggers")),
            file("extension-comment-changed"),
            file("extensions-two-roles"),
            file("force-row-level-security"),
            file("foreign-key-orphans", .refused("This finds them there")),
            file("function-called-begin", psqlRestores: false),
            file("generated-column-search-path", .refused("SET search_path")),
            file("hash-partitions-by-enum", psqlRestores: false),
            file("index-function-search-path", .refused("SET search_path")),
            file("inherits-column-added-later"),
            file("login-trigger-18", .movesWithout("event triggers"), firstVersion: 17),
            file("materialized-view-search-path", .refused("make the view anew with the schema before the name")),
            file("not-null-names-copilot"),
            file("not-null-names-domain"),
            file("not-null-names-identity"),
            file("not-null-names-long"),
            file("not-null-names-primary-key"),
            file("not-null-names-taken"),
            file(
                "policy-for-missing-role", .refused("auditors"),
                before: "CREATE ROLE auditors;"),
            file(
                "privileges", .movesWithout("privileges"),
                roles: "CREATE ROLE reporting; CREATE ROLE outsider"),
            file("publication-all-tables", ordinary: .movesWithout("everything")),
            file("sql-ascii-ddl", psqlRestores: false, encoding: "SQL_ASCII"),
            file(
                "standard-conforming-strings-off", psqlRestores: false,
                before: "ALTER ROLE CURRENT_USER SET standard_conforming_strings = off;"),
        ]

        @Test(.enabled(if: exist), arguments: cases)
        func `they move as pg_dump and psql would move them, or say before the fence why not`(example: Case)
            async throws
        {
            // Older installations of the tests bring more extensions than the newest.
            let installed = PostgresInstallation.installed.filter { $0.major >= example.firstVersion }
            guard let oldest = installed.first, let newest = installed.last else { return }
            try await OddDatabaseTests.check(example, from: oldest, to: oldest, isOrdinary: false)
            guard !example.testDescription.hasPrefix("extensions") else {
                return try await OddDatabaseTests.check(example, from: oldest, to: oldest, isOrdinary: true)
            }
            try await OddDatabaseTests.check(example, from: oldest, to: newest, isOrdinary: true)
        }
    }
}
