import MigrationSpec
import Testing

/// What Backstage reads, and no file that the config names holds.
struct UnreadSourcesTests {
    private func firstLine(_ messages: [String]) -> [String] { messages.map { $0.prefix { $0 != "\n" }.description } }

    private static let cr = """
        apiVersion: rhdh.redhat.com/v1alpha4
        kind: Backstage
        metadata: {name: portal}
        spec:
          application:
            appConfig:
              configMaps:
              - name: one
              - {name: two, key: app-config.yaml}
            extraEnvs:
              configMaps:
              - name: settings
              - {name: portal-db-receipt-0123456789}
              secrets:
              - {name: tokens, key: TOKEN}
              - name: tokens
              - {name: sidecars, containers: [other]}
              - name: backstage-psql-secret-portal
              - name: portal-credentials
            dynamicPluginsConfigMapName: plugins
          rawRuntimeConfig: {backstageConfig: raw}

        """

    private func fixture(_ phase: String = "migrate", files: [String: String] = [:], cr: String = cr) -> Fixture {
        var fixture = Fixture().with("backstage.yaml", cr)
        let names = files.keys.sorted().joined(separator: ", ")
        fixture.config = fixture.config.replacing(
            "file: backstage.yaml",
            with: "file: backstage.yaml\n    appConfigFiles: [\(names)]")
        fixture.config += "  phase: \(phase)\n"
        if phase == "rollback" { fixture.config += "  cutover: {savedSecret: saved}\n" }
        for (name, text) in files { fixture = fixture.with(name, text) }
        return fixture
    }

    private func unread(_ files: [String: String] = [:], cr: String = cr) -> [String] {
        firstLine(fixture(files: files, cr: cr).allWarnings).filter { $0.contains("not looked at") }
    }

