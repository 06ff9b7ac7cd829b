import JobContract
import Manifests
import MigrationSpec
import SystemPackage
import TestSupport
import Testing
import YAMLTree

/// What each phase of a migration's life renders.
struct PhaseTests {
    /// A phase, and for a rollback its step.
    struct Moment: Sendable, CustomTestStringConvertible {
        var phase: Phase
        var step = RollbackStep.copyBack

        static let all = [
            Moment(phase: .prepare), Moment(phase: .migrate), Moment(phase: .done), Moment(phase: .rollback),
            Moment(phase: .rollback, step: .cutoverBack),
        ]
        var testDescription: String { phase == .rollback ? "rollback, \(step.rawValue)" : phase.rawValue }
    }

    private func migration(_ moment: Moment, adding lines: String = "") throws -> Migration {
        let life = "  phase: \(moment.phase.rawValue)\n  rollback: {step: \(moment.step.rawValue)}\n"
        return try Example.statefulSet.migration(adding: life + lines)
    }

    private func files(_ moment: Moment, adding lines: String = "") throws -> [RenderedFile] {
        try Renderer().render(try migration(moment, adding: lines))
    }

    private func environment(_ job: YAMLValue) throws -> [String: YAMLValue] {
        let items = try #require(job["spec"]?["template"]?["spec"]?["containers"]?[0]?["env"]?.items)
        return Dictionary(uniqueKeysWithValues: items.map { ($0["name"]?.string ?? "", $0) })
    }

    private func cr(_ text: String) throws -> YAMLValue {
        try YAMLFile(parsing: text, name: "cr").onlyDocument.root.value()
    }

    private func names(_ list: YAMLValue?) -> [String] { list?.items?.compactMap { $0["name"]?.string } ?? [] }

    // MARK: Every phase, every engine

    @Test(arguments: Moment.all, ["", EngineTests.argocd, EngineTests.flux])
    func `every phase keeps the rules, and its engine applies just its stages, in order`(
        moment: Moment, engine: String
    ) throws {
        let migration = try migration(moment, adding: engine)
        let files = try Renderer().render(migration)
        #expect(try TreeRules(migration, files: files).violations() == [])
        let folders = migration.stages.map(\.folder)
        #expect(folders == folders.sorted())
        let known = Set(folders + ["tools", "argocd", "flux"])
        for file in files where file.path.contains("/") {
            #expect(known.contains(String(file.path.prefix { $0 != "/" })), "\(file.path)")
        }
        switch migration.engine {
        case .argocd?:
            #expect(try files.object("kustomization.yaml")["resources"]?.items?.compactMap(\.string) == folders)
        case .flux?:
            var before: Set<String> = []
            for folder in folders {
                let spec = try files.object("flux/kustomization-portal-db-\(folder).yaml")["spec"]
                #expect(spec?["path"] == .string("./clusters/portal/out/\(folder)"))
                let dependencies = names(spec?["dependsOn"])
                // What is waited for is there, and nothing but the first waits for nothing.
                #expect(before.isSuperset(of: dependencies) && dependencies.isEmpty == before.isEmpty, "\(folder)")
                before.insert("portal-db-\(folder)")
            }
        case nil: #expect(!files.contains { $0.path == "kustomization.yaml" })
        }
    }

