import DatabaseMigration
import Presentation

/// A report as one page that needs no other file, no script and no network.
public struct EvidencePage {
    let evidence: MigrationEvidence
    private var isRehearsal: Bool { evidence.kind == .rehearsal }

    public init(_ evidence: MigrationEvidence) { self.evidence = evidence }

    public var text: String {
        let parts = [numbers, next, timeline, databases, comparison, leftOut, servers, findings, tables]
        let footer: HTML = """
            <p>Written by \(evidence.run?.program ?? "rehome-job") from what the target holds. Times of servers are the target's clock, in UTC. \
            Bytes are those of rows as COPY writes them.</p>
            """
        return WebPage(
            title, style: EvidenceStyle.sheet, header: heading, main: parts.joined(separator: "\n"), footer: footer
        ).html.text
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
                : "<p class=\"verdict\">Published in one transaction, with content and schema equal to the source's\(exceptions).</p>"
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

    /// What is not as it was at the source.
    private var exceptions: String {
        let isChanged = evidence.databases.contains { !$0.sourceHash.isEmpty && !$0.isEqual }
        let words = [
            isChanged ? "what was changed on purpose" : nil,
            evidence.databases.contains { !$0.leftOut.isEmpty } ? "what was left out" : nil,
        ].compactMap { $0 }
        return words.isEmpty ? "" : ", but for \(words.joined(separator: " and ")), as named below"
    }

    /// What is asked for first.
    private var numbers: HTML {
        var items: [HTML] = [
            HTML.number("Databases", Units.count(evidence.totals.databases), of: "databases"),
            HTML.number("Tables", Units.count(evidence.totals.tables), of: "tables"),
            HTML.number("Rows", Units.count(evidence.totals.rows), of: "rows"),
            HTML.number("Data", Units.bytes(evidence.totals.bytes), of: "bytes"),
        ]
        if let run = evidence.run { items.append(HTML.number("Whole run", Units.seconds(run.seconds), of: "seconds")) }
        if let seconds = evidence.fence?.refusedSeconds {
            items.append(HTML.number("Writes refused for", Units.seconds(seconds), of: "refused", class: "fence"))
        } else if let forecast = evidence.forecast {
            items.append(
                HTML.number("Fence, expected", Units.seconds(forecast.fenceSeconds), of: "forecast", class: "fence"))
        }
        return "<dl class=\"numbers\">\(items.joined())</dl>"
    }

    private var next: HTML {
        HTML.section("Next step", id: "next") { "<p>\(evidence.next)</p>" }
    }

    private var timeline: HTML {
        HTML.section("What ran when", id: "timeline") {
            guard let timeline = EvidenceTimeline(evidence) else {
                return "<p>The version that published kept no record of it.</p>"
            }
            return "\(fence)\(timeline.html)\(EvidenceTimeline(magnifying: timeline)?.html ?? "")"
        }
    }

    /// When the fence stood, how long, and what it ended.
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
}
