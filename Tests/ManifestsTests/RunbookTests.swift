import JobContract
import Manifests
import MigrationSpec
import OutputFolder
import Subprocess
import SystemPackage
import TestSupport
import Testing
import YAMLTree

/// What the runbook tells must be so of the tree that it lies in.
struct RunbookTests {
    private func migration(_ moment: PhaseTests.Moment, adding lines: String = "") throws -> Migration {
        try Example.statefulSet.migration(
            adding: "  phase: \(moment.phase.rawValue)\n  rollback: {step: \(moment.step.rawValue)}\n" + lines)
    }

    private func runbook(_ migration: Migration) throws -> String { try Renderer().render(migration).text("README.md") }

    @Test(arguments: PhaseTests.Moment.all, ["", EngineTests.argocd, EngineTests.flux])
    func `every file, folder and Job that a command names is in the tree`(
        moment: PhaseTests.Moment, engine: String
    ) throws {
        let files = try Renderer().render(try migration(moment, adding: engine))
        let text = try files.text("README.md")
        var named = 0
        for match in text.matches(of: /(tools\/[a-z-]+\.yaml|apply -k ([a-z0-9-]+)|--patch-file ([a-z0-9\/.-]+))/) {
            named += 1
            if let folder = match.2 {
                #expect(files.contains { $0.path == "\(folder)/kustomization.yaml" }, "\(folder)")
            } else if moment.phase != .done {
                let path = String(match.3 ?? match.1)
                #expect(files.contains { $0.path == path }, "\(path)")
            }
        }
        #expect(named > 2)
        for match in text.matches(of: /job\/([a-z0-9-]+)/) {
            #expect(files.contains { $0.path.hasSuffix("/job-\(match.1).yaml") }, "\(match.1)")
        }
        for file in files where file.path.hasPrefix("tools/") {
            #expect(text.contains("`job=$(kubectl create -o name -f \(file.path)) && "), "\(file.path)")
        }
    }

    @Test(arguments: PhaseTests.Moment.all)
    func `the picture has every stage and what it waits for, and the page is well formed`(moment: PhaseTests.Moment)
        throws
    {
        let migration = try migration(moment)
        let text = try runbook(migration)
        let picture = try #require(text.firstMatch(of: /```mermaid\n([^`]*)```/)?.1)
        for stage in migration.stages {
            #expect(picture.contains("[\"\(stage.folder)<br>"))
            #expect(stage == .database || picture.contains(/--> s\d/))
        }
        #expect(picture.contains("receipt{{") == (moment.phase == .migrate || moment.step == .cutoverBack))
        #expect(text.matches(of: /(?m)^```/).count.isMultiple(of: 2))
        #expect(!text.contains("\n\n\n") && text.hasSuffix("\n") && !text.hasSuffix("\n\n"))
        for line in text.split(separator: "\n") where line.hasPrefix("|") {
            #expect(line.hasSuffix("|") && !line.contains("| |"), "\(line)")
        }
    }

    @Test func `the steady state lists what is left by operator release, and first what must have passed`() throws {
        func text(_ release: String?) throws -> String {
            var migration = try migration(PhaseTests.Moment(phase: .done))
            migration.operatorVersion = release.flatMap(OperatorVersion.init(rawValue:))
            return try runbook(migration)
        }
        let delete =
            "kubectl -n platform-portal delete statefulset,service backstage-psql-developer-portal --ignore-not-found\n"
        #expect(try !text("1.9").contains(delete) && text("1.9").contains("The operator (1.9) deleted the StatefulSet"))
        #expect(try text("1.10").contains(delete) && text("1.10").contains("The operator (1.10) has deleted nothing"))
        #expect(try text(nil).contains(delete) && text(nil).contains("An operator up to 1.9 deleted"))
        for release in ["1.9", "1.10", nil] {
            let text = try text(release)
            let reminder = try #require(text.firstRange(of: "**Only after `rehome-job after` has passed**"))
            let first = try #require(text.firstRange(of: " delete "))
            #expect(reminder.lowerBound < first.lowerBound)
            #expect(text.contains("delete pvc data-backstage-psql-developer-portal-0 --ignore-not-found\n"))
        }
    }

    @Test func `without a token for the Job, the runbook says how a person makes the receipt`() throws {
        var migration = try migration(PhaseTests.Moment(phase: .migrate))
        #expect(try !runbook(migration).contains("receipt.json"))
        migration.gate = .manual
        let text = try runbook(migration)
        #expect(text.contains("| grep -v '^REHOME-RECEIPT-' | tail -n 1 > receipt.json\n"))
        #expect(text.contains("test -s receipt.json && kubectl apply -f receipt.json\n"))
    }