    @Test(arguments: Moment.all)
    func `the Jobs for a person's hand are new ones each time, with the pod of the phase's Job and no token`(
        moment: Moment
    ) throws {
        let files = try files(moment)
        let tools = files.filter { $0.path.hasPrefix("tools/") }
        guard moment.phase != .done else { return #expect(tools.isEmpty) }
        let job = try #require(files.first { $0.path.contains("/job-") })
        let pod = try files.object(job.path)["spec"]?["template"]?["spec"]
        for tool in tools {
            let object = try files.object(tool.path)
            #expect(object["metadata"]?["name"] == nil)
            #expect(object["metadata"]?["generateName"]?.string?.hasPrefix("portal-db-") == true)
            let own = object["spec"]?["template"]?["spec"]
            for key in ["securityContext", "volumes", "nodeSelector", "imagePullSecrets"] {
                #expect(own?[key] == pod?[key])
            }
            for key in ["image", "env", "resources", "volumeMounts", "securityContext"] {
                #expect(own?["containers"]?[0]?[key] == pod?["containers"]?[0]?[key])
            }
            #expect(own?["automountServiceAccountToken"] == false && own?["serviceAccountName"] == nil)
            let command = try #require(own?["containers"]?[0]?["args"]?[0]?.string)
            #expect(JobCommand(rawValue: command) != nil, "\(command)")
        }
        let commands = tools.map(\.path)
        #expect(commands.contains("tools/status.yaml") && commands.contains("tools/clean.yaml"))
        #expect(commands.contains("tools/after.yaml") == (moment.phase != .prepare))
    }

    @Test func `an account of the user's own is the tools', too, which may be what lets them pull the image`() throws {
        var migration = try migration(Moment(phase: .migrate))
        migration.copy.pod.serviceAccountName = "puller"
        let files = try Renderer().render(migration)
        let pod = try files.object("tools/status.yaml")["spec"]?["template"]?["spec"]
        #expect(pod?["serviceAccountName"] == "puller" && pod?["automountServiceAccountToken"] == false)
        #expect(try TreeRules(migration, files: files).violations() == [])
    }

    // MARK: Prepare

    @Test func `a preparation is the new database and a rehearsal, which has no gate and leaves the CR alone`() throws {
        let migration = try migration(Moment(phase: .prepare))
        let files = try Renderer().render(migration)
        #expect(migration.stages.map(\.folder) == ["1-database", "2-rehearsal"])
        let job = try files.object("2-rehearsal/job-portal-db-rehearsal-1-")
        let pod = job["spec"]?["template"]?["spec"]
        #expect(pod?["containers"]?[0]?["args"] == ["rehearse"])
        #expect(pod?["automountServiceAccountToken"] == false && pod?["serviceAccountName"] == nil)
        let environment = try environment(job)
        #expect(environment["REHOME_GATE"]?["value"] == "none" && environment["REHOME_RECEIPT_NAME"] == nil)
        #expect(!files.contains { $0.path.contains("role") || $0.path.contains("backstage-") })
        var inPlace = migration
        inPlace.cutover = .inPlace
        #expect(try Renderer().edits(inPlace).allSatisfy { $0.old == $0.new })
    }

    // MARK: Attempts and windows

    @Test func `another attempt is another Job with the same receipt`() throws {
        var migration = try migration(Moment(phase: .migrate))
        func job() throws -> YAMLValue { try Renderer().render(migration).object("2-copy/job-") }
        let first = try job()
        migration.copy.attempt = 2
        let second = try job()
        #expect(first["metadata"]?["name"]?.string?.hasPrefix("portal-db-copy-1-") == true)
        #expect(second["metadata"]?["name"]?.string?.hasPrefix("portal-db-copy-2-") == true)
        #expect(
            try environment(first)["REHOME_RECEIPT_NAME"] == environment(second)["REHOME_RECEIPT_NAME"])
    }

    @Test func `a Job that waits for a window is given the longest wait on top of its deadline, and so is Flux`() throws
    {
        let window = "\n    notBefore: 2026-11-28T22:00:00+01:00\n    longestWait: 48h\n"
        let text = try Example.statefulSet.config.text()
        let config =
            text.replacing("  migration:\n", with: "  migration:" + window) + EngineTests.flux
        var migration = try Example.statefulSet.migration(config: config)
        let files = try Renderer().render(migration)
        let job = try files.object("2-copy/job-")
        #expect(job["spec"]?["activeDeadlineSeconds"]?.int == (6 + 48) * 3600)
        #expect(try environment(job)["REHOME_NOT_BEFORE"]?["value"] == "2026-11-28T22:00:00+01:00")
        #expect(try files.object("flux/kustomization-portal-db-2-copy.yaml")["spec"]?["timeout"] == "3250m")
        // A rehearsal has no window to wait for.
        migration.phase = .prepare
        let rehearsal = try Renderer().render(migration).object("2-rehearsal/job-")
        #expect(rehearsal["spec"]?["activeDeadlineSeconds"]?.int == 6 * 3600)
        #expect(try environment(rehearsal)["REHOME_NOT_BEFORE"] == nil)
    }

    // MARK: Done

