import JobContract
import Manifests
import MigrationSpec
import SystemPackage
import TestSupport
import Testing
import YAMLTree

/// The init container that holds new pods until the databases are published.
struct DoorTests {
    private static let cr = """
        # The portal.
        apiVersion: rhdh.redhat.com/v1alpha5
        kind: Backstage
        metadata:
          name: bs1
        spec:
          application:
            extraEnvs:
              secrets:
                - name: mine   # ours

        """
    private static let patched =
        cr + """
              deployment:
                patch:
                  spec:
                    replicas: 4
                    template:
                      spec:
                        initContainers:
                          - name: first   # of all
                            image: x

            """

    private func config(_ lines: String = "", cutover: String = "door: true", tls: Bool = true) -> String {
        """
        apiVersion: rehome.dev/v1alpha1
        kind: Migration
        metadata: {name: new-db, namespace: portal}
        spec:
          backstage: {file: cr.yaml, operatorVersion: "1.10"}
          target: {external: {host: db.example.com, tls: {\(tls ? "mode: verify-full, caFile: ca.pem" : "mode: disabled")}}}
          credentials: {existing: {secretName: new-db-credentials}}
          migration: {image: registry.example.com/rehome-job:1}
          cutover: {\(cutover)}
        \(lines)
        """
    }

    private func migration(_ config: String, cr: String = Self.cr) throws -> Migration {
        try ManifestsTests.migration(
            config: config,
            files: ["cr.yaml": cr, "ca.pem": Checkout.folder.appending("examples/external/ca.pem").text()])
    }

    private func files(_ config: String, cr: String = Self.cr) throws -> [RenderedFile] {
        let migration = try migration(config, cr: cr)
        let files = try Renderer().render(migration)
        #expect(try TreeRules(migration, files: files).violations() == [])
        return files
    }

    private func spec(_ files: [RenderedFile]) throws -> YAMLValue? {
        try YAMLFile(parsing: files.text("3-cutover/backstage-bs1.yaml"), name: "cr").onlyDocument.root.value()["spec"]
    }

    private func environment(_ container: YAMLValue?) -> [String: String] {
        let items = container?["env"]?.items ?? []
        return Dictionary(
            items.map {
                (
                    $0["name"]?.string ?? "",
                    $0["value"]?.string ?? "from-\($0["valueFrom"]?["secretKeyRef"]?["key"]?.string ?? "")"
                )
            },
            uniquingKeysWith: { $1 })
    }

    // MARK: The CR

