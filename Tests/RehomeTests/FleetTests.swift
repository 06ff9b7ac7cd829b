import Glibc
import SystemPackage
import TestSupport
import Testing

/// `rehome fleet`: many instances in one table.
struct FleetTests {
    /// Makes a folder with an instance whose config is the example's, changed.
    private func prepare(_ folder: FilePath, namespace: String, phase: String = "migrate") throws {
        try make(folder)
        let example = Checkout.folder.appending("examples/external")
        try put(try example.appending("ca.pem").text(), at: folder.appending("ca.pem"))
        try put(try example.appending("backstage.yaml").text(), at: folder.appending("backstage.yaml"))
        try put(
            try example.appending("rehome.yaml").text().replacing(
                "namespace: portal\n", with: "namespace: \(namespace)\n"
            )
            .replacing("spec:\n", with: "spec:\n  phase: \(phase)\n"), at: folder.appending("rehome.yaml"))
    }

    private func make(_ folder: FilePath) throws { try #require(mkdir(folder.string, 0o700) == 0) }

    /// As `rehome-job status --output json` writes it.
    private func state(_ namespace: String, _ state: String, text: String, fence: String = "lifted") -> String {
        """
        {
          "databases" : [

          ],
          "details" : [
            "not published"
          ],
          "fence" : {
            "state" : "\(fence)"
          },
          "generation" : 1,
          "instance" : "portal",
          "namespace" : "\(namespace)",
          "since" : "2026-11-27T02:00:00Z",
          "state" : "\(state)",
          "text" : "\(text)"
        }

        """
    }

    /// Three instances: current, stale, broken.
    private func withFleet(_ body: (FilePath) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            try prepare(folder.appending("team-a"), namespace: "a")
            try prepare(folder.appending("team-b"), namespace: "b", phase: "prepare")
            try prepare(folder.appending("team-c"), namespace: "c")
            let rendered = try await rehome("render", "team-a/rehome.yaml", "team-b/rehome.yaml", in: folder)
            try #require(rendered.code == 0, "\(rendered.errors)")
            let config = folder.appending("team-b/rehome.yaml")
            try put(try config.text().replacing("rehome-job:0.1.0", with: "rehome-job:0.1.1"), at: config)
            try put("apiVersion: rehome.dev/v1alpha1\nspec: {<b>: 1\n", at: folder.appending("team-c/rehome.yaml"))
            try put("apiVersion: v1\nkind: ConfigMap\n", at: folder.appending("other.yaml"))
            try await body(folder)
        }
    }

