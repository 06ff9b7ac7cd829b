import SystemPackage
import TestSupport
import Testing

/// Results for programs, held to their schema.
struct ResultFormatTests {
    private func data(_ result: Outcome, as name: String) throws -> JSONValue {
        let schema = try JSONSchemaCheck("docs/rehome-output.schema.json")
        #expect(try schema.problems(of: result.output, as: name) == [], "\(result)")
        return try JSONValue(result.output)
    }

    @Test func `what is written, what differs and where is one document`() async throws {
        try await withTemporaryFolder { folder in
            for file in ["backstage.yaml", "ca.pem", "rehome.yaml"] {
                try put(try Checkout.folder.appending("examples/external/\(file)").text(), at: folder.appending(file))
            }
            let new = try data(try await rehome("diff", "--format", "json", in: folder), as: "changes")
            #expect(new["isCurrent"] == .flag(false))
            let added = try #require(new["instances"]?.list?.first?["changes"]?.list)
            #expect(added.allSatisfy { $0["kind"] == .text("added") && $0["path"]?.text?.hasPrefix("out/") == true })

            let written = try data(try await rehome("render", "--format", "json", in: folder), as: "written")
            let instance = try #require(written["instances"]?.list?.first)
            #expect(instance["written"]?.list?.contains(.text("out/2-copy/kustomization.yaml")) == true)
            let current = try await rehome("check", "--format", "json", in: folder)
            #expect(try current.code == 0 && data(current, as: "changes")["isCurrent"] == .flag(true))

            // One file is by hand, one goes, and one is the team's own.
            let config = folder.appending("rehome.yaml")
            try put(
                try config.text().replacing("spec:\n", with: "spec:\n  cutover: {mode: inPlace}\n"), at: config)
            let stale = try await rehome("check", "--format", "json", in: folder)
            #expect(stale.code == 1 && stale.errors.contains("error: out is not what rehome.yaml renders to"))
            let changes = try #require(
                try data(stale, as: "changes")["instances"]?.list?.first?["changes"]?.list)
            func kind(_ path: String, isOwn: Bool) -> String? {
                changes.first { $0["path"] == .text(path) && $0["isOwn"] == .flag(isOwn) }?["kind"]?.text
            }
            #expect(kind("backstage.yaml", isOwn: true) == "changed")
            #expect(kind("out/README.md", isOwn: false) == "changed")
            #expect(kind("out/3-cutover/kustomization.yaml", isOwn: false) == "removed")

            let failed = try await rehome("render", "--format", "json", "-o", "ca.pem", in: folder)
            let error = try data(failed, as: "written")["instances"]?.list?.first?["error"]?.text
            #expect(failed.code == 73 && error?.contains("ca.pem") == true, "\(failed)")
            #expect(try await rehome("render", "--format", "json", "--stdout", in: folder).code == 64)
        }
    }

    @Test func `what init wrote, and what is missing of it, is one document`() async throws {
        try await withTemporaryFolder { folder in
            let cr = Checkout.folder.appending("examples/external/backstage.yaml").string
            let drafted = try data(
                try await rehome("init", "--from", cr, "--target", "external", "--format", "json", in: folder),
                as: "draft")
            #expect(drafted["config"] == .text("rehome.yaml"))
            #expect(try drafted["text"] == .text(folder.appending("rehome.yaml").text()))
            let missing = drafted["missing"]?.list?.compactMap { $0["path"]?.text } ?? []
            #expect(missing.contains("spec.target.external.host"), "\(missing)")
            let other = try data(
                try await rehome("init", "--from", cr, "-f", "-", "--format", "json", in: folder), as: "draft")
            #expect(other["config"] == nil && other["text"]?.text?.contains("kind: Migration") == true)
        }
    }

    @Test func `a key, and all of them, are told as data`() async throws {
        let one = try data(
            try await rehome("explain", "external.host", "--format", "json"), as: "keys")["keys"]?.list
        #expect(one?.count == 1 && one?.first?["path"] == .text("spec.target.external.host"))
        #expect(one?.first?["isRequired"] == .flag(true))
        let item = try data(
            try await rehome("explain", "spec.orchestrator.workflows.release", "--format", "json"), as: "keys")["keys"]
        #expect(item?.list?.first?["path"] == .text("spec.orchestrator.workflows.release"))
        #expect(try await rehome("explain", "workflows.schema").output.contains("spec.orchestrator.workflows.schema"))
        #expect(try await rehome("explain", "spec.orchestrator.workflows").output.contains("  namespace"))
        // The key of an item takes nothing away from the one that was meant before.
        #expect(try await rehome("explain", "helm.release").output.hasPrefix("spec.backstage.helm.release\n"))
        let all = try data(try await rehome("explain", "--format", "json"), as: "keys")["keys"]?.list ?? []
        #expect(all.count > 100 && all.first { $0["path"] == .text("spec.target") }?["exactlyOne"]?.list?.count == 5)
    }
}
