import JobContract
import PostgresClient

/// Whether the target can make what a database holds.
extension Preflight {
    func demands(of database: DatabaseFacts, _ contents: DatabaseContents, offered: TargetFeatures) -> [Finding] {
        let demands = contents.demands
        var findings: [Finding] = []
        if !demands.lz4Columns.isEmpty, !offered.hasLZ4 {
            findings.append(
                .error(
                    "\(database.name) has columns that are compressed by lz4, which the target was built without: \(Self.list(demands.lz4Columns))",
                    "Use a target with lz4, or ALTER TABLE … ALTER COLUMN … SET COMPRESSION pglz at the source."))
        }
        if !demands.xmlColumns.isEmpty, !offered.hasXML {
            findings.append(
                .error(
                    "\(database.name) has columns of type xml, which the target was built without: \(Self.list(demands.xmlColumns))",
                    "Use a target with libxml."))
        }
        let unknown = demands.collations.filter { collation in
            collation.isICU && !offered.hasICU || !collation.isOwn && !offered.collations.contains(collation.name.name)
        }
        if !unknown.isEmpty {
            findings.append(
                .error(
                    "\(database.name) sorts by collations that the target cannot have: \(Self.list(unknown.map(\.name)))",
                    "Use a target that is built with ICU and has the locales of the source's system."))
        }
        if !survey.rights.ownerIsSuperuser, !demands.superuserObjects.isEmpty {
            findings.append(
                .error(
                    "\(database.name) has operator classes, operator families or base types, which only a superuser can make: \(Self.list(demands.superuserObjects))",
                    "Drop them at the source, or let a superuser own the database at the target."))
        }
        if !survey.rights.ownerIsSuperuser, !demands.otherSuperuserObjects.isEmpty {
            findings.append(
                .error(
                    "\(database.name) has what only a superuser can make: \(Self.list(demands.otherSuperuserObjects))",
                    "Drop it at the source, or let a superuser own the database at the target."))
        }
        let refused = demands.routineSettings.filter { _, setting in
            // A setting with a dot in its name belongs to an extension or application, and anybody may set it.
            if setting.text.bytes.contains(UInt8(ascii: ".")) { return false }
            // Not every name is listed: older names of a setting, for one.
            guard let maySet = offered.maySet[Identifier(setting.text.lowercasedASCII)] else { return false }
            return !maySet && !survey.rights.ownerIsSuperuser
        }
        if !refused.isEmpty {
            findings.append(
                .error(
                    "\(database.name) has functions with settings that \(sessions.owner) may not set at the target: \(Self.list(refused.map { "\($0.routine) (\($0.setting))" }))",
                    "ALTER FUNCTION … RESET … at the source, or GRANT SET ON PARAMETER … at the target."))
        }
        if let first = contents.pathDependent.first {
            findings.append(
                .warning(
                    "\(database.name): functions in indexes, checks, generated columns or materialized views use names without their schemas, which a restore may not find: \(Self.list(contents.pathDependent))",
                    "If the copy fails there, at the source: ALTER FUNCTION \(first) SET search_path = public, pg_catalog, and the like."
                ))
        }
        if !contents.readingChecks.isEmpty {
            findings.append(
                .warning(
                    "\(database.name): checks call functions that read tables, which may not hold their rows yet when the check is made: \(Self.list(contents.readingChecks))",
                    "If the copy fails there, at the source: drop the constraint and add it again as NOT VALID. Then it is made after all rows, here as by pg_restore."
                ))
        }
        return findings
    }
}
