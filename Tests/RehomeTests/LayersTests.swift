import Glibc
import SystemPackage
import TestSupport
import Testing

/// Configs in layers, several configs in one call, and trees of another version.
struct LayersTests {
    /// The external example, cut in two: what all instances share in `shared/base.yaml`, the rest in each instance's own.
    private func prepare(_ folder: FilePath, instances: [String]) async throws {
        let example = Checkout.folder.appending("examples/external")
        for path in ["shared"] + instances { try makeFolder(folder.appending(path)) }
        try put(try example.appending("ca.pem").text(), at: folder.appending("shared/ca.pem"))
        try put(
            """
            apiVersion: rehome.dev/v1alpha1
            kind: Migration
            spec:
              backstage: {operatorVersion: "1.10"}
              platform: kubernetes
              target:
                external:
                  host: shared.postgres.example.com
                  tls: {mode: verify-full, caFile: ca.pem}
              credentials:
                existing: {secretName: portal-db-credentials}
              migration:
                image: registry.example.com/platform/rehome-job:0.1.0
                exclude: [a, b]

            """, at: folder.appending("shared/base.yaml"))
        for instance in instances {
            try put(try example.appending("backstage.yaml").text(), at: folder.appending("\(instance)/backstage.yaml"))
            try put(
                """
                metadata: {name: \(instance)-db, namespace: portal}
                spec:
                  backstage: {file: backstage.yaml}
                  target: {external: {host: \(instance).postgres.example.com}}
                  migration: {exclude: [c]}

                """, at: folder.appending("\(instance)/rehome.yaml"))
        }
    }