    @Test(arguments: [true, false]) func `the door is the last init container, and knows what waiting takes`(tls: Bool)
        throws
    {
        let spec = try spec(files(config(tls: tls), cr: Self.patched))
        let deployment = spec?["deployment"]?["patch"]?["spec"]
        let pod = deployment?["template"]?["spec"]
        #expect(pod?["initContainers"]?.items?.compactMap { $0["name"]?.string } == ["first", "rehome-door"])
        let door = pod?["initContainers"]?.items?.last
        #expect(door?["image"] == "registry.example.com/rehome-job:1" && door?["args"] == ["wait"])
        #expect(door?["securityContext"]?["readOnlyRootFilesystem"] == true)
        var environment = environment(door)
        #expect(environment["REHOME_TARGET_PASSWORD"] == "from-POSTGRES_PASSWORD")
        #expect(!environment.keys.contains { $0.hasPrefix("REHOME_SOURCE") } && environment["REHOME_DIRECTION"] == nil)
        environment["REHOME_TARGET_PORT"] = "5432"
        let settings = try JobSettings(environment: environment)
        #expect(settings.instance == "bs1" && settings.namespace == "portal" && settings.gate == .none)
        #expect(settings.target.tls == (tls ? .verifyFull : .disable))
        if tls {
            let mount = door?["volumeMounts"]?[0]
            let volume = try #require(pod?["volumes"]?.items?.first { $0["name"] == mount?["name"] })
            #expect(volume["secret"]?["secretName"] == "new-db-certificate")
            #expect(
                settings.target.caFile
                    == "\(mount?["mountPath"]?.string ?? "")/\(volume["secret"]?["items"]?[0]?["path"]?.string ?? "")")
        } else {
            #expect(door?["volumeMounts"] == nil && pod?["volumes"] == nil)
        }
        // Pods that wait for hours are no failed roll-out.
        #expect(deployment?["progressDeadlineSeconds"]?.int ?? 0 > 1_000_000_000)
        #expect(
            spec?["application"]?["extraEnvs"]?["configMaps"] == nil,
            "the receipt would keep the pods from coming to the door")
        #expect(spec?["application"]?["extraEnvs"]?["secrets"]?.items?.last?["name"] == "new-db-credentials")
    }

    @Test func `the fence waits for the pods that a roll-out makes at once`() throws {
        let job = try files(config(cutover: "door: true, doorPatience: 5m"), cr: Self.patched).object("2-copy/job-")
        let environment = environment(job["spec"]?["template"]?["spec"]?["containers"]?[0])
        #expect(environment["REHOME_DOORS"] == "2" && environment["REHOME_DOOR_PATIENCE"] == "300")
        let plain = try files(config(cutover: "door: false")).object("2-copy/job-")
        #expect(self.environment(plain["spec"]?["template"]?["spec"]?["containers"]?[0])["REHOME_DOORS"] == nil)
    }

    @Test func `a progress deadline of the team's own stays`() throws {
        let cr = Self.patched.replacing("replicas: 4", with: "progressDeadlineSeconds: 900")
        #expect(try spec(files(config(), cr: cr))?["deployment"]?["patch"]?["spec"]?["progressDeadlineSeconds"] == 900)
    }

    @Test(arguments: [cr, patched]) func `in place the door comes once, and phase done takes it away without a trace`(
        cr: String
    ) throws {
        func edited(_ text: String, _ lines: String, door: Bool = true) throws -> String {
            let migration = try migration(config(lines, cutover: "mode: inPlace, door: \(door)"), cr: text)
            return String(decoding: try #require(try Renderer().edits(migration).first).new, as: UTF8.self)
        }
        let standing = try edited(cr, "")
        #expect(standing.contains("- name: rehome-door"))
        #expect(try edited(standing, "") == standing)
        #expect(try edited(standing, "  phase: done") == edited(cr, "  phase: done"))
        // A door that is not wanted any more goes as well, and the gate comes in its place.
        #expect(try edited(standing, "", door: false) == edited(cr, "", door: false))
        let back = "  phase: rollback"
        #expect(
            try !edited(standing, back).contains("rehome-door") && !edited(standing, back).contains("progressDeadline"))
        #expect(try !edited(standing, back + "\n  rollback: {step: cutoverBack}").contains("rehome-door"))
    }

    @Test func `another image is another door`() throws {
        let first = try migration(config(cutover: "mode: inPlace, door: true"))
        let text = String(decoding: try #require(try Renderer().edits(first).first).new, as: UTF8.self)
        let second = try migration(
            config(cutover: "mode: inPlace, door: true").replacing("rehome-job:1", with: "rehome-job:2"), cr: text)
        let new = String(decoding: try #require(try Renderer().edits(second).first).new, as: UTF8.self)
        #expect(new.contains("rehome-job:2") && !new.contains("rehome-job:1") && new.contains("- name: mine   # ours"))
    }

    @Test func `a component adds it as well, and refuses a CR that has it`() throws {
        let files = try files(config(cutover: "mode: patch, door: true"), cr: Self.patched)
        let text = try files.text("3-cutover/kustomization.yaml")
        #expect(text.contains("/spec/deployment/patch/spec/template/spec/initContainers/-"))
        let standing = try migration(config(cutover: "mode: inPlace, door: true"), cr: Self.patched)
        let edited = String(decoding: try #require(try Renderer().edits(standing).first).new, as: UTF8.self)
        #expect(throws: YAMLError.self) { try self.files(config(cutover: "mode: patch, door: true"), cr: edited) }
    }

    // MARK: Engines

    @Test func `no engine waits for the copy before it applies the cut-over`() throws {
        let flux = try files(config("  engine: {flux: {source: fleet, path: out}}"))
        let spec = try flux.object("flux/kustomization-new-db-3-cutover.yaml")["spec"]
        #expect(spec?["dependsOn"]?.items?.compactMap { $0["name"]?.string } == ["new-db-1-database"])
        let argocd = try files(config("  engine: {argocd: {repoURL: 'https://git.example.com/x.git', path: out}}"))
        let patches = try argocd.object("3-cutover/kustomization.yaml")["patches"]?.items ?? []
        #expect(patches.last?["patch"]?.string?.contains("argocd.argoproj.io/sync-wave: \"10\"") == true, "\(patches)")
        #expect(try argocd.object("2-copy/job-")["metadata"]?["annotations"]?["argocd.argoproj.io/sync-wave"] == "10")
    }

    @Test func `the runbook waits for the copy after the cut-over is applied`() throws {
        let text = try files(config()).text("README.md")
        let apply = try #require(text.firstRange(of: "kubectl apply -k 3-cutover"))
        let wait = try #require(text.firstRange(of: "grep -Eow 'Complete|Failed'"))
        #expect(apply.lowerBound < wait.lowerBound)
        #expect(text.contains("**The door.**") && !text.contains("**The gate.**"))
    }

    @Test func `a person who changes a Deployment is told the door's lines`() throws {
        let tree = try #require(GoldenTree.all.first { $0.name == "external-plain-backstage" })
        let config = tree.folder.appending("rehome.yaml")
        let text = try config.text() + "  cutover: {door: true}\n"
        let loader = MigrationLoader(files: GoldenTree.input.over([config: Array(text.utf8)]))
        let runbook = try Renderer().render([config], with: loader).files.text("README.md")
        #expect(runbook.contains("- name: rehome-door\n") && runbook.contains("name: rehome-door-certificates\n"))
        #expect(!runbook.contains("configMapRef:"))
    }

    // MARK: The word

    @Test func `where a person gives the word there is a tool for it, and the runbook says when`() throws {
        let lines = config(cutover: "door: false").replacing(
            "rehome-job:1}", with: "rehome-job:1, cutover: onCommand, maxFence: 30s}")
        let files = try files(lines)
        #expect(
            try files.object("tools/cutover-now.yaml")["spec"]?["template"]?["spec"]?["containers"]?[0]?["args"] == [
                "go"
            ])
        let environment = environment(try files.object("2-copy/job-")["spec"]?["template"]?["spec"]?["containers"]?[0])
        // As long as it may wait for a window.
        #expect(try files.object("2-copy/job-")["spec"]?["activeDeadlineSeconds"]?.int == (6 + 168) * 3600)
        #expect(environment["REHOME_CUTOVER"] == "onCommand" && environment["REHOME_MAX_FENCE"] == "30")
        #expect(try files.text("README.md").contains("waits for your word"))
        let rehearsal = try self.files(lines + "\n  phase: prepare")
        #expect(!rehearsal.contains { $0.path == "tools/cutover-now.yaml" })
        let rehearsed = self.environment(
            try rehearsal.object("2-rehearsal/job-")["spec"]?["template"]?["spec"]?["containers"]?[0])
        #expect(rehearsed["REHOME_CUTOVER"] == nil && rehearsed["REHOME_MAX_FENCE"] == nil)
        #expect(try !self.files(config(cutover: "door: false")).contains { $0.path == "tools/cutover-now.yaml" })
    }

    @Test func `a fence around the whole copy is told as such`() throws {
        let lines = config(cutover: "door: false").replacing(
            "rehome-job:1}", with: "rehome-job:1, precopy: false, notBefore: '2026-11-28T22:00:00+01:00'}")
        let text = try files(lines).text("README.md")
        #expect(text.contains("| nothing: the Job waits |") && text.contains("the fence, when the copy begins"))
        #expect(text.contains("with no fence and nothing copied"))
        let live = try files(lines.replacing("precopy: false, ", with: "")).text("README.md")
        #expect(live.contains("about **a second**") && live.contains("The fence falls at 2026-11-28T22:00:00+01:00"))
        #expect(!live.contains("nothing copied"))
    }
}
