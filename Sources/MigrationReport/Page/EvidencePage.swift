import DatabaseMigration

/// A report as one page that needs no other file, no script and no network.
public struct EvidencePage {
    private let evidence: MigrationEvidence
    private var isRehearsal: Bool { evidence.kind == .rehearsal }

    public init(_ evidence: MigrationEvidence) { self.evidence = evidence }

    public var html: HTML {
        """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <title>\(title)</title>
        <style>\(EvidenceStyle.sheet)</style></head>
        <body><header>\(heading)</header>
        <main>
        \([numbers, next, timeline, databases, comparison, leftOut, servers, findings, tables].joined(separator: "\n"))
        </main>
        <footer><p>Written by \(evidence.run?.program ?? "rehome-job") from what the target holds. Times of servers are the target's clock, in UTC. \
        Bytes are those of rows as COPY writes them.</p></footer>
        </body></html>

        """
    }

    private var title: String {
        "\(isRehearsal ? "Rehearsal" : "Migration") of \(evidence.namespace)/\(evidence.instance)"
    }

    private var heading: HTML {
        let verdict: HTML =
            isRehearsal
            ? "<p class=\"verdict\">Copied and compared. Nothing was fenced or published.</p>"
            : evidence.isLeft
                ? "<p class=\"warn\">Published, compared with the source, and left again since.</p>"
                : "<p class=\"verdict\">Published in one transaction, with content and schema equal to the source's.</p>"
        let missing: HTML =
            evidence.missing.isEmpty
            ? "" : "<p class=\"warn\">Not there any more: \(evidence.missing.joined(separator: ", "))</p>"
        return """
            <h1>\(title)</h1>
            <p class="soft">\(isRehearsal ? "Ended" : "Published") <time datetime="\(evidence.finishedAt)">\(evidence.finishedAt)</time>, \
            generation \(evidence.generation), \(evidence.direction), run <code>\(evidence.attempt)</code>, fingerprint <code>\(evidence.fingerprint)</code></p>
            \(verdict)\(missing)
            """
    }

    /// What is asked for first.
    private var numbers: HTML {
        var items: [HTML] = [
            number("Databases", Units.count(evidence.totals.databases), of: "databases"),
            number("Tables", Units.count(evidence.totals.tables), of: "tables"),
            number("Rows", Units.count(evidence.totals.rows), of: "rows"),
            number("Data", Units.bytes(evidence.totals.bytes), of: "bytes"),
        ]
        if let run = evidence.run { items.append(number("Whole run", Units.seconds(run.seconds), of: "seconds")) }
        if let seconds = evidence.fence?.refusedSeconds {
            items.append(number("Writes refused for", Units.seconds(seconds), of: "refused", class: "fence"))
        } else if let forecast = evidence.forecast {
            items.append(
                number("Fence, expected", Units.seconds(forecast.fenceSeconds), of: "forecast", class: "fence"))
        }
        return "<dl class=\"numbers\">\(items.joined())</dl>"
    }

    private func number(_ name: String, _ value: String, of id: String, class group: String = "") -> HTML {
        "<div class=\"\(group)\"><dt>\(name)</dt><dd id=\"number-\(id)\">\(value)</dd></div>"
    }

    private var next: HTML {
        section("Next step", id: "next") { "<p>\(evidence.next)</p>" }
    }

    private var timeline: HTML {
        section("What ran when", id: "timeline") {
            guard let timeline = EvidenceTimeline(evidence) else {
                return "<p>The version that published kept no record of it.</p>"
            }
            return "\(fence)\(timeline.html)\(EvidenceTimeline(magnifying: timeline)?.html ?? "")"
        }
    }

    /// Who fenced, when, and for how long.
    private var fence: HTML {
        guard let run = evidence.run else { return "" }
        let rounds: HTML =
            "\(Units.count(run.roundCount)) rounds brought over \(Units.count(run.roundRows)) rows that changed meanwhile."
        if let forecast = evidence.forecast {
            return """
                <p>The copy took \(Units.seconds(forecast.copySeconds)). \(rounds) The fence is expected to stand for about \(Units.seconds(forecast.fenceSeconds)) \
                in the real run\(forecast.precopy ? ", for the last round and the publication" : ", since everything is copied under it").</p>
                """
        }
        guard let fence = evidence.fence else {
            return "<p>Rehome refused no writes: the settings ask for no fence. \(rounds)</p>"
        }
        let length: HTML =
            fence.refusedSeconds.map { "for \(Units.seconds($0))" as HTML }
            ?? "for a time that the run ended too early to note"
        return """
            <p>Role <code>\(run.source.role)</code> fenced the source at <time datetime="\(fence.raisedAt)">\(fence.raisedAt)</time>, for run <code>\(evidence.attempt)</code> on \
            <code>\(run.pod)</code>. It ended \(Units.count(run.endedSessions)) sessions. Writes were refused \(length) until everything was published. \(rounds)</p>
            """
    }

    func section(_ title: String, id: String, _ content: () -> HTML) -> HTML {
        "<section aria-labelledby=\"\(id)\"><h2 id=\"\(id)\">\(title)</h2>\(content())</section>"
    }
}