    @Test func `the steady state has no Job, no gate and nothing that an upgrade of Rehome would move`() throws {
        let migration = try migration(Moment(phase: .done), adding: EngineTests.flux)
        let files = try Renderer().render(migration)
        #expect(migration.stages.map(\.folder) == ["1-database", "3-cutover", "4-orchestrator"])
        let cr = try cr(files.text("3-cutover/backstage-developer-portal.yaml"))
        #expect(cr["spec"]?["database"]?["enableLocalDb"] == false)
        #expect(names(cr["spec"]?["application"]?["extraEnvs"]?["configMaps"]) == ["portal-bucket"])
        #expect(names(cr["spec"]?["application"]?["extraEnvs"]?["secrets"]).last == "portal-db-credentials")
        for file in files {
            let text = String(decoding: file.bytes, as: UTF8.self)
            #expect(!text.contains(migration.copy.image) && !text.contains(/-receipt-[0-9a-f]/), "\(file.path)")
            #expect(!text.contains("kind: Job"), "\(file.path)")
        }
    }

    @Test func `the steady state of a Backstage without an operator keeps nothing of its source`() throws {
        let tree = try #require(GoldenTree.all.first { $0.name == "external-plain-backstage" })
        var migration = try tree.migration()
        let certificate = "1-database/secret-portal-db-source-certificate.yaml"
        #expect(try Renderer().render(migration).contains { $0.path == certificate })
        migration.phase = .done
        let files = try Renderer().render(migration)
        #expect(!files.contains { $0.path == certificate })
        #expect(try TreeRules(migration, files: files).violations() == [])
        #expect(try files.text("README.md").contains("Take the ConfigMap `portal-db-receipt-…` out of `envFrom`"))
    }

    // MARK: Rollback

    @Test func `the first step back raises the local database with its own password, and Backstage stays`() throws {
        let files = try files(Moment(phase: .rollback))
        let spec = try cr(files.text("2-local-database/backstage-developer-portal.yaml"))["spec"]
        #expect(
            spec?["database"] == ["enableLocalDb": true, "authSecretName": "portal-db-source-credentials"])
        #expect(names(spec?["application"]?["extraEnvs"]?["secrets"]).last == "portal-db-credentials")
        #expect(names(spec?["application"]?["extraEnvs"]?["configMaps"]) == ["portal-bucket"])

