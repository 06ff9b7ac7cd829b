import DatabaseMigration
import Presentation

/// What ran when, as a picture: a lane for each database, and the fence as a band across all of them.
struct EvidenceTimeline {
    private static let (width, labels, lane, bar, head) = (960.0, 250.0, 24.0, 12.0, 34.0)

    private let evidence: MigrationEvidence
    private let run: RunRecord
    private let lanes: [MigrationEvidence.Database]
    private let seconds: Double
    /// The part of the time that is shown.
    private let window: ClosedRange<Double>
    private let isMagnified: Bool

    /// - Returns: `nil` if it is not known what ran when.
    init?(_ evidence: MigrationEvidence) {
        guard let run = evidence.run else { return nil }
        self.evidence = evidence
        self.run = run
        lanes = evidence.databases
        let ends = lanes.flatMap(\.work).map(\.end) + run.fences.compactMap(\.end) + run.rounds.map(\.end)
        seconds = min(max(ends.max() ?? 0, run.seconds, 0.001), 1_000_000_000)
        (window, isMagnified) = (0...seconds, false)
    }

    /// The time in which writes were refused, with a little around it, drawn as wide as the whole.
    ///
    /// - Returns: `nil` if no fence led to the publication, or if it is wide enough in the whole.
    init?(magnifying whole: EvidenceTimeline) {
        guard let fence = whole.run.fences.last, fence.putOff == nil, let end = fence.end, fence.begin >= 0,
            end > fence.begin, end <= whole.seconds, end - fence.begin < whole.seconds / 3
        else { return nil }
        (evidence, run, lanes, seconds) = (whole.evidence, whole.run, whole.lanes, whole.seconds)
        let margin = (end - fence.begin) * 0.08
        (window, isMagnified) = (fence.begin - margin...end + margin, true)
    }

    private var height: Double { Self.head + Double(lanes.count + 1) * Self.lane + 8 }

    /// A description of the picture in words, for those who cannot see it.
    private var summary: String {
        let fence = run.fences.last.map {
            ", and writes were refused from \(Units.seconds($0.begin)) to \(Units.seconds($0.end ?? seconds)) after the beginning"
        }
        return
            "What ran when: \(lanes.count) databases in \(Units.seconds(seconds))\(fence ?? ", with no fence"). The table below has the same in numbers."
    }

    var html: HTML {
        let name = isMagnified ? "The fence, magnified" : "Timeline"
        let id = isMagnified ? "fence" : "whole"
        return """
            <figure style="margin:0"><div class="scroll" tabindex="0" role="region" aria-label="\(name)">
            <svg class="timeline" viewBox="0 0 \(Self.number(Self.width)) \(Self.number(height))" role="img" aria-labelledby="\(id)-title \(id)-words">
            <title id="\(id)-title">\(name)</title><desc id="\(id)-words">\(summary)</desc>
            \(axis)\(lanes.enumerated().map { row($1, at: $0) }.joined())\(rounds)\(fences)
            </svg></div>\(isMagnified ? "<figcaption class=\"soft\">The fence, magnified: seconds since writes were refused.</figcaption>" : legend)</figure>\(isMagnified ? "" : words)
            """
    }

    private func x(_ second: Double) -> Double {
        let share = (second - window.lowerBound) / (window.upperBound - window.lowerBound)
        return Self.labels + (Self.width - Self.labels - 12) * min(max(share, 0), 1)
    }

    /// Whether a part of a stretch of time is in the window.
    private func shows(_ begin: Double, _ end: Double) -> Bool {
        begin <= window.upperBound && end >= window.lowerBound
    }

    /// The second at which the axis has its zero.
    private var origin: Double { isMagnified ? run.fences.last?.begin ?? 0 : 0 }

    private static func number(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }

    // MARK: Parts of the picture

    /// Five to ten marks, at round numbers of seconds.
    private var axis: HTML {
        let steps: [Double] = [
            0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 86400,
        ]
        let length = window.upperBound - window.lowerBound
        let step = steps.first { length / $0 <= 8 } ?? (length / 8)
        var marks: HTML = ""
        for count in 0...max(0, Int((window.upperBound - origin) / step)) {
            let (counted, second) = (Double(count) * step, origin + Double(count) * step)
            marks += """
                <line class="grid" x1="\(Self.number(x(second)))" x2="\(Self.number(x(second)))" y1="\(Self.number(Self.head - 6))" y2="\(Self.number(height - 8))"/>\
                <text class="axis" x="\(Self.number(x(second)))" y="\(Self.number(Self.head - 12))" text-anchor="middle">\(Self.clock(counted))</text>
                """
        }
        return marks
    }

    private static func clock(_ seconds: Double) -> String {
        if seconds < 1, seconds > 0 { return "\(Int((seconds * 1000).rounded())) ms" }
        let whole = Int(seconds.rounded())
        if whole < 120 { return "\(Units.decimal(seconds, places: seconds == Double(whole) ? 0 : 1)) s" }
        let rest = whole % 60
        return whole < 3600
            ? "\(whole / 60) min" + (rest > 0 ? " \(rest) s" : "") : "\(whole / 3600) h \(whole / 60 % 60) min"
    }