    @Test func `each config is a row, a broken one too, and nothing is written`() async throws {
        try await withFleet { folder in
            let result = try await rehome("fleet", ".", in: folder)
            #expect(result.code == 0 && result.errors.isEmpty, "\(result)")
            let lines = result.output.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
            #expect(lines.first == "instance phase target operator gate in git state", "\(result.output)")
            #expect(lines.contains("a/portal migrate external 1.10 job current not known"), "\(result.output)")
            #expect(
                lines.contains {
                    $0.hasPrefix("b/portal prepare external 1.10 none yet ") && $0.hasSuffix("stale not known")
                })
            #expect(lines.contains { $0.hasSuffix("team-c/rehome.yaml broken") }, "\(result.output)")
            #expect(result.output.contains("team-c/rehome.yaml:3:1: error: "), "\(result.output)")
            #expect(result.output.contains("3 configs: 1 broken, 1 stale in git\n"))
            #expect(try await rehome("check", "team-a/rehome.yaml", in: folder).code == 0)
        }
    }

    @Test func `states come from files, a folder or standard input, with log lines between them`() async throws {
        try await withFleet { folder in
            let published = state("a", "published", text: "published", fence: "standing")
            let rehearsed = state("b", "rehearsed", text: "rehearsed")
            let schema = try JSONSchemaCheck("docs/job-output.schema.json")
            #expect(try schema.problems(of: published, as: "status") == [])
            let piped = "2026-11-27 note: {not json\n\(published){\"level\":\"info\"}\n\(rehearsed)"
            try make(folder.appending("states"))
            try put(published, at: folder.appending("states/a.json"))
            try put(rehearsed + state("z", "copying", text: "copying"), at: folder.appending("states/b.json"))
            for (places, input) in [(["-"], piped), (["states"], ""), (["states/a.json", "states/b.json"], "")] {
                let options = places.flatMap { ["--status", $0] }
                let result = try await rehome(arguments: ["fleet", "."] + options, in: folder, input: input)
                #expect(result.code == 0, "\(result.errors)")
                let lines = result.output.split(separator: "\n").map(String.init)
                #expect(
                    lines.contains { $0.hasSuffix("published since 2026-11-27T02:00:00Z, fenced") }, "\(result.output)")
                #expect(lines.contains { $0.hasSuffix("rehearsed since 2026-11-27T02:00:00Z") })
                #expect(lines.contains { $0.hasPrefix(" z/portal ") && $0.contains("no config") } == (places != ["-"]))
            }
            let none = try await rehome("fleet", ".", "--status", "other.yaml", in: folder)
            #expect(none.code == 65 && none.errors.contains("other.yaml holds no state of an instance"), "\(none)")
            // What is not a state hides none that is.
            try put("{}", at: folder.appending("states/package.json"))
            let mixed = try await rehome("fleet", ".", "--status", "states", in: folder)
            #expect(mixed.code == 65 && mixed.output.contains("published since"), "\(mixed)")
            #expect(mixed.errors.hasPrefix("error: states/package.json holds no state of an instance"), "\(mixed)")
            let old = published.replacing("  \"namespace\" : \"a\",\n", with: "")
            let unnamed = try await rehome("fleet", ".", "--status", "-", in: folder, input: old)
            #expect(unnamed.errors.contains("an older rehome-job wrote it"))
        }
    }

    @Test func `no state is taken for another's, and none in which writes are refused is lost`() async throws {
        try await withFleet { folder in
            func fleet(_ states: String) async throws -> Outcome {
                try await rehome("fleet", ".", "--status", "-", in: folder, input: states)
            }
            let copying = state("a", "copying", text: "copying", fence: "standing")
            let published = state("a", "published", text: "published").replacing("2026-11", with: "2026-12")
            // A newer generation counts, whatever it does not say.
            let newer = copying.replacing("\"generation\" : 1", with: "\"generation\" : 2").replacing(
                "  \"since\" : \"2026-11-27T02:00:00Z\",\n", with: "")
            let shown = try await fleet(newer + published).output
            #expect(shown.contains("copying, fenced (generation 2)\n"), "\(shown)")
            #expect(shown.contains("; 1 fenced and not published\n"), "\(shown)")

            // A log line that begins like a state hides none, and a state that is cut off is no silence.
            let stray = try await fleet("{ a line of a log\n" + copying)
            #expect(stray.output.contains("copying since 2026-11-27T02:00:00Z, fenced"), "\(stray)")
            for cut in [String(copying.dropLast(40)) + "\n" + published, published + copying.dropLast(40)] {
                #expect(try await fleet(cut).errors.contains("cut off"), "\(cut)")
            }

            let forged = try await fleet(published.replacing("\"published\"", with: #""done\n 9 configs: 0 broken""#))
            #expect(!forged.output.contains("\n 9 configs"), "\(forged)")

            // The same instance in two clusters: nothing tells whose a state is.
            try prepare(folder.appending("team-d"), namespace: "a")
            let two = try await fleet(copying + published).output
            #expect(two.split(separator: "\n").count { $0.hasPrefix(" a/portal ") } == 4, "\(two)")
            #expect(two.contains("; 1 fenced and not published\n"), "\(two)")

            // What is rendered cannot be looked at: the row is broken, and its state is there.
            _ = try await execute("/bin/rm", ["-r", "team-d", "team-a/out"], in: folder)
            try put("", at: folder.appending("team-a/out"))
            let broken = try await fleet(copying).output
            #expect(broken.contains(#/team-a/rehome\.yaml +broken +copying since/#), "\(broken)")
        }
    }

    @Test func `as data it fits its schema, and as a page it escapes what it was given and needs nothing`() async throws
    {
        try await withFleet { folder in
            let hostile = "<script>alert(1)</script>\\\\u202E"
            try put(
                state("a", "copying", text: hostile) + state("z", "copying", text: hostile, fence: "standing"),
                at: folder.appending("s.json"))
            let data = try await rehome("fleet", ".", "--status", "s.json", "--format", "json", in: folder)
            #expect(data.code == 0)
            #expect(try JSONSchemaCheck("docs/fleet.schema.json").problems(of: data.output, as: "fleet") == [])
            let fleet = try JSONValue(data.output)
            let rows = try #require(fleet["instances"]?.list)
            #expect(rows.count == 3 && rows.first?["error"]?.text?.contains("team-c/rehome.yaml") == true)
            #expect(rows.first { $0["namespace"]?.text == "a" }?["state"]?["state"]?.text == "copying")
            #expect(rows.first { $0["namespace"]?.text == "b" }?["stale"]?.list?.isEmpty == false)
            #expect(fleet["withoutConfig"]?.list?.first?["namespace"]?.text == "z")

            let page = try await rehome("fleet", ".", "--status", "s.json", "--format", "html", in: folder).output
            #expect(page.hasPrefix("<!DOCTYPE html>") && page.hasSuffix("</html>\n"))
            #expect(!page.contains("<script") && page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
            for outside in ["http:", "https:", "url(", "@import"] { #expect(!page.contains(outside)) }
            #expect(
                page.contains("<dd id=\"number-broken\">1</dd>") && page.contains("<dd id=\"number-configs\">3</dd>"))
        }
    }

    @Test func `a layer below all of them is none, and two that share a folder are told apart`() async throws {
        try await withFleet { folder in
            try put("apiVersion: rehome.dev/v1alpha1\nkind: Migration\n", at: folder.appending("base.yaml"))
            let result = try await rehome("fleet", "-f", "base.yaml", ".", in: folder)
            #expect(result.output.contains("3 configs:"), "\(result.output)")
            try put(
                try folder.appending("team-a/rehome.yaml").text(), at: folder.appending("team-a/second.yaml"))
            let two = try await rehome("fleet", "team-a", in: folder)
            #expect(two.output.contains("2 configs:") && two.output.contains("would all be rendered to team-a/out"))
            let none = try await rehome("fleet", "team-a/out", in: folder)
            #expect(none.code == 65 && none.errors.contains("docs/how-to/several-instances.md#see-all-of-them"))
        }
    }

    @Test func `a place that is not there is told, beside those that are`() async throws {
        let config = "examples/external/rehome.yaml"
        let found = try await rehome("fleet", config, "/nonexistent/rehome.yaml", "/nowhere")
        #expect(found.code == 65 && !found.output.contains("nonexistent"), "\(found)")
        #expect(found.errors.contains("error: /nonexistent/rehome.yaml ") && found.errors.contains("error: /nowhere "))
        let none = try await rehome("fleet", "/nowhere")
        #expect(none.code == 65 && none.errors.contains("error: /nowhere "), "\(none)")
    }

    @Test func `another kind of the group is no config, and a file that cannot be read is told`() async throws {
        try await withFleet { folder in
            try put("apiVersion: rehome.dev/v1alpha1\nkind: Fleet\n", at: folder.appending("fleet.yaml"))
            let three = try await rehome("fleet", ".", in: folder)
            #expect(three.code == 0 && three.output.contains("3 configs:"), "\(three)")
            // Root may read whatever it likes, but nobody reads a file of that size.
            try put(String(repeating: "#", count: (16 << 20) + 1), at: folder.appending("large.yaml"))
            let large = try await rehome("fleet", ".", in: folder)
            #expect(large.code == 65 && large.output.contains("3 configs:"), "\(large)")
            #expect(large.errors.hasPrefix("error: ./large.yaml is larger than 16 MiB, so nobody can tell"), "\(large)")
        }
    }

    @Test func `hundreds of configs take seconds`() async throws {
        try await withTemporaryFolder { folder in
            for number in 0..<200 { try prepare(folder.appending("i\(number)"), namespace: "n\(number)") }
            // The time of its own work, whatever else this machine is at. The last line is that of the shell's children.
            let result = try await execute(
                "/bin/sh", ["-c", "\"$0\" fleet .; times", Programs.rehome.string], in: folder)
            #expect(result.output.contains("\n200 configs: 0 broken, 200 stale in git\n"), "\(result)")
            let times = try #require(result.output.firstMatch(of: /(\d+)m([\d.]+)s \S+\n$/), "\(result)")
            // A release takes a tenth of it.
            #expect(try #require(Double(times.1)) * 60 + #require(Double(times.2)) < 60)
        }
    }
}