        let job = try files.object("3-copy-back/job-portal-db-copy-back-1-")
        let environment = try environment(job)
        func secret(_ name: String) -> YAMLValue? { environment[name]?["valueFrom"]?["secretKeyRef"] }
        #expect(environment["REHOME_DIRECTION"]?["value"] == "rollback")
        #expect(secret("REHOME_SOURCE_PASSWORD") == ["name": "portal-db-admin", "key": "POSTGRES_PASSWORD"])
        #expect(
            secret("REHOME_TARGET_PASSWORD") == ["name": "portal-db-source-credentials", "key": "POSTGRES_PASSWORD"])
        #expect(environment["REHOME_SOURCE_SSLMODE"]?["value"] == "verify-full")
        #expect(environment["REHOME_TARGET_SSLMODE"]?["value"] == "disable")
        let mounts = job["spec"]?["template"]?["spec"]?["containers"]?[0]?["volumeMounts"]?.items ?? []
        let folder = try #require(mounts.last?["mountPath"]?.string)
        #expect(environment["REHOME_SOURCE_CA_FILE"]?["value"]?.string == "\(folder)/\(JobFiles.certificateKey)")
    }

    @Test func `the second step back waits for the copy's own receipt, which no other opens`() throws {
        let files = try files(Moment(phase: .rollback, step: .cutoverBack))
        let spec = try cr(files.text("4-cutover-back/backstage-developer-portal.yaml"))["spec"]
        #expect(spec?["database"]?["enableLocalDb"] == true)
        let receipt = try environment(try files.object("3-copy-back/job-"))["REHOME_RECEIPT_NAME"]?["value"]?.string
        #expect(names(spec?["application"]?["extraEnvs"]?["configMaps"]) == ["portal-bucket", receipt])
        #expect(try files.object("3-copy-back/role-")["rules"]?[0]?["resourceNames"]?[0]?.string == receipt)
        let forward = try environment(try self.files(Moment(phase: .migrate)).object("2-copy/job-"))
        #expect(forward["REHOME_RECEIPT_NAME"]?["value"]?.string != receipt)

        let application = spec?["application"]
        let secrets = names(application?["extraEnvs"]?["secrets"]) + names(application?["extraFiles"]?["secrets"])
        #expect(!secrets.contains("portal-db-credentials") && !secrets.contains("portal-db-certificate"))
        let text = try files.text("4-cutover-back/backstage-developer-portal.yaml")
        #expect(!text.contains("backstage-psql-secret-developer-portal"))
        #expect(text.split(separator: "\n").count { $0.contains("portal-db-source-credentials") } == 4)
        let platform = try files.object("5-orchestrator-back/sonataflowplatform-")
        let persistence = platform["spec"]?["services"]?["jobService"]?["persistence"]?["postgresql"]
        #expect(persistence?["serviceRef"]?["name"] == "backstage-psql-developer-portal")
        #expect(persistence?["secretRef"]?["name"] == "portal-db-source-credentials")
    }

    @Test func `both steps back are the same Job, so the second does not copy again`() throws {
        let names = try Moment.all.suffix(2).map { moment in
            try files(moment).object("3-copy-back/job-")["metadata"]?["name"]?.string
        }
        #expect(names[0] == names[1])
    }

    /// In place, each phase finds the file as the one before it left it.
    @Test func `a CR that goes there and back in place ends where it began, but for its Secret`() throws {
        let original = try Checkout.folder.appending("examples/statefulset/backstage.yaml").text()
        var text = original
        for moment in Moment.all {
            let config =
                try Example.statefulSet.config.text().replacing("  cutover:\n", with: "  cutover:\n    mode: inPlace\n")
                + "  phase: \(moment.phase.rawValue)\n  rollback: {step: \(moment.step.rawValue)}\n"
            let migration = try Example.statefulSet.migration(config: config, backstage: text)
            guard let edit = try Renderer().edits(migration).first else { continue }
            text = String(decoding: edit.new, as: UTF8.self)
            let again = try Example.statefulSet.migration(config: config, backstage: text)
            #expect(try Renderer().edits(again).first?.new == edit.new, "\(moment.testDescription) is not idempotent")
        }
        let (before, after) = (try cr(original)["spec"], try cr(text)["spec"])
        #expect(after?["database"] == ["enableLocalDb": true, "authSecretName": "portal-db-source-credentials"])
        #expect(after?["application"]?["extraEnvs"]?["secrets"] == before?["application"]?["extraEnvs"]?["secrets"])
        #expect(
            names(after?["application"]?["extraEnvs"]?["configMaps"]).filter { !$0.contains("-receipt-") }
                == names(before?["application"]?["extraEnvs"]?["configMaps"]))
    }

    /// The operator makes a Secret only where the CR names none, and the clean-up of the second move deletes the saved one.
    @Test(arguments: ["retire", "keep"])
    func `a second move after a rollback reads the saved Secret, and its end names it no more than its clean-up needs`(
        localDatabase: String
    ) throws {
        var text = try Checkout.folder.appending("examples/statefulset/backstage.yaml").text()
        let life = [
            (1, Moment(phase: .migrate)), (1, Moment(phase: .rollback)),
            (1, Moment(phase: .rollback, step: .cutoverBack)), (2, Moment(phase: .migrate)), (2, Moment(phase: .done)),
        ]
        for (generation, moment) in life {
            let config =
                try Example.statefulSet.config.text().replacing("  cutover:\n", with: "  cutover:\n    mode: inPlace\n")
                .replacing("localDatabase: retire", with: "localDatabase: \(localDatabase)")
                .replacing("  migration:\n", with: "  migration:\n    generation: \(generation)\n")
                + "  phase: \(moment.phase.rawValue)\n  rollback: {step: \(moment.step.rawValue)}\n"
            let migration = try Example.statefulSet.migration(config: config, backstage: text)
            let files = try Renderer().render(migration)
            if moment.phase == .migrate {
                let source = try environment(files.object("2-copy/job-"))["REHOME_SOURCE_PASSWORD"]
                #expect(source?["valueFrom"]?["secretKeyRef"]?["name"] == "portal-db-source-credentials")
            }
            if let edit = try Renderer().edits(migration).first { text = String(decoding: edit.new, as: UTF8.self) }
            guard moment.phase == .done else { continue }
            let cleanUp = try files.text("README.md")
            let isDeleted = cleanUp.contains("delete secret portal-db-source-credentials")
            let isNamed = try cr(text)["spec"]?["database"]?["authSecretName"] == "portal-db-source-credentials"
            #expect(isDeleted && !isNamed, "deleted: \(isDeleted), named: \(isNamed)")
        }
    }
}