    @Test func `a layer's mappings merge, its lists and values replace, and files are named from where they stand`()
        async throws
    {
        try await withTemporaryFolder { folder in
            try await prepare(folder, instances: ["one"])
            let result = try await rehome("render", "-f", "shared/base.yaml", "-f", "one/rehome.yaml", in: folder)
            #expect(result.code == 0, "\(result.errors)")
            let runbook = try folder.appending("out/README.md").text()
            #expect(runbook.contains("one.postgres.example.com") && !runbook.contains("shared.postgres"))
            let kustomization = try folder.appending("out/2-copy/kustomization.yaml").text()
            let job = try #require(kustomization.split(separator: "- ").first { $0.hasPrefix("job-") })
            let text = try folder.appending("out/2-copy/\(job.split(separator: "\n")[0])").text()
            #expect(text.contains("- name: REHOME_EXCLUDE\n          value: c\n"), "\(text)")
            #expect(
                try folder.appending("out/1-database/secret-one-db-certificate.yaml").text().contains(
                    "BEGIN CERTIFICATE"))
        }
    }

    @Test func `an error names the layer that the value came from, and what two layers chose differently`() async throws
    {
        try await withTemporaryFolder { folder in
            try await prepare(folder, instances: ["one"])
            try put(
                """
                spec:
                  migration: {workers: many}
                  credentials: {plain: {passwordFile: p}}
                """, at: folder.appending("top.yaml"))
            let result = try await rehome(
                "render", "-f", "shared/base.yaml", "-f", "one/rehome.yaml", "-f", "top.yaml", in: folder)
            #expect(result.code == 65)
            #expect(
                result.errors.contains("top.yaml:2:24: error: spec.migration.workers: found 'many'"), "\(result.errors)"
            )
            #expect(result.errors.contains("top.yaml:3:17: error: 'spec.credentials' has 'existing', 'plain'"))
            #expect(result.errors.contains("  They come from different layers: set the one that is not meant to null"))
            try put("spec:\n  migration: {image: [x]}\n", at: folder.appending("shared/base.yaml"))
            let base = try await rehome("render", "-f", "shared/base.yaml", "-f", "one/rehome.yaml", in: folder)
            #expect(base.errors.contains("shared/base.yaml:2:22: error: spec.migration.image: found a list"))
        }
    }

    @Test func `null in a layer takes away what lies under it`() async throws {
        try await withTemporaryFolder { folder in
            try await prepare(folder, instances: ["one"])
            try put(
                "spec: {credentials: {existing: null, plain: {passwordFile: p}}}\n", at: folder.appending("top.yaml"))
            try put("secret\n", at: folder.appending("p"))
            let result = try await rehome(
                "render", "-f", "shared/base.yaml", "-f", "one/rehome.yaml", "-f", "top.yaml", in: folder)
            #expect(result.code == 0, "\(result.errors)")
        }
    }

    @Test func `several configs go into folders of their own, over the layers that they share`() async throws {
        try await withTemporaryFolder { folder in
            try await prepare(folder, instances: ["one", "two"])
            let configs = ["one/rehome.yaml", "two/rehome.yaml"]
            let beside = try await rehome("render", "-f", "shared/base.yaml", configs[0], configs[1], in: folder)
            #expect(beside.code == 0, "\(beside.errors)")
            let lines = beside.output.split(separator: "\n")
            #expect(lines.count == 2 && lines[0].hasPrefix("one/out: ") && lines[1].hasPrefix("two/out: "), "\(lines)")
            let below = try await rehome(
                "render", "-f", "shared/base.yaml", "-o", "trees", configs[0], configs[1], in: folder)
            #expect(
                below.output.hasPrefix("trees/one-db: ") && below.output.contains("\ntrees/two-db: "), "\(below.output)"
            )
            #expect(try await rehome("check", "-f", "shared/base.yaml", configs[0], configs[1], in: folder).code == 0)

            #expect(unlink(folder.appending("two/out/README.md").string) == 0)
            let check = try await rehome("check", "-f", "shared/base.yaml", configs[0], configs[1], in: folder)
            #expect(check.code == 1)
            #expect(
                check.errors.hasSuffix(
                    "error: two/out is not what shared/base.yaml + two/rehome.yaml renders to\n"
                        + "  Run: rehome render -f shared/base.yaml -f two/rehome.yaml -o two/out\n"), "\(check.errors)"
            )
        }
    }

    @Test func `one bad config of several keeps all from being written, and every problem is told`() async throws {
        try await withTemporaryFolder { folder in
            try await prepare(folder, instances: ["one", "two"])
            for instance in ["one", "two"] {
                let config = folder.appending("\(instance)/rehome.yaml")
                if instance == "two" { try put(try config.text().replacing("exclude", with: "exlude"), at: config) }
            }
            let result = try await rehome(
                "render", "-f", "shared/base.yaml", "one/rehome.yaml", "two/rehome.yaml", in: folder)
            #expect(result.code == 65)
            #expect(result.errors.contains("two/rehome.yaml:5:15: error: unknown key 'exlude'"), "\(result.errors)")
            #expect(access(folder.appending("one/out").string, F_OK) != 0)
            let twice = try await rehome(
                "render", "-f", "shared/base.yaml", "one/rehome.yaml", "one/rehome.yaml", in: folder)
            #expect(twice.code == 65)
            #expect(
                twice.errors.hasPrefix("error: one/rehome.yaml, one/rehome.yaml would all be rendered to one/out\n"))
        }
    }

    @Test func `many configs are rendered at once, and told of in their order`() async throws {
        try await withTemporaryFolder { folder in
            let names = (0..<7).map { "i\($0)" }
            try await prepare(folder, instances: names)
            let configs = names.map { "\($0)/rehome.yaml" }
            func render() async throws -> Outcome {
                try await rehome(arguments: ["render", "-f", "shared/base.yaml"] + configs, in: folder)
            }
            let first = try await render()
            #expect(first.code == 0, "\(first.errors)")
            #expect(first.output.split(separator: "\n").map { $0.prefix { $0 != "/" } } == names.map { $0[...] })

            // A folder that cannot be written is told of, and is no reason to leave the others out.
            for name in names { #expect(unlink(folder.appending("\(name)/out/README.md").string) == 0) }
            for name in ["i3", "i4"] { try makeFolder(folder.appending("\(name)/out/README.md")) }
            let second = try await render()
            #expect(second.code == 73)
            #expect(
                second.errors.hasSuffix(
                    "\nerror: i3/out/README.md is no plain file\n  Move it away, or choose another folder with -o.\n"
                        + "error: i4/out/README.md is no plain file\n  Move it away, or choose another folder with -o.\n"
                ),
                "\(second.errors)")
            #expect(second.output.split(separator: "\n").count == 5)
            for name in names where name != "i3" && name != "i4" {
                #expect(access(folder.appending("\(name)/out/README.md").string, F_OK) == 0)
            }

            for (name, word) in [("i2", "exlude"), ("i6", "exclud")] {
                let config = folder.appending("\(name)/rehome.yaml")
                try put(try config.text().replacing("exclude", with: word), at: config)
            }
            let bad = try await render()
            #expect(bad.code == 65)
            let problems = bad.errors.split(separator: "\n").filter { $0.contains(": error: ") }
            #expect(problems.map { $0.prefix(2) } == ["i2", "i6"], "\(bad.errors)")
        }
    }

    @Test func `many configs that would edit the same CR are refused, and none does`() async throws {
        try await withTemporaryFolder { folder in
            let names = (0..<6).map { "i\($0)" }
            try await prepare(folder, instances: names)
            let cr = folder.appending("shared/backstage.yaml")
            let original = try Checkout.folder.appending("examples/external/backstage.yaml").text()
            for name in names {
                let config = folder.appending("\(name)/rehome.yaml")
                let text = try config.text().replacing(
                    "backstage: {file: backstage.yaml}",
                    with: "backstage: {file: ../shared/backstage.yaml}\n  cutover: {mode: inPlace}")
                try put(text, at: config)
            }
            let configs = names.map { "\($0)/rehome.yaml" }
            try put(original, at: cr)
            #expect(try await rehome("render", "-f", "shared/base.yaml", configs[0], in: folder).code == 0)
            let edited = try cr.text()
            #expect(edited != original)

            try put(original, at: cr)
            let all = try await rehome(arguments: ["render", "-f", "shared/base.yaml"] + configs, in: folder)
            #expect(all.code == 65)
            #expect(
                all.errors.contains("error: \(configs.joined(separator: ", ")) would all edit the CR 'portal' of "),
                "\(all.errors)")
            #expect(try cr.text() == original)
        }
    }

    @Test func `a tree of another version says so before the difference, and one without a difference stays`()
        async throws
    {
        try await withTemporaryFolder { folder in
            let config = Checkout.folder.appending("examples/external/rehome.yaml").string
            #expect(try await rehome("render", "-f", config, in: folder).code == 0)
            let index = folder.appending("out/.rehome-files")
            let text = try index.text().replacing("rehome 0.1.0;", with: "rehome 0.0.9;")
            try put(text, at: index)
            #expect(try await rehome("render", "-f", config, in: folder).output.hasPrefix("out: 0 written"))
            #expect(try index.text() == text)
            let current = try await rehome("check", "-f", config, in: folder)
            #expect(current.code == 0 && !current.errors.contains("was written by"), "\(current.errors)")
            #expect(unlink(folder.appending("out/README.md").string) == 0)
            let stale = try await rehome("check", "-f", config, in: folder)
            #expect(stale.code == 1)
            let mark = try #require(
                stale.errors.firstRange(of: "out was written by rehome 0.0.9; this is rehome 0.1.0.\n"))
            let verdict = try #require(stale.errors.firstRange(of: "error: out is not what"))
            #expect(mark.upperBound <= verdict.lowerBound)
        }
    }

    @Test func `diff is in colour when asked for`() async throws {
        try await withTemporaryFolder { folder in
            let config = Checkout.folder.appending("examples/external/rehome.yaml").string
            let result = try await rehome("diff", "--color", "always", "-f", config, in: folder)
            #expect(result.code == 0)
            #expect(result.output.contains("\u{1B}[32m+kind: Job\u{1B}[0m\n"))
            let plain = try await rehome("diff", "--color", "never", "-f", config, in: folder)
            #expect(plain.output.contains("+kind: Job\n") && !plain.output.contains("\u{1B}"))
        }
    }

    private func makeFolder(_ path: FilePath) throws { try #require(mkdir(path.string, 0o700) == 0) }
}
