import Glibc
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// The program as a person runs it.
struct CommandLineTests {
    @Test func `render writes, tells the consequence, and says what comes next`() async throws {
        try await withTemporaryFolder { folder in
            let out = folder.appending("out").string
            let result = try await rehome("render", "-f", "examples/statefulset/rehome.yaml", "-o", out)
            #expect(result.code == 0)
            #expect(
                result.output == """
                    \(out): 30 written, 0 unchanged
                    The operator (1.8) deletes the StatefulSet and Service backstage-psql-developer-portal and the Secret \
                    backstage-psql-secret-developer-portal at once when stage 3 is applied, and until a new pod is ready the \
                    old ones serve without a database; the volume claim \
                    data-backstage-psql-developer-portal-0 stays.
                    3-cutover holds a copy of the CR: whatever applies backstage.yaml now must let go of it, or cutover.mode be \
                    inPlace or patch.
                    Stages:
                      1-database      the new database and its Secrets  kubectl apply -k  done when it is ready
                      2-copy          the copy                          kubectl apply -k  done when the Job is Complete
                      3-cutover       Backstage moves                   kubectl apply -k  done when it has rolled out
                      4-orchestrator  the orchestrator moves            kubectl apply -k  done when the platform has succeeded
                    What to do next: commit \(out), and follow \(out)/README.md

                    """)
            #expect(
                result.errors.hasPrefix(
                    "examples/statefulset/rehome.yaml:29:7: warning: the rendered Secret holds the password in plain text\n"
                ))
        }
    }

    @Test func `check finds the committed tree current, and shows what differs elsewhere without a password`()
        async throws
    {
        let config = "examples/statefulset/rehome.yaml"
        #expect(try await rehome("check", "-f", config).code == 0)
        try await withTemporaryFolder { folder in
            let out = folder.appending("out").string
            _ = try await rehome("render", "-f", config, "-o", out)
            let secret = folder.appending("out/1-database/secret-portal-db-credentials.yaml")
            let file = try FileDescriptor.open(secret, .writeOnly, options: .append)
            try file.closeAfter { _ = try file.writeAll(Array("  EXTRA: s3cret\n".utf8)) }
            let result = try await rehome("check", "-f", config, "-o", out)
            #expect(result.code == 1)
            #expect(result.output.contains("-  EXTRA: (not shown)\n"))
            #expect(!result.output.contains("s3cret") && !result.output.contains("throw-away-password"))
            #expect(
                result.errors.hasSuffix(
                    "error: \(out) is not what \(config) renders to\n  Run: rehome render -f \(config) -o \(out)\n"))
        }
    }

    @Test func `check needs no password, render does`() async throws {
        try await withTemporaryFolder { folder in
            let example = Checkout.folder.appending("examples/external")
            for name in ["backstage.yaml", "ca.pem", "rehome.yaml"] {
                let plain = "plain:\n      passwordFile: password"
                let config = try example.appending(name).text()
                    .replacing("existing:\n      secretName: portal-db-credentials", with: plain)
                try put(config, at: folder.appending(name))
            }
            try put("first\n", at: folder.appending("password"))
            #expect(try await rehome("render", in: folder).code == 0)
            #expect(unlink(folder.appending("password").string) == 0)
            #expect(try await rehome("check", in: folder).code == 0)
            let render = try await rehome("render", in: folder)
            #expect(render.code == 65)
            #expect(render.errors.contains("error: the password file does not exist"))
        }
    }

    @Test func `diff shows what check would fail for, and is no failure`() async throws {
        try await withTemporaryFolder { folder in
            let result = try await rehome(
                "diff", "-f", "examples/external/rehome.yaml", "-o", folder.appending("out").string)
            #expect(result.code == 0)
            #expect(result.output.contains("--- /dev/null\n+++ b/2-copy/job-portal-db-copy-"))
            #expect(!result.output.contains("\u{1B}"))
            #expect(access(folder.appending("out").string, F_OK) != 0)
        }
    }

    @Test func `to standard output goes one stream of every object, and nothing to the disk`() async throws {
        try await withTemporaryFolder { folder in
            let config = Checkout.folder.appending("examples/statefulset/rehome.yaml").string
            let result = try await rehome("render", "--stdout", "-f", config, in: folder)
            #expect(result.code == 0)
            let documents = result.output.split(separator: "---\n")
            let kinds = documents.compactMap { $0.split(separator: "\n").first { $0.hasPrefix("kind: ") } }
            #expect(
                kinds.map { $0.dropFirst(6) } == [
                    "Secret", "Secret", "Secret", "ConfigMap", "Service", "StatefulSet", "ServiceAccount", "Role",
                    "RoleBinding",
                    "Job",
                    "ConfigMap", "Backstage", "NetworkPolicy", "NetworkPolicy", "NetworkPolicy", "NetworkPolicy",
                    "SonataFlowPlatform",
                ])
            #expect(access(folder.appending("out").string, F_OK) != 0)
        }
    }

    @Test func `the steady state bears no mark of the version that wrote it`() async throws {
        try await withTemporaryFolder { folder in
            let example = Checkout.folder.appending("examples/external")
            for name in ["backstage.yaml", "ca.pem", "rehome.yaml"] {
                try put(
                    try example.appending(name).text() + (name == "rehome.yaml" ? "  phase: done\n" : ""),
                    at: folder.appending(name))
            }
            let result = try await rehome("render", in: folder)
            #expect(result.code == 0, "\(result.errors)")
            let index = try folder.appending("out/.rehome-files").text()
            #expect(index.hasPrefix("# Code generated by rehome; DO NOT EDIT.\n"))
            #expect(!index.contains("job-") && !index.contains("tools/"))
        }
    }

    @Test func `bad input writes nothing and exits with 65`() async throws {
        try await withTemporaryFolder { folder in
            let result = try await rehome("render", in: folder)
            #expect(result.code == 65)
            #expect(result.errors.hasPrefix("rehome.yaml:1:1: error: the config does not exist\n"))
            #expect(access(folder.appending("out").string, F_OK) != 0)
        }
    }

    @Test func `init writes a config that names the CR from where it stands, and never overwrites one`() async throws {
        try await withTemporaryFolder { folder in
            let config = folder.appending("rehome.yaml").string
            let source = Checkout.folder.appending("examples/statefulset/backstage.yaml")
            let result = try await rehome("init", "--from", "examples/statefulset/backstage.yaml", "-f", config)
            #expect(result.code == 0)
            let render = try await rehome("render", "-f", config, in: folder)
            #expect(render.code == 65)
            #expect(!render.errors.contains("does not exist"))
            #expect(render.errors.contains("error: 'spec.migration.image' is missing"))
            let again = try await rehome("init", "--from", source.string, "-f", config)
            #expect(again.code == 73)
            #expect(
                again.errors.hasSuffix(
                    "error: \(config) exists already\n  Move it away, or name another file with -f.\n"))
        }
    }

    @Test func `in place, the team's own file is edited once, and a second render changes nothing`() async throws {
        try await withTemporaryFolder { folder in
            let example = Checkout.folder.appending("examples/external")
            for name in ["backstage.yaml", "ca.pem", "rehome.yaml"] {
                var text = try example.appending(name).text()
                if name == "rehome.yaml" { text += "  cutover: {mode: inPlace, localDatabase: retire}\n" }
                try put(text, at: folder.appending(name))
            }
            let stale = try await rehome("check", in: folder)
            #expect(stale.code == 1)
            #expect(stale.output.contains("--- a/backstage.yaml\n+++ b/backstage.yaml\n"))
            let first = try await rehome("render", in: folder)
            #expect(first.code == 0)
            #expect(first.output.contains("Edited in place: backstage.yaml\n"))
            let edited = try folder.appending("backstage.yaml").text()
            #expect(edited.contains("enableLocalDb: false") && edited.contains("portal-db-credentials"))
            #expect(access(folder.appending("out/3-cutover").string, F_OK) != 0)
            let second = try await rehome("render", in: folder)
            #expect(second.output.hasPrefix("out: 0 written, 22 unchanged\n"))
            #expect(!second.output.contains("Edited") && !second.errors.contains("enableLocalDb"))
            #expect(try folder.appending("backstage.yaml").text() == edited)
            #expect(try await rehome("check", in: folder).code == 0)

            // A new generation waits for its own receipt, not for the old one too.
            try put(
                try folder.appending("rehome.yaml").text().replacing(
                    "  migration:\n", with: "  migration:\n    generation: 2\n"), at: folder.appending("rehome.yaml"))
            _ = try await rehome("render", in: folder)
            let next = try folder.appending("backstage.yaml").text()
            #expect(next != edited)
            #expect(next.split(separator: "\n").count == edited.split(separator: "\n").count)
        }
    }

    @Test func `a rendered CR is taken from standard input, for a component that check finds current`() async throws {
        try await withTemporaryFolder { folder in
            let rendered = try Checkout.folder.appending("examples/external/backstage.yaml").text()
            let config =
                try Checkout.folder.appending("examples/external/rehome.yaml").text()
                .replacing("file: backstage.yaml", with: "file: \"-\"") + "  cutover: {mode: patch}\n"
            try put(config, at: folder.appending("rehome.yaml"))
            try put(
                try Checkout.folder.appending("examples/external/ca.pem").text(), at: folder.appending("ca.pem"))
            let render = try await rehome("render", in: folder, input: rendered)
            #expect(render.code == 0, "\(render.errors)")
            #expect(try folder.appending("out/3-cutover/kustomization.yaml").text().contains("kind: Component\n"))
            #expect(try await rehome("check", in: folder, input: rendered).code == 0)
            let changed = rendered.replacing("portal-secrets", with: "other-secrets")
            #expect(try await rehome("check", in: folder, input: changed).code == 1)
            let empty = try await rehome("render", in: folder)
            #expect(empty.code == 65)
            #expect(empty.errors.hasPrefix("stdin:1:1: error: found an empty file, expected a Backstage"))
        }
    }

    @Test func `a component that is to be rendered may be listed before it is there`() async throws {
        try await withTemporaryFolder { folder in
            for name in ["backstage.yaml", "ca.pem"] {
                try put(try Checkout.folder.appending("examples/external/\(name)").text(), at: folder.appending(name))
            }
            let config = try Checkout.folder.appending("examples/external/rehome.yaml").text()
            try put(config + "  cutover: {mode: patch}\n", at: folder.appending("rehome.yaml"))
            let kustomization = "resources: [backstage.yaml]\ncomponents: [out/3-cutover, gone]\n"
            try put(kustomization, at: folder.appending("kustomization.yaml"))
            let first = try await rehome("render", in: folder)
            #expect(first.code == 0 && !first.errors.contains("'out/3-cutover', which was not looked at"))
            #expect(first.errors.contains("lists the component 'gone', which was not looked at"), "\(first.errors)")
            let second = try await rehome("render", in: folder)
            #expect(second.output.contains(": 0 written, ") && second.errors == first.errors, "\(second.errors)")
        }
    }

    @Test func `init names the plugins and the app-configs, and tells what they would do to the cut-over`() async throws
    {
        try await withTemporaryFolder { folder in
            try put("backend: {database: {prefix: p_}}\n", at: folder.appending("app-config.yaml"))
            // Copies, since a path as long as a checkout's may be would move the comments that name the files.
            for name in ["backstage.yaml", "plugins.yaml"] {
                let example = Checkout.folder.appending("examples/statefulset").appending(name)
                try put(try example.text(), at: folder.appending(name))
            }
            let result = try await rehome(
                "init", "--from", "backstage.yaml", "--dynamic-plugins", "plugins.yaml",
                "--app-config", "app-config.yaml", "-f", "-", in: folder)
            #expect(result.code == 0)
            #expect(result.output.contains("\n    dynamicPluginsFile: plugins.yaml\n"))
            #expect(result.output.contains("\n    appConfigFiles: [app-config.yaml]\n"))
            #expect(
                result.output.contains(
                    "\n    enabled: true  # On, since the plugins in plugins.yaml have 'ref: sonataflow'.\n"))
            #expect(
                result.errors.contains("app-config.yaml:1:22: warning: backend.database.prefix gives the databases"))
        }
    }

    @Test func `init knows the values of a Helm chart, and what is filled in renders`() async throws {
        try await withTemporaryFolder { folder in
            try put("upstream:\n  backstage:\n    extraEnvVarsSecrets: [a]\n", at: folder.appending("values.yaml"))
            let result = try await rehome("init", "--from", "values.yaml", "--target", "external", in: folder)
            #expect(result.code == 0, "\(result)")
            let config = folder.appending("rehome.yaml")
            let text = try config.text()
            #expect(text.contains("\n      values: [values.yaml]") && text.contains("\n      chart: rhdh\n"))
            let missing = try await rehome("render", "-f", "rehome.yaml", in: folder).errors
            #expect(missing.contains("'spec.backstage.helm.release' is missing"))
            let secrets = text.split(separator: "secretName:\n", omittingEmptySubsequences: false).enumerated()
                .map { $0.offset == 0 ? String($0.element) : "secretName: s\($0.offset)\n\($0.element)" }.joined()
            try put(
                secrets.replacing("release:\n", with: "release: hub\n")
                    .replacing("\n  namespace:\n", with: "\n  namespace: portal\n")
                    .replacing("host:\n", with: "host: db.example.com\n").replacing("caFile:\n", with: "\n")
                    .replacing("mode: verify-full", with: "mode: disabled").replacing("image:\n", with: "image: i\n"),
                at: config)
            let rendered = try await rehome("render", "-f", "rehome.yaml", in: folder)
            #expect(rendered.code == 0, "\(rendered)")
        }
    }

    @Test func `init is told whose chart a HelmRelease installs where its repository is elsewhere`() async throws {
        let release = """
            apiVersion: helm.toolkit.fluxcd.io/v2
            kind: HelmRelease
            metadata: {name: portal, namespace: portal}
            spec:
              chart: {spec: {chart: backstage, sourceRef: {kind: HelmRepository, name: charts}}}
              values: {ingress: {enabled: true}}

            """
        try await withTemporaryFolder { folder in
            try put(release, at: folder.appending("release.yaml"))
            let common = ["init", "--from", "release.yaml", "-f", "-"]
            let unsaid = try await rehome(arguments: common, in: folder)
            #expect(unsaid.code == 65 && unsaid.errors.contains("Say it with --chart rhdh or --chart backstage"))
            for form in [
                ["--chart", "backstage"], ["--set", "spec.backstage.helm.chart=backstage"],
                ["--set", "helm.chart=backstage"],
            ] {
                let said = try await rehome(arguments: common + form, in: folder)
                #expect(said.code == 0 && said.output.contains("\n      chart: backstage\n"), "\(said)")
                #expect(said.output.contains("\n    mode: inPlace"), "\(said)")
            }
            let other = try await rehome(arguments: common + ["--set", "helm.chart=mine"], in: folder)
            #expect(other.code == 65 && other.errors.hasPrefix("--set helm.chart:1:1: error: "), "\(other)")
            let cr = try await rehome(
                "init", "--from", "examples/external/backstage.yaml", "--chart", "rhdh", "-f", "-")
            #expect(cr.code == 65 && cr.errors.hasPrefix("--chart rhdh:1:1: error: "), "\(cr)")
        }
    }

    /// Each message leads to the next one, and the last to a config.
    @Test func `init is told which of several releases, and whose chart, whatever the file holds`() async throws {
        let release = "kind: HelmRelease\napiVersion: helm.toolkit.fluxcd.io/v2\n"
        let spec = "spec: {chart: {spec: {chart: portal}}, values: {ingress: {}}}\n"
        try await withTemporaryFolder { folder in
            func run(_ arguments: String...) async throws -> Outcome {
                try await rehome(arguments: ["init", "-f", "-", "--from"] + arguments, in: folder)
            }
            let both = ["one", "two"].map { "\(release)metadata: {name: \($0), namespace: portal}\n\(spec)" }
            try put(both.joined(separator: "---\n"), at: folder.appending("two.yaml"))
            let unsaid = try await run("two.yaml")
            #expect(unsaid.code == 65 && unsaid.errors.contains("and with --name which of the 2 objects"), "\(unsaid)")
            let chart = try await run("two.yaml", "--chart", "rhdh")
            #expect(chart.code == 65 && chart.errors.contains("'one', 'two'; expected one"), "\(chart)")
            #expect(chart.errors.contains("Say with --name which of them installs Backstage."))
            let said = try await run("two.yaml", "--chart", "rhdh", "--name", "two")
            #expect(said.code == 0 && said.output.contains("\n      release: two\n"), "\(said)")

            try put("replicaCount: 1\n", at: folder.appending("plain.yaml"))
            let plain = try await run("plain.yaml")
            #expect(plain.code == 65 && plain.errors.contains("Say it with --chart rhdh or --chart backstage, if"))
            #expect(try await run("plain.yaml", "--chart", "rhdh").code == 0)

            try put("backstage: {appConfig: {}}\n", at: folder.appending("own.yaml"))
            let wrong = try await run("own.yaml", "--chart", "rhdh")
            #expect(wrong.code == 65 && wrong.errors.contains("found the values of Backstage's own chart"), "\(wrong)")
        }
    }

    @Test func `a config comes by a pipe as by standard input, and init's files by neither`() async throws {
        try await withTemporaryFolder { folder in
            for name in ["backstage.yaml", "ca.pem", "rehome.yaml"] {
                try put(try Checkout.folder.appending("examples/external/\(name)").text(), at: folder.appending(name))
            }
            let pipe = "'\(Programs.rehome)' \"$@\" <(cat rehome.yaml)"
            func run(_ arguments: String...) async throws -> Outcome {
                try await execute("/bin/bash", ["-c", pipe, "bash"] + arguments, in: folder)
            }
            let rendered = try await run("render", "-o", "out", "-f")
            #expect(rendered.code == 0, "\(rendered)")
            let checked = try await run("check")
            #expect(checked.code == 0, "\(checked)")
            let fleet = try await run("fleet")
            #expect(fleet.code == 0 && fleet.output.contains("1 configs: 0 broken, 0 stale"), "\(fleet)")
            let drafted = try await run("init", "-f", "-", "--from")
            #expect(
                drafted.code == 65 && drafted.errors.contains("found a pipe, expected a file that the"), "\(drafted)")
        }
    }

    @Test func `what is wrong with a file that two instances share is told once`() async throws {
        let config = """
            apiVersion: rehome.dev/v1alpha1
            kind: Migration
            metadata: {name: NAME-db, namespace: portal}
            spec:
              backstage: {file: backstage.yaml, name: NAME, operatorVersion: "1.10"}
              target: {external: {host: db.example.com, tls: {mode: disabled}}}
              credentials: {existing: {secretName: NAME-credentials}}
              migration: {image: registry.example.com/rehome-job:1}

            """
        let cr = "apiVersion: rhdh.redhat.com/v1alpha4\nkind: Backstage\nmetadata: {name: NAME}\nspec: {}\n"
        try await withTemporaryFolder { folder in
            for name in ["one", "two"] {
                try put(config.replacing("NAME", with: name), at: folder.appending("\(name).yaml"))
            }
            let both = ["one", "two"].map { cr.replacing("NAME", with: $0) }.joined(separator: "---\n")
            try put(both, at: folder.appending("backstage.yaml"))
            try put("resources: [backstage.yaml\n", at: folder.appending("kustomization.yaml"))
            let result = try await rehome("render", "-o", "out", "one.yaml", "two.yaml", in: folder)
            #expect(result.code == 0, "\(result)")
            #expect(result.errors.split(separator: "\n").count { $0.contains("cannot be read, so what") } == 1)
        }
    }

    @Test func `init of something else than a Backstage says what it found`() async throws {
        let result = try await rehome("init", "--from", "templates/manifests/job.yaml", "-f", "-")
        #expect(result.code == 65)
        #expect(
            result.errors.hasPrefix(
                "templates/manifests/job.yaml:2:7: error: found Job of batch/v1, expected a Backstage of rhdh.redhat.com\n"
            ))
    }

    @Test func `explain tells a key's meaning, and helps with a key that is not one`() async throws {
        let result = try await rehome("explain", "external.host")
        #expect(
            result.output.hasPrefix("spec.target.external.host\n\nThe server's name, as its certificate spells it.\n"))
        let wrong = try await rehome("explain", "spec.target.external.hots")
        #expect(wrong.code == 65)
        #expect(
            wrong.errors
                == "error: there is no single key 'spec.target.external.hots'\n  Did you mean spec.target.external.host?\n"
        )
    }

    @Test func `a folder that cannot be written exits with 73`() async throws {
        let result = try await rehome("render", "-f", "examples/external/rehome.yaml", "-o", "/proc/rehome")
        #expect(result.code == 73)
        #expect(result.errors.contains("error: /proc/rehome cannot be made: "))
    }

    @Test func `a folder of templates without any template is an error that names them`() async throws {
        let result = try await rehome("render", "-f", "examples/external/rehome.yaml", "--templates", "examples")
        #expect(result.code == 65)
        #expect(
            result.errors.contains(
                "error: --templates examples holds no template; expected one or more of secret-credentials.yaml, "))
    }

    @Test func `a misspelt command is a usage error`() async throws {
        #expect(try await rehome("rendre").code == 64)
        #expect(try await rehome("--version").output == "0.1.0\n")
    }

    /// What bash offers after words of a command line, in a folder with one file and one folder.
    @Test(arguments: [
        ("render -f", "config.yaml"), ("render", "config.yaml"), ("render -o", "folder"),
        ("render --templates", "folder"), ("init --from", "config.yaml"), ("fleet --status", "config.yaml"),
        ("explain", "spec.orchestrator.workflows.release"),
    ])
    func `a shell completes files, folders and keys`(words: String, offered: String) async throws {
        try await withTemporaryFolder { folder in
            try put("", at: folder.appending("config.yaml"))
            try #require(mkdir(folder.appending("folder").string, 0o700) == 0)
            let script = try await rehome("--generate-completion-script", "bash")
            try put(script.output, at: folder.appending("completion.bash"))
            let line = "rehome \(words) "
            let bash = """
                source ./completion.bash; COMP_LINE='\(line)'; COMP_POINT=${#COMP_LINE}
                COMP_WORDS=(\(line) ''); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
                _rehome rehome '' '\(words.split(separator: " ").last ?? "")' 2>/dev/null; printf '%s\\n' "${COMPREPLY[@]}"
                """
            let result = try await execute("/bin/bash", ["-c", bash], in: folder)
            #expect(result.output.split(separator: "\n").contains { $0 == offered }, "\(result)")
        }
    }
}
