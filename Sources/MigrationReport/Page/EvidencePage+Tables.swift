import DatabaseMigration
import Presentation

/// Tables of the page.
extension EvidencePage {
    var databases: HTML {
        HTML.section("Databases", id: "databases") {
            let rows = evidence.databases.map { database -> HTML in
                """
                <tr><th scope="row">\(database.name)</th><td class="number">\(Units.count(database.tableCount))</td><td class="number">\(Units.count(database.rows))</td>\
                <td class="number">\(Units.bytes(database.bytes))</td><td class="number">\(database.sessions.map(Units.count) ?? "–")</td><td>\(notes(on: database))</td></tr>
                """
            }
            let totals = evidence.totals
            return HTML.table(
                "Databases",
                [
                    ("Database", false), ("Tables", true), ("Rows", true), ("Data", true),
                    ("Sessions at the fence", true),
                    ("Changed on purpose", false),
                ], rows,
                foot: """
                    <tfoot><tr><th scope="row">\(Units.count(totals.databases)) in all</th><td class="number">\(Units.count(totals.tables))</td>\
                    <td class="number">\(Units.count(totals.rows))</td><td class="number">\(Units.bytes(totals.bytes))</td><td></td><td></td></tr></tfoot>
                    """)
        }
    }

    private func notes(on database: MigrationEvidence.Database) -> String {
        var notes = database.changes
        if database.tablesFromBefore > 0 { notes.append("\(database.tablesFromBefore) tables from an earlier attempt") }
        return notes.isEmpty ? "nothing" : notes.joined(separator: "; ")
    }

    /// Both sides' hashes.
    var comparison: HTML {
        HTML.section("Comparison", id: "comparison") {
            let rows = evidence.databases.map { database -> HTML in
                """
                <tr><th scope="row">\(database.name)</th>\
                <td class="hashes"><code>\(database.sourceHash.isEmpty ? "no source" : database.sourceHash)</code><br><code>\(database.targetHash)</code></td>\
                <td>\(verdict(on: database))</td><td>\(schema(database.schema))</td></tr>
                """
            }
            return """
                <p>Every row was hashed as it was read at the source, and again as the target holds it. A database's hash is taken over those of its tables, sequences and large objects.</p>
                \(HTML.table("Comparison", [("Database", false), ("Hash at the source, hash at the target", false), ("Content", false), ("Schema", false)], rows))
                """
        }
    }

    private func verdict(on database: MigrationEvidence.Database) -> String {
        if database.sourceHash.isEmpty { return "new" }
        if database.isEqual { return "equal" }
        return database.sourceHash == database.targetHash
            ? "equal, but for what the settings accept" : "equal but for what was changed on purpose"
    }

    private func schema(_ schema: MigrationEvidence.Schema?) -> HTML {
        guard let schema else { return "no source" }
        let same = schema.sourceHash == schema.targetHash ? "same text" : "same statements, written differently"
        return
            "equal, by pg_dump \(schema.program): \(same)<br><code class=\"soft\">\(String(schema.sourceHash.prefix(12)))</code> <code class=\"soft\">\(String(schema.targetHash.prefix(12)))</code>"
    }

    var leftOut: HTML {
        HTML.section("Left out", id: "left-out") {
            let rows = evidence.databases.flatMap { database in
                database.leftOut.map { object -> HTML in
                    "<tr><th scope=\"row\">\(database.name)</th><td>\(object.kind.rawValue)</td><td>\(object.title)</td></tr>"
                }
            }
            guard !rows.isEmpty else { return "<p>Nothing: all objects of all databases came over.</p>" }
            return HTML.table("Left out", [("Database", false), ("Kind", false), ("Object", false)], rows)
        }
    }

    var servers: HTML {
        guard let run = evidence.run else { return "" }
        return HTML.section("Servers and settings", id: "servers") {
            let servers = [("Source", run.source), ("Target", run.target)].map { side, server -> HTML in
                """
                <tr><th scope="row">\(side)</th><td><code>\(server.place)</code></td><td>PostgreSQL \(server.version)</td><td><code>\(server.role)</code></td>\
                <td><code>\(server.systemIdentifier)</code></td></tr>
                """
            }
            let settings = run.settings.sorted { $0.key < $1.key }.map { name, value -> HTML in
                "<tr><th scope=\"row\"><code>\(name)</code></th><td><code>\(value)</code></td></tr>"
            }
            return """
                \(HTML.table("Servers", [("Side", false), ("Address", false), ("Version", false), ("Role", false), ("System identifier", false)], servers))
                <details><summary>\(settings.count) settings that are not the defaults</summary>\(HTML.table("Settings", [("Setting", false), ("Value", false)], settings))</details>
                """
        }
    }

    var findings: HTML {
        guard let findings = evidence.run?.findings, !findings.isEmpty else { return "" }
        return HTML.section("What the preflight found", id: "findings") {
            let items = findings.map { finding -> HTML in
                "<li><strong>\(finding.severity.rawValue)</strong>: \(finding.message)\(finding.advice.map { ". \($0)" } ?? "")</li>"
            }
            return "<ul>\(items.joined())</ul>"
        }
    }

    var tables: HTML {
        HTML.section("Tables", id: "tables") {
            guard evidence.databases.contains(where: { !$0.tables.isEmpty }) else {
                return "<p>The list of tables is not in this copy of the report. 'rehome-job report' writes it.</p>"
            }
            return evidence.databases.filter { !$0.tables.isEmpty }.map { database -> HTML in
                let rows = database.tables.map { table -> HTML in
                    """
                    <tr><th scope="row">\(table.name)</th><td class="number">\(Units.count(table.rows))</td><td class="number">\(Units.bytes(table.bytes))</td>\
                    <td>\(hashes(of: table))</td></tr>
                    """
                }
                let heads = [
                    ("Table", false), ("Rows", true), ("Data", true), ("Hash, on both sides if it is one", false),
                ]
                return
                    "<details><summary>\(database.name): \(Units.count(database.tables.count)) tables</summary>\(HTML.table(database.name, heads, rows))</details>"
            }.joined(separator: "\n")
        }
    }

    private func hashes(of table: MigrationEvidence.Table) -> HTML {
        let change: HTML = table.change.map { "<br>\($0)" } ?? ""
        guard let source = table.source else {
            let hash = table.hash.isEmpty ? "not kept: generated columns may differ, as accepted" : table.hash
            return "<code class=\"hash\">\(hash)</code>\(change)"
        }
        return """
            at the source <code class="hash">\(source.hash)</code>, \(Units.count(source.rows)) rows<br>\
            at the target <code class="hash">\(table.hash)</code>, \(Units.count(table.rows)) rows\(change)
            """
    }
}