    @Test func `a server certificate of somebody else's is named before all else`() throws {
        let text = try runbook(try migration(PhaseTests.Moment(phase: .prepare)))
        #expect(
            text.contains("The Secret `portal-db-tls` must be there first, with the server's certificate and key in"))
    }

    @Test func `of a Job with several pods all logs are followed`() throws {
        var migration = try migration(PhaseTests.Moment(phase: .migrate))
        #expect(
            try runbook(migration).contains(
                "logs -f --prefix --tail=-1 --max-log-requests=7 -l job-name=portal-db-copy-1-"))
        migration.copy.parallelism = 3
        #expect(
            try runbook(migration).contains(
                "logs -f --prefix --tail=-1 --max-log-requests=9 -l job-name=portal-db-copy-1-"))
    }

    @Test(
        arguments: ["job", "manual", "none"],
        [PhaseTests.Moment(phase: .migrate), .init(phase: .rollback, step: .cutoverBack)])
    func `a roll-out is looked at once the operator has acted, since before that the old pods count as rolled out`(
        gate: String, moment: PhaseTests.Moment
    ) throws {
        var migration = try migration(moment)
        migration.gate = try #require(Gate(rawValue: gate))
        let text = try runbook(migration)
        let looks = text.matches(of: /(?m)^(.*)\n(kubectl .* rollout status deployment\/.*)$/)
        #expect(!looks.isEmpty)
        for look in looks {
            #expect(look.1.hasPrefix("until names=$(kubectl ") && look.1.hasSuffix("; do sleep 5; done"), "\(look.0)")
        }
    }

    @Test func `a wait for the Job ends when it has failed, too`() throws {
        for moment in PhaseTests.Moment.all where moment.phase != .done {
            let text = try runbook(try migration(moment))
            #expect(text.contains("| grep -Eow 'Complete|Failed'; do sleep 5; done\n"), "\(moment.testDescription)")
            #expect(!text.contains("--for=condition=Complete") && !text.contains("logs job/"))
        }
    }

    @Test func `the window and the rehearsed length are told to those who wait`() throws {
        var migration = try migration(PhaseTests.Moment(phase: .migrate))
        #expect(try runbook(migration).contains("about **a second**"))
        migration.copy.notBefore = "2026-11-28T22:00:00+01:00"
        migration.copy.expectedDuration = "25m"
        let live = try runbook(migration)
        #expect(
            live.contains(
                "| now | 2026-11-28T22:00:00+01:00 | nothing: the databases are copied while Backstage works on |"))
        #expect(live.contains("the copy before it takes about **25m**"))
        migration.copy.precopy = false
        let text = try runbook(migration)
        #expect(text.contains("| now | 2026-11-28T22:00:00+01:00 | nothing: the Job waits |"))
        #expect(text.contains("the copy takes about **25m**"))
        #expect(text.contains("may be committed up to 168 h before"))
    }

    @Test func `the command that saves the operator's Secret leaves its owner behind`() async throws {
        let text = try runbook(try migration(PhaseTests.Moment(phase: .migrate)))
        let template = try #require(text.firstMatch(of: /go-template='([^']*)'; }/)?.1)
        guard
            (try? await run(.name("kubectl"), arguments: ["version", "--client"], output: .discarded))?
                .terminationStatus.isSuccess == true
        else { try Test.cancel("kubectl is not installed") }
        try await withTemporaryFolder { folder in
            let secret = """
                apiVersion: v1
                kind: Secret
                metadata:
                  name: backstage-psql-secret-developer-portal
                  ownerReferences:
                  - {apiVersion: rhdh.redhat.com/v1alpha4, kind: Backstage, name: developer-portal, uid: x}
                data: {POSTGRES_USER: cG9zdGdyZXM=, POSTGRES_PORT: NTQzMg==}

                """
            _ = try OutputFolder(folder, version: "test").write([
                RenderedFile(path: "secret.yaml", bytes: Array(secret.utf8))
            ])
            // Offline, this prints the object through the template as get would.
            let result = try await run(
                .name("kubectl"),
                arguments: [
                    "label", "--local", "-f", folder.appending("secret.yaml").string, "a=b", "-o",
                    "go-template=\(template)",
                ],
                output: .string(limit: 1 << 16), error: .string(limit: 1 << 16))
            let saved = try YAMLFile(parsing: result.standardOutput, name: "saved").onlyDocument.root.value()
            #expect(
                saved == [
                    "apiVersion": "v1", "kind": "Secret",
                    "metadata": ["name": "portal-db-source-credentials", "namespace": "platform-portal"],
                    "data": ["POSTGRES_PORT": "NTQzMg==", "POSTGRES_USER": "cG9zdGdyZXM="],
                ])
        }
    }
}
