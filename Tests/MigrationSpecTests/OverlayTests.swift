import FoundationEssentials
import Glibc
import MigrationSpec
import SystemPackage
import TestSupport
import Testing

/// Kustomizations nearby that list the one beside the CR, or the CR's own file.
struct OverlayTests {
    private func put(_ text: String, _ name: String, in folder: FilePath) throws {
        let file = folder.appending(FilePath(name).components)
        try FileManager.default.createDirectory(
            atPath: file.removingLastComponent().string, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: file.string))
    }

    @Test func `overlays nearby are found on the disk, and their changes told as possible`() async throws {
        try await withTemporaryFolder { folder in
            try put(Fixture.backstage, "base/backstage.yaml", in: folder)
            try put("resources: [backstage.yaml]\n", "base/kustomization.yaml", in: folder)
            try put("ref: refs/heads/main\n", ".git/HEAD", in: folder)
            try put("resources: [../../overlays/prod]\nnameSuffix: -eu\n", "clusters/eu/kustomization.yaml", in: folder)
            try put("resources: [../base/backstage.yaml]\nnamePrefix: file-\n", "file/kustomization.yaml", in: folder)
            try put("resources: [../../base]\nnamePrefix: prod-\n", "overlays/prod/kustomization.yaml", in: folder)
            try put(
                "resources: [../base]\npatches: [{target: {kind: Backstage}, patch: '[]'}]\n",
                "test/kustomization.yaml",
                in: folder)
            try put("resources: [../other]\nnamePrefix: x-\n", "other-overlay/kustomization.yaml", in: folder)
            let instance = try InstanceReader(files: .disk(environment: [:])).read(
                folder.appending("base/backstage.yaml"), name: nil, plugins: nil, appConfigs: [])
            let told = instance.findings.map(\.description).filter { $0.contains("kustomization.yaml") }
            #expect(told.count == 4, "\(told)")
            #expect(told.contains { $0.contains("eu/kustomization.yaml, an overlay of ") && $0.contains("'-eu'") })
            #expect(told.contains { $0.contains("file/kustomization.yaml, an overlay of ") && $0.contains("'file-'") })
            #expect(told.contains { $0.contains("prod/kustomization.yaml, an overlay of ") && $0.contains("'prod-'") })
            #expect(told.contains { $0.contains("test/kustomization.yaml patches the Backstage CR") })
            #expect(instance.findings.allSatisfy { $0.severity == .warning })
        }
    }

    @Test func `overlays beside a CR in a hidden folder are found too`() async throws {
        try await withTemporaryFolder { folder in
            try put("ref: refs/heads/main\n", ".git/HEAD", in: folder)
            try put(Fixture.backstage, ".deploy/base/backstage.yaml", in: folder)
            try put("resources: [backstage.yaml]\n", ".deploy/base/kustomization.yaml", in: folder)
            try put(
                "resources: [../../base]\nnamePrefix: prod-\n", ".deploy/overlays/prod/kustomization.yaml", in: folder)
            let instance = try InstanceReader(files: .disk(environment: [:])).read(
                folder.appending(".deploy/base/backstage.yaml"), name: nil, plugins: nil, appConfigs: [])
            #expect(instance.findings.contains { $0.description.contains("'prod-'") }, "\(instance.findings)")
        }
    }

    /// Whoever puts a pipe into `/tmp` must not hold up somebody else's render.
    @Test(.timeLimit(.minutes(1)), arguments: [0o755, 0o777] as [mode_t])
    func `a pipe nearby is passed over, and so is what lies where everybody may write`(mode: mode_t) async throws {
        try await withTemporaryFolder { folder in
            try put(Fixture.backstage, "base/backstage.yaml", in: folder)
            try put("resources: [backstage.yaml]\n", "base/kustomization.yaml", in: folder)
            try put("resources: [../base]\nnamePrefix: x-\n", "over/kustomization.yaml", in: folder)
            try put("", "pipe/README.md", in: folder)
            try #require(mkfifo(folder.appending("pipe/kustomization.yaml").string, 0o644) == 0)
            try #require(chmod(folder.string, mode) == 0)
            let instance = try InstanceReader(files: .disk(environment: [:])).read(
                folder.appending("base/backstage.yaml"), name: nil, plugins: nil, appConfigs: [])
            let isTold = instance.findings.contains { $0.description.contains("over/kustomization.yaml, an overlay") }
            #expect(isTold == (mode == 0o755))
        }
    }

    @Test func `overlays that list each other are told, and so is one that goes round`() async throws {
        try await withTemporaryFolder { folder in
            try put(Fixture.backstage, "base/backstage.yaml", in: folder)
            try put("resources: [backstage.yaml]\n", "base/kustomization.yaml", in: folder)
            try put("resources: [../base, ../two]\n", "one/kustomization.yaml", in: folder)
            try put("resources: [../one]\n", "two/kustomization.yaml", in: folder)
            let instance = try InstanceReader(files: .disk(environment: [:])).read(
                folder.appending("base/backstage.yaml"), name: nil, plugins: nil, appConfigs: [])
            let told = instance.findings.map(\.description).filter { $0.contains("which lists it in its turn") }
            #expect(told.count == 1 && told[0].contains("one/kustomization.yaml lists "), "\(told)")
        }
    }

    // MARK: Engines

    /// Findings of a repository that has a base, an overlay of it, and one file more.
    private func findings(with text: String, in place: String = "clusters/one.yaml", base: String? = nil) async throws
        -> [String]
    {
        try await withTemporaryFolder { folder in
            try put("ref: refs/heads/main\n", ".git/HEAD", in: folder)
            try put(base ?? Fixture.backstage, "apps/base/backstage.yaml", in: folder)
            if base == nil { try put("resources: [backstage.yaml]\n", "apps/base/kustomization.yaml", in: folder) }
            try put("resources: [../base]\n", "apps/prod/kustomization.yaml", in: folder)
            try put("kind: Component\nnamePrefix: part-\n", "apps/part/kustomization.yaml", in: folder)
            try put(text, place, in: folder)
            let instance = try InstanceReader(files: .disk(environment: [:])).read(
                folder.appending("apps/base/backstage.yaml"), name: nil, plugins: nil, appConfigs: [])
            return instance.findings.map(\.description).filter {
                $0.contains("Flux") || $0.contains("Argo CD") || $0.contains("part-")
            }
        }
    }

    private static func flux(_ spec: String, path: String = "./apps/prod") -> String {
        """
        apiVersion: kustomize.toolkit.fluxcd.io/v1
        kind: Kustomization
        metadata: {name: apps, namespace: flux-system}
        spec:
          path: \(path)
          \(spec)

        """
    }

    private static func argoCD(_ kustomize: String, path: String = "apps/prod") -> String {
        """
        apiVersion: argoproj.io/v1alpha1
        kind: Application
        metadata: {name: apps}
        spec:
          destination: {namespace: x}
          source: {repoURL: https://example.com/x.git, path: \(path), kustomize: {\(kustomize)}}

        """
    }

    private static let patch = "patches: [{patch: '{kind: Backstage, metadata: {name: portal}, spec: {a: PGSSLMODE}}'}]"

    @Test(arguments: [
        (flux(patch), "Kustomization 'apps' of Flux patches the Backstage CR, and names PGSSLMODE"),
        (flux(patch, path: "apps/base/"), "Kustomization 'apps' of Flux patches the Backstage CR, and names PGSSLMODE"),
        (flux("namePrefix: x-"), "which applies "), (flux("nameSuffix: -x"), "nameSuffix: found '-x'"),
        (flux("components: [../part]"), "namePrefix: found 'part-'"),
        (flux("components: [../gone]"), "lists the component '../gone', which was not looked at"),
        (
            flux("commonMetadata: {labels: {kustomize.toolkit.fluxcd.io/reconcile: disabled}}"),
            "gives the Backstage CR 'kustomize.toolkit.fluxcd.io/reconcile: disabled'"
        ),
        (argoCD(patch), "Application 'apps' of Argo CD patches the Backstage CR, and names PGSSLMODE"),
        (argoCD("namePrefix: x-"), "namePrefix: found 'x-'"), (argoCD("nameSuffix: -x"), "nameSuffix: found '-x'"),
        (argoCD("components: [../part]"), "namePrefix: found 'part-'"),
        (
            argoCD("commonAnnotations: {argocd.argoproj.io/hook: Sync}"),
            "gives the Backstage CR 'argocd.argoproj.io/hook'"
        ),
    ])
    func `what an engine's object changes is told at its place`(text: String, message: String) async throws {
        let found = try await findings(with: text)
        #expect(found.count == 1 && found.first?.contains(message) == true, "\(found)")
    }

    @Test(arguments: [
        flux("namePrefix: x-", path: "./apps/other"), flux("namePrefix: x-", path: "./apps/prod/x"),
        flux("prune: true"),
        argoCD("images: [a=b]"), argoCD("namePrefix: x-", path: "'{{path}}/test'"),
        flux("namePrefix: x-").replacing("kustomize.toolkit.fluxcd.io", with: "example.com"),
    ])
    func `an object that applies something else, or changes nothing that counts, is none of our business`(
        text: String
    ) async throws { #expect(try await findings(with: text) == []) }

    @Test func `all sources of an Application count, and templates of an ApplicationSet may come to the folder`()
        async throws
    {
        let several = Self.argoCD("namePrefix: x-").replacing("source: {", with: "sources: [{path: y}, {")
            .replacing("-}}\n", with: "-}}]\n")
        #expect(try await findings(with: several).count == 1)
        let set = """
            apiVersion: argoproj.io/v1alpha1
            kind: ApplicationSet
            metadata: {name: apps}
            spec: {template: {spec: {source: {path: 'apps/{{.env}}', kustomize: {nameSuffix: '-{{.env}}'}}}}}

            """
        let found = try await findings(with: set)
        #expect(
            found.count == 2 && found[0].contains("the ApplicationSet 'apps' of Argo CD, which applies "), "\(found)")
    }

    @Test func `Flux takes all files of a folder without a kustomization, and of those below it`() async throws {
        for path in ["apps/base", "apps", "."] {
            let found = try await findings(with: Self.flux("nameSuffix: -x", path: path), base: Fixture.backstage)
            #expect(found.count == 1 && found[0].contains("nameSuffix: found '-x'"), "\(path): \(found)")
        }
    }

    @Test(
        arguments: [
            ("substitute: {DB_HOST: db.old}", "${DB_HOST}", "puts 'db.old' in the place of ${DB_HOST}"),
            ("substitute: {X: y}", "${POSTGRES_HOST}", "puts nothing in the place of ${POSTGRES_HOST}"),
            (
                "substituteFrom: [{kind: ConfigMap, name: vars}]", "${POSTGRES_HOST:=x}",
                "puts a value of its own, or 'x', in the place of ${POSTGRES_HOST}"
            ),
            ("substitute: {X: y}", "${POSTGRES_HOST:-db.old}", "puts 'db.old' in the place of ${POSTGRES_HOST}"),
            ("substituteFrom: [{name: v}]", "${A}", "puts a value of its own, or nothing, in the place of ${A}"),
            ("substitute: {X: y}", "$${POSTGRES_HOST}", nil), ("substitute: {}", "${POSTGRES_HOST}", nil),
        ] as [(String, String, String?)])
    func `what a postBuild puts into the connection is told`(postBuild: String, line: String, message: String?)
        async throws
    {
        let base = """
            \(Fixture.backstage)
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: app-config}
            data:
              app-config.yaml: |
                app: {baseUrl: 'https://${DOMAIN}'}
                backend: {database: {connection: {host: "\(line)"}}}

            """
        let found = try await findings(
            with: Self.flux("postBuild: {\(postBuild)}", path: "apps/base"), base: base)
        #expect(found.count == (message == nil ? 0 : 1) && found.allSatisfy { $0.contains(message ?? "") }, "\(found)")
    }

    @Test(arguments: ["data", "stringData"])
    func `what a postBuild puts into a variable that a ConfigMap or Secret brings is told`(key: String) async throws {
        let base = """
            \(Fixture.backstage)
            ---
            apiVersion: v1
            kind: \(key == "data" ? "ConfigMap" : "Secret")
            metadata: {name: more}
            \(key): {PGSSLMODE: '${DB}'}

            """
        let found = try await findings(with: Self.flux("postBuild: {substitute: {DB: old}}", path: "apps"), base: base)
        #expect(found.count == 1 && found[0].contains("puts 'old' in the place of ${DB}"), "\(found)")
    }

    @Test func `a variable in an environment that decides is told, and one in another place is not`() async throws {
        let envs =
            "    extraEnvs:\n      envs: [{name: PGSSLMODE, value: '${MODE}'}, {name: LOG_LEVEL, value: '${LEVEL}'}]\n"
        let cr = Fixture.backstage.replacing("    extraEnvs:\n", with: envs)
            .replacing("  application:\n", with: "  application:\n    route: {host: '${DOMAIN}'}\n")
        let found = try await findings(with: Self.flux("postBuild: {substitute: {A: b}}", path: "apps"), base: cr)
        #expect(
            found.count == 1 && found[0].contains("puts nothing in the place of ${MODE} in the Backstage 'portal'"),
            "\(found)")
    }

    // MARK: Namespaces

    /// Warnings of a config for the namespace `portal` whose CR has none.
    private func namespaceWarnings(_ files: [String: String], hasKustomization: Bool = true) async throws -> [String] {
        try await withTemporaryFolder { folder in
            try put("ref: refs/heads/main\n", ".git/HEAD", in: folder)
            for (name, text) in Fixture().files { try put(text, "base/\(name)", in: folder) }
            try put(Fixture.config, "base/rehome.yaml", in: folder)
            if hasKustomization { try put("resources: [backstage.yaml]\n", "base/kustomization.yaml", in: folder) }
            for (name, text) in files { try put(text, name, in: folder) }
            let loader = MigrationLoader(files: .disk(environment: [:]))
            return try loader.load(folder.appending("base/rehome.yaml")).warnings.map(\.description)
                .filter { $0.contains("puts the Backstage CR into") }
        }
    }

    @Test(arguments: [
        ("one/kustomization.yaml", "namespace: other\nresources: [../base]\n"),
        ("flux.yaml", flux("targetNamespace: other", path: "base")),
        ("app.yaml", argoCD("namespace: other", path: "base")),
        ("app.yaml", argoCD("", path: "base").replacing("namespace: x", with: "namespace: other")),
    ])
    func `another namespace is told, unless something else gives the right one`(name: String, text: String) async throws
    {
        let found = try await namespaceWarnings([name: text])
        #expect(found.count == 1 && found[0].contains("into 'other', and the migration is in 'portal'"), "\(found)")
        let both = try await namespaceWarnings([
            name: text, "two/kustomization.yaml": "namespace: portal\nresources: [../base]\n",
        ])
        #expect(both == [])
    }

    @Test(arguments: [
        ("path: base", 1), ("path: ., directory: {recurse: true}", 1), ("path: .", 0), ("ref: values", 0),
    ])
    func `Argo CD takes what lies below a folder only where it is told to, and nothing from a source without a path`(
        source: String, count: Int
    ) async throws {
        let text = """
            apiVersion: argoproj.io/v1alpha1
            kind: Application
            metadata: {name: apps}
            spec: {destination: {namespace: other}, source: {repoURL: https://example.com/x.git, \(source)}}

            """
        #expect(try await namespaceWarnings(["app.yaml": text], hasKustomization: false).count == count)
    }

    // MARK: Helm

    @Test(
        arguments: [
            (
                "patches: [{target: {kind: HelmRelease}, patch: '[]'}]",
                "patches the HelmRelease 'portal'; the patch was not applied here"
            ),
            (
                "patches: [{patch: '{kind: HelmRelease, metadata: {name: portal}, spec: {values: {a: POSTGRES_HOST}}}'}]",
                "patches the HelmRelease 'portal', and names POSTGRES_HOST"
            ), ("nameSuffix: -x", "which gives the HelmRelease 'portal', and with it the release, another name"),
            ("patches: [{target: {kind: Backstage}, patch: '[]'}]", nil),
        ] as [(String, String?)])
    func `what is made of an object that installs a chart is told`(line: String, message: String?) async throws {
        let release = """
            apiVersion: helm.toolkit.fluxcd.io/v2
            kind: HelmRelease
            metadata: {name: portal, namespace: portal}
            spec: {values: {postgresql: {enabled: true}, backstage: {replicas: 1}}}

            """
        try await withTemporaryFolder { folder in
            try put("ref: refs/heads/main\n", ".git/HEAD", in: folder)
            let config = Fixture.config.replacing(
                "file: backstage.yaml", with: "helm: {release: portal, values: [release.yaml]}")
            try put(config, "base/rehome.yaml", in: folder)
            try put(Fixture.certificate, "base/ca.pem", in: folder)
            try put(release, "base/release.yaml", in: folder)
            try put("resources: [release.yaml]\n", "base/kustomization.yaml", in: folder)
            try put("resources: [../base]\n\(line)\n", "over/kustomization.yaml", in: folder)
            try put(Self.flux(line, path: "base"), "flux.yaml", in: folder)
            let warnings = try MigrationLoader(files: .disk(environment: [:])).load(
                folder.appending("base/rehome.yaml")
            ).warnings
            let told = warnings.filter { warning in
                ["over/kustomization.yaml", "Flux"].contains { warning.message.contains($0) }
            }
            #expect(told.count == (message == nil ? 0 : 2), "\(told)")
            #expect(told.allSatisfy { $0.message.contains(message ?? "") }, "\(told)")
            #expect(
                told.allSatisfy { $0.advice?.contains("name that in spec.backstage.helm.values") == true }, "\(told)")
        }
    }

    // MARK: Many folders

    @Test func `a large repository is looked through once, and what was left out is told once`() async throws {
        try await withTemporaryFolder { folder in
            try put("ref: refs/heads/main\n", ".git/HEAD", in: folder)
            for index in 0..<1200 {
                try put("resources: [backstage.yaml]\n", "apps/a\(index)/kustomization.yaml", in: folder)
            }
            for name in ["a0", "a1199"] { try put(Fixture.backstage, "apps/\(name)/backstage.yaml", in: folder) }
            try put("resources: [../../apps/a1199]\nnameSuffix: -x\n", "zone/far/kustomization.yaml", in: folder)
            let reader = InstanceReader(files: .disk(environment: [:]))
            let first = try reader.read(
                folder.appending("apps/a0/backstage.yaml"), name: nil, plugins: nil, appConfigs: [])
            #expect(first.findings.map(\.message).filter { $0.contains("too much") || $0.contains("overlay") } == [])
            // Had it been looked through again, this one would be found too.
            try put("resources: [../apps/a1199]\nnameSuffix: -y\n", "late/kustomization.yaml", in: folder)
            let second = try reader.read(
                folder.appending("apps/a1199/backstage.yaml"), name: nil, plugins: nil, appConfigs: [])
            let told = second.findings.map(\.message).filter { $0.contains("an overlay of") }
            #expect(told.count == 1 && told[0].contains("'-x'"), "\(told)")
        }
    }

    @Test func `a repository that is too large is said to be so in the same words for each CR`() async throws {
        try await withTemporaryFolder { folder in
            try put("ref: refs/heads/main\n", ".git/HEAD", in: folder)
            for index in 0..<5000 {
                try FileManager.default.createDirectory(
                    atPath: folder.appending("apps/a\(index)").string, withIntermediateDirectories: true)
            }
            for name in ["a0", "z/deep"] { try put(Fixture.backstage, "apps/\(name)/backstage.yaml", in: folder) }
            try put("resources: [backstage.yaml]\nnameSuffix: -x\n", "apps/z/deep/kustomization.yaml", in: folder)
            try put("resources: [../deep]\nnameSuffix: -x\n", "apps/z/over/kustomization.yaml", in: folder)
            let reader = InstanceReader(files: .disk(environment: [:]))
            let findings = try ["a0", "z/deep"].map { name in
                try reader.read(
                    folder.appending(FilePath("apps/\(name)/backstage.yaml").components), name: nil, plugins: nil,
                    appConfigs: []
                ).findings
            }
            let told = findings.map { $0.filter { $0.message.contains("too much") } }
            #expect(told[0].count == 1 && told[0] == told[1], "\(told)")
            #expect(findings[1].contains { $0.message.contains("over/kustomization.yaml, an overlay of") })
        }
    }
}
