import MigrationSpec
import SystemPackage
import Testing
import YAMLTree

/// What `rehome init --set` fills in.
struct DraftSettingTests {
    private func draft(_ target: ConfigDraft.Target = .external) throws -> ConfigDraft {
        let instance = try InstanceReader(files: Fixture().input).read(
            "backstage.yaml", name: nil, plugins: nil, appConfigs: [])
        return ConfigDraft(instance, files: ConfigDraft.FileNames(backstage: "backstage.yaml"), target: target)
    }

    /// A draft with these assignments, as a config.
    private func root(_ assignments: String..., target: ConfigDraft.Target = .external) throws -> YAMLNode {
        var draft = try draft(target)
        for assignment in assignments { try draft.set(assignment) }
        return try YAMLFile(parsing: draft.text, name: "draft").onlyDocument.root
    }

    private func refusal(_ assignment: String, target: ConfigDraft.Target = .external) throws -> String {
        var draft = try draft(target)
        let error = #expect(throws: ConfigError.self) { try draft.set(assignment) }
        return error?.description ?? ""
    }

    @Test func `what is set is in the draft, and renders`() throws {
        var draft = try draft()
        let assignments = [
            "metadata.namespace=portal", "host=db.example.com", "external.tls.caFile=ca.pem",
            "credentials.existing.secretName=app", "adminCredentials.existing.secretName=admin", "image=i",
            "operatorVersion=1.10", "migration.exclude=scratch_*", "workers=3", "fence=true",
        ]
        for assignment in assignments { try draft.set(assignment) }
        #expect(draft.questions.isEmpty)
        for text in [draft.text, draft.fullText] {
            var fixture = Fixture()
            fixture.config = text
            #expect(fixture.errors == [], "\(text)")
            let spec = try YAMLFile(parsing: text, name: "draft").onlyDocument.root["spec"]
            #expect(spec?[at: ["backstage", "operatorVersion"]]?.string == "1.10")
            #expect(spec?[at: ["migration", "exclude", 0]]?.string == "scratch_*")
            #expect(spec?[at: ["migration", "workers"]]?.int == 3)
        }
    }

    @Test func `a key of another alternative takes the place of the one that the draft had`() throws {
        let sealed = try root("credentials.sealedSecret.certificateFile=c.pem", "adminCredentials=null")["spec"]
        #expect(sealed?[at: ["credentials", "existing"]] == nil && sealed?["adminCredentials"] == nil)
        #expect(sealed?[at: ["credentials", "sealedSecret", "certificateFile"]]?.string == "c.pem")
        let flux = try root("spec.engine.flux.path=deploy")["spec"]
        #expect(flux?[at: ["engine", "flux", "path"]]?.string == "deploy" && flux?[at: ["engine", "argocd"]] == nil)
        let authority = try root("statefulSet.tls.serviceCA={}", target: .statefulSet)["spec"]
        let tls = authority?[at: ["target", "statefulSet", "tls"]]
        #expect(tls?["serviceCA"]?.entries?.isEmpty == true && tls?["serverSecret"] == nil && tls?["caFile"] == nil)
    }

    @Test func `a target is known by its keys, and there is one of them`() throws {
        #expect(ConfigDraft.Target.named(in: ["external.host=h", "image=i"]) == [.external])
        #expect(ConfigDraft.Target.named(in: ["spec.target.zalando.cluster=c"]) == [.zalando])
        #expect(ConfigDraft.Target.named(in: ["image=i"]) == [])
        #expect(try refusal("zalando.cluster=c").contains("of another kind of target than external"))
    }

    @Test func `errors are those of the config, at their place in the assignment`() throws {
        #expect(
            try refusal("external.host=http://x")
                == "--set external.host:1:1: error: spec.target.external.host: found 'http://x', expected a host name or an IP address, without scheme and port"
        )
        #expect(
            try refusal("migration.workers=many").contains(
                "error: spec.migration.workers: found 'many', expected a whole number"))
        #expect(
            try refusal("phase=begin").contains("error: spec.phase: found 'begin', expected one of prepare, migrate"))
        #expect(try refusal("migration.exclude=[a, 'b").hasPrefix("--set migration.exclude:1:"))
        #expect(try refusal("migration.image=").contains("found nothing, expected"))
        #expect(try refusal("host").contains("'host' has no '='"))
        #expect(try refusal("external.hots=x").contains("Did you mean spec.target.external.host?"))
        #expect(
            try refusal("secretName=s").contains(
                "Did you mean spec.credentials.existing.secretName, or spec.adminCredentials.existing.secretName?"))
        #expect(try refusal("spec.target.external.tls=x").contains("is a section, not a key with a value"))
        #expect(try refusal("spec.target=null").contains("is a section"))
    }

    @Test(arguments: ["a: b", "#x", "[a", "'", "null", "1.10", "*a", "a\nb: c", "\u{202E}x", " "])
    func `whatever text is set stays one text`(text: String) throws {
        var draft = try draft()
        do { try draft.set("migration.exclude=\(text)") } catch { return }
        let root = try YAMLFile(parsing: draft.text, name: "draft").onlyDocument.root
        #expect(root[at: ["spec", "migration", "exclude"]]?.items?.count == 1)
        #expect(root[at: ["spec", "migration", "exclude", 0]]?.scalar?.text == text)
    }
}