/// Tables of the page.
extension EvidencePage {
    private func table(_ label: String, _ heads: [(String, isNumber: Bool)], _ rows: [HTML], foot: HTML = "") -> HTML {
        let cells = heads.map { head -> HTML in
            "<th scope=\"col\"\(head.isNumber ? " class=\"number\"" as HTML : "")>\(head.0)</th>"
        }
        return """
            <div class="scroll" tabindex="0" role="region" aria-label="\(label)"><table><thead><tr>\(cells.joined())</tr></thead>
            <tbody>\(rows.joined(separator: "\n"))</tbody>\(foot)</table></div>
            """
    }

    private var databases: HTML {
        section("Databases", id: "databases") {
            let rows = evidence.databases.map { database -> HTML in
                """
                <tr><th scope="row">\(database.name)</th><td class="number">\(Units.count(database.tableCount))</td><td class="number">\(Units.count(database.rows))</td>\
                <td class="number">\(Units.bytes(database.bytes))</td><td class="number">\(database.sessions.map(Units.count) ?? "–")</td><td>\(notes(on: database))</td></tr>
                """
            }
            let totals = evidence.totals
            return table(
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
    private var comparison: HTML {
        section("Comparison", id: "comparison") {
            let rows = evidence.databases.map { database -> HTML in
                """
                <tr><th scope="row">\(database.name)</th><td><code class="hash">\(database.sourceHash.isEmpty ? "no source" : database.sourceHash)</code></td>\
                <td><code class="hash">\(database.targetHash)</code></td><td>\(verdict(on: database))</td><td>\(schema(database.schema))</td></tr>
                """
            }
            return """
                <p>Every row was hashed as it was read at the source, and again as the target holds it. A database's hash is taken over those of its tables, sequences and large objects.</p>
                \(table("Comparison", [("Database", false), ("Hash at the source", false), ("Hash at the target", false), ("Content", false), ("Schema", false)], rows))
                """
        }
    }

    private func verdict(on database: MigrationEvidence.Database) -> String {
        if database.sourceHash.isEmpty { return "new" }
        return database.sourceHash == database.targetHash ? "equal" : "equal but for what was changed on purpose"
    }

    private func schema(_ schema: MigrationEvidence.Schema?) -> HTML {
        guard let schema else { return "no source" }
        let same = schema.sourceHash == schema.targetHash ? "same text" : "same statements, written differently"
        return
            "equal, by pg_dump \(schema.program): \(same)<br><code>\(String(schema.sourceHash.prefix(12)))</code> / <code>\(String(schema.targetHash.prefix(12)))</code>"
    }

    private var leftOut: HTML {
        section("Left out", id: "left-out") {
            let rows = evidence.databases.flatMap { database in
                database.leftOut.map { object -> HTML in
                    "<tr><th scope=\"row\">\(database.name)</th><td>\(object.kind.rawValue)</td><td>\(object.title)</td></tr>"
                }
            }
            guard !rows.isEmpty else { return "<p>Nothing: all objects of all databases came over.</p>" }
            return table("Left out", [("Database", false), ("Kind", false), ("Object", false)], rows)
        }
    }

    private var servers: HTML {
        guard let run = evidence.run else { return "" }
        return section("Servers and settings", id: "servers") {
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
                \(table("Servers", [("Side", false), ("Address", false), ("Version", false), ("Role", false), ("System identifier", false)], servers))
                <details><summary>\(settings.count) settings that are not the defaults</summary>\(table("Settings", [("Setting", false), ("Value", false)], settings))</details>
                """
        }
    }

    private var findings: HTML {
        guard let findings = evidence.run?.findings, !findings.isEmpty else { return "" }
        return section("What the preflight found", id: "findings") {
            let items = findings.map { finding -> HTML in
                "<li><strong>\(finding.severity.rawValue)</strong>: \(finding.message)\(finding.advice.map { ". \($0)" } ?? "")</li>"
            }
            return "<ul>\(items.joined())</ul>"
        }
    }

    private var tables: HTML {
        section("Tables", id: "tables") {
            guard evidence.databases.contains(where: { !$0.tables.isEmpty }) else {
                return "<p>The list of tables is not in this copy of the report. 'rehome-job report' writes it.</p>"
            }
            return evidence.databases.filter { !$0.tables.isEmpty }.map { database -> HTML in
                let rows = database.tables.map { table -> HTML in
                    """
                    <tr><th scope="row">\(table.name)</th><td class="number">\(Units.count(table.rows))</td><td class="number">\(Units.bytes(table.bytes))</td>\
                    <td><code class="hash">\(table.hash.isEmpty ? "generated columns differ, as accepted" : table.hash)</code></td></tr>
                    """
                }
                let heads = [("Table", false), ("Rows", true), ("Data", true), ("Hash, on both sides", false)]
                return
                    "<details><summary>\(database.name): \(Units.count(database.tables.count)) tables</summary>\(table(database.name, heads, rows))</details>"
            }.joined(separator: "\n")
        }
    }
}