    @Test func `each kind of it is told once, with every name at its place`() {
        #expect(
            unread() == [
                "backstage.yaml:8:15: warning: Backstage takes app-configs from the ConfigMap 'one' and the ConfigMap 'two', "
                    + "which are in no given file and were not looked at",
                "backstage.yaml:12:15: warning: Backstage takes variables from the ConfigMap 'settings' and the Secret 'tokens', "
                    + "which are in no given file and were not looked at",
                "backstage.yaml:20:34: warning: Backstage takes its dynamic plugins from the ConfigMap 'plugins', which is in no "
                    + "given file and was not looked at",
                "backstage.yaml:21:39: warning: Backstage takes manifests in the place of the operator's own from the ConfigMap "
                    + "'raw', which is in no given file and was not looked at",
            ])
        let advice = fixture().allWarnings.map { $0.drop { $0 != "\n" } }
        #expect(advice.allSatisfy { $0.contains("would win") || $0.contains("could win") }, "\(advice)")
        #expect(advice.allSatisfy { $0.contains("spec.backstage.") })
        #expect(advice.first?.hasSuffix("'two' is named at backstage.yaml:9:16.") == true)
    }

    @Test(arguments: ["prepare", "migrate"]) func `it is told before the move`(phase: String) {
        #expect(fixture(phase).allWarnings.contains { $0.contains("not looked at") })
    }

    @Test(arguments: ["done", "rollback"]) func `after the move it has won nothing`(phase: String) {
        #expect(fixture(phase).errors == [])
        #expect(!fixture(phase).allWarnings.contains { $0.contains("not looked at") })
    }

    @Test func `what a file holds is looked at, wherever that is`() {
        let variables = """
            kind: SealedSecret
            metadata: {name: tokens}
            spec: {encryptedData: {TOKEN: x}}
            ---
            kind: ConfigMap
            metadata: {name: settings}
            data: {LOG_LEVEL: debug}

            """
        #expect(unread(["v.yaml": variables]).count { $0.contains("variables") } == 0)
        let renamed = variables.replacing("name: tokens", with: "name: other")
        #expect(unread(["v.yaml": renamed]).filter { $0.contains("variables") }.count == 1)
        #expect(!unread(cr: Self.cr + "---\n" + variables).contains { $0.contains("variables") })
        let raw = "kind: ConfigMap\nmetadata: {name: raw}\ndata: {app-config.yaml: 'a: 1'}\n"
        #expect(!unread(["raw.yaml": raw]).contains { $0.contains("'raw'") })
        let wins = "kind: ConfigMap\nmetadata: {name: settings}\ndata: {APP_CONFIG_backend_database_client: sqlite}\n"
        #expect(
            firstLine(fixture(files: ["v.yaml": wins]).errors) == [
                "v.yaml:3:8: error: backend.database.client is not pg"
            ])
    }

    @Test func `an ExternalSecret that takes a whole entry of a store does not say its keys`() {
        func held(_ spec: String) -> Bool {
            let secret = "kind: ExternalSecret\nmetadata: {name: x}\nspec: \(spec)\n"
            return !unread(["s.yaml": secret]).contains { $0.contains("'tokens'") }
        }
        #expect(held("{target: {name: tokens}, data: [{secretKey: TOKEN}]}"))
        #expect(!held("{target: {name: tokens}, dataFrom: [{extract: {key: all}}]}"))
        #expect(held("{target: {name: tokens, template: {data: {TOKEN: x}}}, dataFrom: [{extract: {key: all}}]}"))
        #expect(!held("{target: {name: tokens, template: {templateFrom: [{}]}}, data: [{secretKey: TOKEN}]}"))
        #expect(!held("{target: {name: tokens, template: {data: {}}}, dataFrom: [{extract: {key: all}}]}"))
        #expect(
            !held(
                "{target: {name: tokens, template: {mergePolicy: Merge, data: {TOKEN: x}}}, dataFrom: [{extract: {key: all}}]}"
            ))
        #expect(!held("{target: {name: tokens, creationPolicy: Merge}, data: [{secretKey: TOKEN}]}"))
        #expect(!held("{target: {name: tokens, creationPolicy: None}, data: [{secretKey: TOKEN}]}"))
    }

    @Test(arguments: [
        ("ExternalSecret", "{data: [{secretKey: POSTGRES_HOST}]}", true),
        ("ExternalSecret", "{target: {template: {data: {TOKEN: x}}}, data: [{secretKey: POSTGRES_HOST}]}", false),
        (
            "ExternalSecret",
            "{target: {template: {mergePolicy: Merge, data: {TOKEN: x}}}, data: [{secretKey: POSTGRES_HOST}]}", true
        ),
        ("SealedSecret", "{encryptedData: {POSTGRES_HOST: x}, template: {metadata: {name: other}}}", true),
        ("SealedSecret", "{encryptedData: {POSTGRES_HOST: x}, template: {data: {POSTGRES_HOST: ~}}}", false),
    ])
    func `what a controller makes a Secret of has the keys that it gets`(kind: String, spec: String, isSet: Bool) {
        let secret = "kind: \(kind)\nmetadata: {name: tokens}\nspec: \(spec)\n"
        let told = fixture(files: ["s.yaml": secret]).allWarnings
        #expect(told.contains { $0.contains("sets POSTGRES_HOST, and so does") } == isSet, "\(told)")
    }

    @Test func `a value that SOPS has encrypted is not known`() {
        let secret =
            "kind: Secret\nmetadata: {name: tokens}\nstringData: {APP_CONFIG_backend_database: 'ENC[AES256_GCM,data:x]'}\n"
            + "sops: {version: 3.9.0}\n"
        #expect(
            firstLine(fixture(files: ["s.yaml": secret]).allWarnings).contains {
                $0.contains("sets APP_CONFIG_backend_database, whose value is not here")
            })
    }

    @Test func `of app-configs that stand by themselves there are as many as ConfigMaps, or not all are known`() {
        func told(_ count: Int) -> Bool {
            let files = (0..<count).map { ("app\($0).yaml", "app: {}\n") }
            return unread(Dictionary(uniqueKeysWithValues: files)).contains { $0.contains("app-configs") }
        }
        #expect(told(1) && !told(2) && !told(3))
    }

    @Test(arguments: [
        "a: 1\n---\nb: 1\n", "data: {a: b}\n", "plugins: [{package: a}]\n", "includes: [a.yaml]\n",
        "metadata: {name: x}\n",
        "{}\n", "- a\n",
    ])
    func `what is no app-config does not stand for a ConfigMap`(text: String) {
        let files = ["one.yaml": "app: {}\n", "two.yaml": text]
        #expect(unread(files).contains { $0.contains("app-configs") })
    }

    @Test func `one file, named twice, and two keys of one ConfigMap are counted as they are`() {
        let twice = fixture(files: ["one.yaml": "app: {}\n"]).replacing("[one.yaml]", with: "[one.yaml, one.yaml]")
        #expect(twice.allWarnings.contains { $0.contains("app-configs from") })
        let keys = Self.cr.replacing("- name: one\n", with: "- {name: two, key: other.yaml}\n")
        #expect(
            unread(["one.yaml": "app: {}\n"], cr: keys).contains { $0.contains("from the ConfigMap 'two', which is") })
        #expect(
            !unread(["one.yaml": "app: {}\n", "b.yaml": "app: {}\n"], cr: keys).contains { $0.contains("app-configs") })
    }

    // MARK: The deployment patch

    private static func patched(_ sources: String) -> String {
        Fixture.backstage.replacing(
            "spec:\n",
            with:
                "spec:\n  deployment: {patch: {spec: {template: {spec: {containers: [{name: backstage-backend, envFrom: ["
                + sources + "]}]}}}}}\n")
    }

    @Test func `what the patch brings is looked at, and the database's Secret comes after it`() {
        let secret = "kind: Secret\nmetadata: {name: late}\nstringData: {HOST: old}\n"
        let (own, late) = ("{secretRef: {name: portal-credentials}}", "{secretRef: {name: late}, prefix: POSTGRES_}")
        for sources in ["\(own), \(late)", "\(late), \(own)"] {
            let found = fixture(files: ["s.yaml": secret], cr: Self.patched(sources))
            #expect(
                firstLine(found.warnings) == [
                    "s.yaml:3:14: warning: the Secret 'late' of spec.deployment.patch.spec.template.spec.containers sets POSTGRES_HOST, and so does the new database's Secret"
                ])
        }
        let unread = fixture(cr: Self.patched("\(own), \(late)")).allWarnings
        #expect(unread.contains { $0.contains("the Secret 'late'") })
        #expect(unread.contains { $0.contains("such as APP_CONFIG_backend_database_…") })
    }
}
