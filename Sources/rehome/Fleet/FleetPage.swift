import JobContract
import MigrationSpec
import Presentation

/// A fleet as one page that needs no other file, no script and no network.
struct FleetPage {
    let fleet: Fleet

    var text: String {
        WebPage(
            "Fleet of \(fleet.rows.count) instances", style: Self.style,
            header:
                "<h1>Fleet</h1><p class=\"soft\">\(fleet.rows.count) configs, and what is known of their instances</p>",
            main: [numbers, problems, instances, unmatched].joined(separator: "\n"),
            footer: "<p>Written by rehome \(Version.current). States are those that rehome-job status told.</p>"
        ).html.text
    }

    private static let style: HTML = """
        .phase { display: inline-block; border: 1px solid var(--line); border-radius: 1rem; padding: 0 .6rem; }
        .stop { color: var(--fence); font-weight: 600; } pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: .85rem; }
        header, main, footer { max-width: 84rem; }
        """

    private var numbers: HTML {
        let described = fleet.rows.compactMap(\.described)
        var items = [HTML.number("Configs", "\(fleet.rows.count)", of: "configs")]
        for phase in Phase.allCases {
            let count = described.count { $0.phase == phase }
            items.append(HTML.number("In \(phase.rawValue)", "\(count)", of: phase.rawValue))
        }
        let fenced = fleet.fenced.count
        items += [
            HTML.number("Stale in git", "\(described.count { !$0.stale.isEmpty })", of: "stale"),
            HTML.number("Broken", "\(fleet.rows.count { $0.error != nil })", of: "broken"),
            HTML.number("Fenced, not published", "\(fenced)", of: "fenced", class: fenced > 0 ? "fence" : ""),
        ]
        return "<dl class=\"numbers\">\(items.joined())</dl>"
    }

    private var problems: HTML {
        let texts = fleet.rows.compactMap(\.error) + fleet.clashes
        guard !texts.isEmpty else { return "" }
        return HTML.section("What is wrong", id: "problems") {
            texts.map { text -> HTML in "<pre>\(lines(text))</pre>" }.joined(separator: "\n")
        }
    }

    private var instances: HTML {
        HTML.section("Instances", id: "instances") {
            let heads = ["Instance", "Phase", "Target", "Operator", "Gate", "In git", "State"].map { ($0, false) }
            return HTML.table("Instances", heads, fleet.rows.map(row))
        }
    }

    private func row(_ row: Fleet.Row) -> HTML {
        guard let one = row.described else {
            return """
                <tr><th scope="row">\(row.config)</th><td></td><td></td><td></td><td></td><td class="stop">broken</td><td>\(row.state.map { state($0) } ?? "")</td></tr>
                """
        }
        let files: HTML =
            one.stale.isEmpty
            ? "current"
            : "<details><summary class=\"warn\">\(FleetText.git(one))</summary>\(one.stale.map { "<code>\($0)</code>" as HTML }.joined(separator: "<br>"))</details>"
        let warnings: HTML =
            one.warnings.isEmpty
            ? ""
            : "<details><summary>\(one.warnings.count) warnings</summary>\(one.warnings.map { "<pre>\(lines($0))</pre>" as HTML }.joined())</details>"
        return """
            <tr><th scope="row">\(one.namespace)/\(one.instance)<br><span class="soft">\(row.config)</span></th><td><span class="phase">\(one.phase.rawValue)</span></td>\
            <td>\(one.target)<br><code class="soft">\(one.address)</code></td><td>\(one.operatorVersion ?? "not said")</td><td>\(one.gate)</td>\
            <td>\(files)\(warnings)</td><td>\(state(row.state))</td></tr>
            """
    }

    private func state(_ state: FleetState?) -> HTML {
        guard let state else { return "<span class=\"soft\">not known</span>" }
        let generation = state.generation.map { ", generation \($0)" } ?? ""
        return
            "\(state.text)<span class=\"soft\">\(generation)</span>\(state.isFenced ? "<br><span class=\"stop\">the fence stands</span>" as HTML : "")"
    }

    private var unmatched: HTML {
        guard !fleet.unmatched.isEmpty else { return "" }
        return HTML.section("States without a config of their own", id: "strangers") {
            let rows = fleet.unmatched.map { one -> HTML in
                "<tr><th scope=\"row\">\(one.namespace)/\(one.instance)</th><td>\(state(one))</td></tr>"
            }
            return HTML.table("States without a config of their own", [("Instance", false), ("State", false)], rows)
        }
    }

    /// The text with its line breaks.
    private func lines(_ text: String) -> HTML {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { "\(String($0))" as HTML }
            .joined(separator: "\n")
    }
}
