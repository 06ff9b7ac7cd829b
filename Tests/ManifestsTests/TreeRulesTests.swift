import ManifestTemplates
import Manifests
import MigrationSpec
import SystemPackage
import Testing
import YAMLTree

struct TreeRulesTests {
    @Test(arguments: Example.allCases)
    func `what the built-in templates render breaks no rule`(example: Example) throws {
        for platform in [Platform.openshift, .kubernetes] {
            var migration = try example.migration()
            migration.platform = platform
            #expect(try TreeRules(migration, files: Renderer().render(migration)).violations() == [])
        }
    }

    /// One line of a built-in template exchanged, and the rule that this breaks.
    @Test(arguments: [
        (
            ManifestTemplate.job, "restartPolicy: Never", "restartPolicy: OnFailure",
            "restartPolicy must be Never, or podFailurePolicy is refused"
        ),
        (
            .job, "podReplacementPolicy: Failed", "podReplacementPolicy: Failed\n  ttlSecondsAfterFinished: 60",
            "with ttlSecondsAfterFinished the Job vanishes, and an engine makes it again"
        ),
        (
            .job, "podReplacementPolicy: Failed", "suspend: false",
            "Argo CD and Flux take a suspended Job for a finished one"
        ),
        (
            .job, "activeDeadlineSeconds: <job.deadlineSeconds>", "manualSelector: false",
            "activeDeadlineSeconds must be set"
        ),
        (.job, "name: <job.name>", "name: fixed", "its name must end in the hash of its content"),
        (.job, "sync-wave: <stage.wave>", "hook: PreSync", "a hook is run again at every sync"),
        (
            .job, "sync-wave: <stage.wave>", "sync-options: Force=true",
            "Replace and Force delete what they are to change"
        ),
        (
            .job, "drop:\n                - ALL", "drop: []",
            "each container must refuse privilege escalation and drop ALL capabilities"
        ),
        (.job, "runAsNonRoot: true", "runAsNonRoot: false", "runAsNonRoot must be true"),
        (
            .databaseConfig, "name: <name>-config", "name: elsewhere",
            "needs 'portal-db-config', which is neither rendered nor known to exist"
        ),
        (
            .databaseService, "sync-wave: \"0\"", "sync-wave: \"15\"",
            "the annotation argocd.argoproj.io/sync-wave must be \"0\""
        ),
        (
            .databaseService, "namespace: <namespace>", "namespace: elsewhere",
            "metadata.namespace must be 'platform-portal'"
        ),
        (
            .databaseStatefulSet, "volumeMode: Filesystem", "volumeName: x",
            "a claim template needs apiVersion, kind and volumeMode, or Argo CD finds it out of sync for ever"
        ),
        (
            .databaseStatefulSet, "runAsUser: <database.runAsUser>", "runAsUser: 26",
            "OpenShift refuses a pod that names a user or group; it gives its own"
        ),
    ])
    func `a template that breaks a rule is found out`(
        template: ManifestTemplate, old: String, new: String, message: String
    ) throws {
        let migration = try Example.statefulSet.migration()
        let text = String(decoding: template.builtIn, as: UTF8.self)
        #expect(text.contains(old))
        var templates = Templates()
        templates.replace(template, with: Array(text.replacing(old, with: new).utf8), from: "mine/\(template.rawValue)")
        let files = try Renderer(templates: templates).render(migration)
        let messages = try TreeRules(migration, files: files).violations().map(\.message)
        #expect(messages.contains(message), "\(messages)")
    }

    /// Each way in which a container's variable names an object.
    @Test(arguments: [Example.statefulSet, .external], ["secretKeyRef", "configMapKeyRef"])
    func `what a pod's own variables name is there`(example: Example, kind: String) throws {
        let pod = "pod: {env: [{name: FOO, valueFrom: {\(kind): {name: theirs, key: b}}}]}"
        let target = example == .statefulSet ? "  target: {statefulSet: {\(pod)}}\n" : ""
        let migration = try layered(example, "spec:\n  migration: {\(pod)}\n" + target)
        let files = try Renderer().render(migration)
        #expect(try files.text(files.first { $0.path.contains("/job-") }?.path ?? "").contains("\(kind):"))
        #expect(try TreeRules(migration, files: files).violations() == [])
    }