    private func row(_ database: MigrationEvidence.Database, at place: Int) -> HTML {
        let top = Self.head + Double(place) * Self.lane
        let name = database.name.count > 34 ? database.name.prefix(33) + "…" : database.name[...]
        let bars = database.work.filter { shows($0.begin, $0.end) }.map { span -> HTML in
            let (begin, end) = (x(span.begin), x(span.end))
            return """
                <rect class="\(span.kind.rawValue)" x="\(Self.number(begin))" y="\(Self.number(top + 5))" width="\(Self.number(max(1.5, end - begin)))" height="\(Self.number(Self.bar))" rx="1.5"><title>\(database.name): \(span.kind.rawValue), \(Units.seconds(span.end - span.begin))</title></rect>
                """
        }
        return """
            <rect class="lane" x="\(Self.number(Self.labels))" y="\(Self.number(top + 2))" width="\(Self.number(Self.width - Self.labels - 12))" height="\(Self.number(Self.lane - 6))" rx="3"/>\
            <text x="0" y="\(Self.number(top + 15))">\(String(name))<title>\(database.name)</title></text>\(bars.joined())
            """
    }

    private var rounds: HTML {
        let top = Self.head + Double(lanes.count) * Self.lane
        let marks = run.rounds.filter { shows($0.begin, $0.end) }.map { round -> HTML in
            """
            <rect class="round" x="\(Self.number(x(round.begin)))" y="\(Self.number(top + 5))" width="\(Self.number(max(1.5, x(round.end) - x(round.begin))))" height="\(Self.number(Self.bar))" rx="1.5"><title>round \(round.number): \(Units.count(round.rows)) rows, \(Units.seconds(round.end - round.begin))</title></rect>
            """
        }
        return "<text x=\"0\" y=\"\(Self.number(top + 15))\">rounds of changes</text>\(marks.joined())"
    }

    private var fences: HTML {
        run.fences.enumerated().filter { shows($1.begin, $1.end ?? seconds) }.map { number, fence -> HTML in
            let (begin, end) = (x(fence.begin), x(fence.end ?? seconds))
            // The page gives the duration of the last fence. Its instants are each rounded, so their difference may not
            // be the same.
            let told = number == run.fences.count - 1 && fence.putOff == nil ? run.refusedSeconds : nil
            let words =
                "\(fence.putOff == nil ? "writes refused" : "fence put off"), \(Units.seconds(told ?? (fence.end ?? seconds) - fence.begin))"
            return """
                <g><title>\(words)</title><rect class="band" x="\(Self.number(begin))" y="\(Self.number(Self.head - 6))" width="\(Self.number(max(3, end - begin)))" height="\(Self.number(height - Self.head - 2))"/>\
                <line class="edge" x1="\(Self.number(begin))" x2="\(Self.number(begin))" y1="\(Self.number(Self.head - 6))" y2="\(Self.number(height - 8))"/></g>\
                <text class="fence" x="\(Self.number(begin > Self.width / 2 ? begin + 4 : begin))" y="11" text-anchor="\(begin > Self.width / 2 ? "end" : "start")">\(words)</text>
                """
        }.joined()
    }

    private static let kinds: [(String, String)] =
        [
            ("schema", "schema brought over"), ("copy", "rows copied"), ("verify", "rows read back"),
            ("index", "indexes"), ("finish", "constraints, statistics, schema compared"),
            ("seal", "sealed: what comes last, and the hashes"),
            ("round", "a round"), ("band", "writes refused"),
        ]

    private var legend: HTML {
        let items = Self.kinds.map { kind, words -> HTML in
            "<li><svg viewBox=\"0 0 10 10\" aria-hidden=\"true\"><rect class=\"\(kind)\" width=\"10\" height=\"10\" rx=\"2\"/></svg>\(words)</li>"
        }
        return "<figcaption><ul class=\"legend\">\(items.joined())</ul></figcaption>"
    }

    /// The picture's content as a table.
    private var words: HTML {
        let rows = lanes.flatMap { database in
            WorkSpan.Kind.allCases.compactMap { kind -> HTML? in
                let spans = database.work.filter { $0.kind == kind }
                guard let begin = spans.map(\.begin).min(), let end = spans.map(\.end).max() else { return nil }
                return
                    "<tr><th scope=\"row\">\(database.name)</th><td>\(kind.rawValue)</td><td class=\"number\">\(Units.seconds(begin))</td><td class=\"number\">\(Units.seconds(end))</td></tr>"
            }
        }
        let fences = run.fences.map { fence -> HTML in
            "<tr><th scope=\"row\">all databases</th><td>\(fence.putOff.map { "writes refused, nothing published: \($0)" } ?? "writes refused")</td><td class=\"number\">\(Units.seconds(fence.begin))</td><td class=\"number\">\(fence.end.map(Units.seconds) ?? "")</td></tr>"
        }
        return """
            <details><summary>The timeline as a table</summary><div class="scroll" tabindex="0" role="region" aria-label="The timeline as a table"><table>
            <thead><tr><th scope="col">Database</th><th scope="col">Work</th><th scope="col" class="number">From</th><th scope="col" class="number">To</th></tr></thead>
            <tbody>\((rows + fences).joined(separator: "\n"))</tbody></table></div></details>
            """
    }
}
