import FoundationEssentials
import SystemPackage
import TestSupport
import Testing

/// YAML of other people's that was once read or edited wrongly, where it is beside the repository.
struct YAMLCaseTests {
    private static let cases = Checkout.folder.appending("../shared/cases/yaml")
    private static let exist = FileManager.default.fileExists(atPath: cases.appending("README.md").string)

    /// What becomes of a CR in one phase.
    struct Expectation: CustomTestStringConvertible {
        var name: String
        var phase = "migrate"
        var localDatabase = "keep"
        var code = 0
        var says = ""
        /// Parts of the edited CR.
        var holds: [String] = []

        var testDescription: String { "\(name), \(phase), \(localDatabase)" }
    }

    private static let expectations: [Expectation] =
        [
            .init(name: "alias-chain", code: 65, says: "through aliases this is nested more than 256 levels deep"),
            .init(name: "laughs-in-env", code: 65, says: "aliases of aliases make more than 100000 nodes"),
            .init(name: "laughs-in-patch", code: 65, says: "aliases of aliases make more than 100000 nodes"),
            // The place alone changes, and what its anchor gave others they keep.
            .init(
                name: "anchored-scalar", localDatabase: "retire",
                holds: [
                    "    enableLocalDb: false\n", "    enabled: &on true\n", "      enabled: *on\n",
                    "                secretName: x-creds\n",
                    "                value: &db backstage-psql-secret-portal\n",
                ]),
            .init(
                name: "merge-key-in-secret-reference",
                holds: ["  db: &db {name: backstage-psql-secret-portal,", "name: x-creds\n"]),
        ]
        + ["line-separator", "next-line", "paragraph-separator"].map {
            .init(name: "\($0)-in-flow-comment", phase: "done", holds: ["x: y, enableLocalDb: false}", "# a"])
        }

    @Test(.enabled(if: exist, "the cases are not beside the repository"))
    func `every CR has its expectation`() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.cases.string).filter {
            $0.hasSuffix(".yaml")
        }
        #expect(Set(names) == Set(Self.expectations.map { "\($0.name).yaml" }))
    }

    @Test(
        .enabled(if: exist, "the cases are not beside the repository"), .timeLimit(.minutes(1)), arguments: expectations
    )
    func `a CR is edited in its place alone, or refused at it`(expectation: Expectation) async throws {
        try await withTemporaryFolder { folder in
            let text = try Self.cases.appending("\(expectation.name).yaml").text()
            try put(text, at: folder.appending("cr.yaml"))
            try put(
                """
                apiVersion: rehome.dev/v1alpha1
                kind: Migration
                metadata: {name: db, namespace: ns}
                spec:
                  phase: \(expectation.phase)
                  backstage: {file: cr.yaml, operatorVersion: "1.10"}
                  target: {external: {host: db.example.com, tls: {mode: disabled}}}
                  credentials: {existing: {secretName: x-creds}}
                  migration: {image: "registry.example.com/rehome-job:1"}
                  cutover: {mode: inPlace, localDatabase: \(expectation.localDatabase)}
                """, at: folder.appending("rehome.yaml"))
            let rendered = try await rehome("render", "-f", "rehome.yaml", "-o", "out", in: folder)
            #expect(rendered.code == expectation.code, "\(rendered)")
            let edited = try folder.appending("cr.yaml").text()
            guard expectation.code == 0 else {
                #expect(
                    rendered.errors.hasPrefix("cr.yaml:") && rendered.errors.contains(expectation.says), "\(rendered)")
                #expect(edited.utf8.elementsEqual(text.utf8))
                return
            }
            for part in expectation.holds { #expect(edited.contains(part), "\(edited)") }
            let checked = try await rehome("check", "-f", "rehome.yaml", "-o", "out", in: folder)
            #expect(checked.code == 0, "\(checked)")
            let again = try await rehome("render", "-f", "rehome.yaml", "-o", "out", in: folder)
            #expect(again.output.contains("out: 0 written") && !again.output.contains("Edited"), "\(again)")
        }
    }
}