    @Test func `what pulls the image is there`() throws {
        let migration = try layered(.statefulSet, "spec: {migration: {pod: {imagePullSecrets: [theirs]}}}\n")
        #expect(try TreeRules(migration, files: Renderer().render(migration)).violations() == [])
    }

    /// Each way in which a pod names an object, in a template of the team's own.
    @Test(arguments: [
        ("- <job.certificatesVolume>", "- {name: other, secret: {secretName: theirs}}"),
        ("- <job.certificatesVolume>", "- {name: other, configMap: {name: <instance>-proxy}}"),
        ("- <job.certificatesVolume>", "- {name: other, projected: {sources: [{configMap: {name: theirs}}]}}"),
        ("- <job.certificatesVolume>", "- {name: other, configMap: {name: <instance>}}"),
        ("env: <job.environment>", "envFrom: [{configMapRef: {name: theirs}}, {secretRef: {name: theirs}}]"),
        ("env: <job.environment>", "env: [{name: A, valueFrom: {secretKeyRef: {name: theirs, key: a}}}]"),
    ])
    func `what a team's own template names is there`(old: String, new: String) throws {
        let migration = try Example.statefulSet.migration()
        let text = String(decoding: ManifestTemplate.job.builtIn, as: UTF8.self)
        #expect(text.contains(old))
        var templates = Templates()
        templates.replace(.job, with: Array(text.replacing(old, with: new).utf8), from: "mine/job.yaml")
        let files = try Renderer(templates: templates).render(migration)
        #expect(try TreeRules(migration, files: files).violations() == [])
    }

    /// The example, with a second layer over its config.
    private func layered(_ example: Example, _ layer: String) throws -> Migration {
        let disk = InputFiles.disk(environment: [:])
        let over = example.config.removingLastComponent().appending("layer.yaml")
        let files = InputFiles(environment: [:]) { path throws(InputFiles.Failure) in
            try path == over ? Array(layer.utf8) : disk.read(path)
        }
        return try MigrationLoader(files: files).load([example.config, over]).migration
    }

    @Test func `what Flux would replace in a template is marked as meant`() throws {
        var templates = Templates()
        let text = String(decoding: ManifestTemplate.databaseConfig.builtIn, as: UTF8.self)
        templates.replace(
            .databaseConfig, with: Array(text.replacing("<database.configuration>", with: "ssl = ${ON}").utf8),
            from: "mine")
        let object = try Renderer(templates: templates).render(try Example.statefulSet.migration()).object(
            "1-database/configmap-")
        #expect(object["metadata"]?["annotations"]?["kustomize.toolkit.fluxcd.io/substitute"] == "disabled")
    }

    /// The same for the engines' own objects.
    @Test(arguments: [
        (
            ManifestTemplate.fluxKustomization, "wait: true", "wait: false",
            "without wait, the next stage begins before this one is done"
        ),
        (
            .fluxKustomization, "prune: false", "prune: true",
            "what holds the data must not go because a file did: prune must be false"
        ),
        (
            .fluxKustomization, "wait: true", "wait: true\n  force: true",
            "force deletes what it cannot change, a database too"
        ),
        (
            .fluxKustomization, "timeout: <stage.timeout>", "timeout: 30m",
            "timeout must be longer than the Job may take, 21600s"
        ),
        (
            .argocdApplication, "- ServerSideApply=true", "- ApplyOutOfSyncOnly=true",
            "with ApplyOutOfSyncOnly=true a sync goes past a Job that is not done, or runs it again"
        ),
        (
            .argocdApplication, "prune: false", "prune: true",
            "what holds the data must not go because a file did: prune must be false"
        ),
    ])
    func `an engine's template that breaks a rule is found out`(
        template: ManifestTemplate, old: String, new: String, message: String
    ) throws {
        let engine = template == .argocdApplication ? EngineTests.argocd : EngineTests.flux
        let migration = try Example.statefulSet.migration(adding: engine)
        let text = String(decoding: template.builtIn, as: UTF8.self)
        #expect(text.contains(old))
        var templates = Templates()
        templates.replace(template, with: Array(text.replacing(old, with: new).utf8), from: "mine/\(template.rawValue)")
        let files = try Renderer(templates: templates).render(migration)
        let messages = try TreeRules(migration, files: files).violations().map(\.message)
        #expect(messages.contains(message), "\(messages)")
    }
}
