import Glibc
import SystemPackage
import TestSupport
import Testing

/// The sentences that pods are tested with; `/bin/sh` stands for the image's program.
private func manifests(script: String, pod: String = "") -> String {
    """
    apiVersion: batch/v1
    kind: Job
    metadata: {name: job, namespace: rhdh}
    spec:
      template:
        spec:
          containers:
            - name: main
              args: [-c, '\(script)']
              env:
                - {name: LITERAL, value: "with $(FROM_SECRET) and $$(FROM_SECRET)"}
                - {name: FROM_SECRET, valueFrom: {secretKeyRef: {name: credentials, key: PASSWORD}}}
                - {name: EXPANDED, value: "<$(FROM_SECRET)>"}
                - {name: ABSENT, valueFrom: {secretKeyRef: {name: gone, key: PASSWORD, optional: true}}}
              securityContext: {readOnlyRootFilesystem: true}
              volumeMounts:
                - {name: certificates, mountPath: /var/run/secrets/rehome/target}
                - {name: tmp, mountPath: /tmp}
          volumes:
            - {name: certificates, secret: {secretName: certificates}}
            - {name: tmp, emptyDir: {}}
    ---
    {apiVersion: v1, kind: Secret, metadata: {name: credentials}, data: {PASSWORD: cGFzcw==}}
    ---
    {apiVersion: v1, kind: Secret, metadata: {name: certificates}, stringData: {postgres-crt.pem: a certificate}}
    """
}

@Suite(.enabled(if: Pod.isPossible, "making namespaces takes root"))
struct PodTests {
    private func start(_ script: String, hosts: [String: String] = [:]) async throws -> Pod {
        var namespace = ClusterNamespace("rhdh")
        try namespace.apply(manifests: manifests(script: script))
        return try await Pod.start(PodContainer(job: "job", in: namespace), program: "/bin/sh", hosts: hosts)
    }

    private func output(_ script: String, hosts: [String: String] = [:]) async throws -> [String] {
        var lines: [String] = []
        for await line in try await start(script, hosts: hosts).lines { lines.append(line) }
        return lines
    }

    @Test func `the environment is the manifest's and nothing else`() async throws {
        let given = try await output("tr \"\\\\0\" \"\\\\n\" </proc/1/environ")
        let names = Set(given.compactMap { $0.split(separator: "=").first.map(String.init) })
        #expect(names == ["LITERAL", "FROM_SECRET", "EXPANDED", "PATH", "HOME", "HOSTNAME"])
        #expect(
            try await output("echo $LITERAL; echo $EXPANDED") == ["with $(FROM_SECRET) and $(FROM_SECRET)", "<pass>"])
    }

    @Test func `files are mounted read-only, the root is read-only, the empty folder is not`() async throws {
        let script = """
            cat /var/run/secrets/rehome/target/postgres-crt.pem; echo; touch /tmp/x && echo written; \
            touch /var/run/secrets/rehome/target/x || echo refused; touch /var/x || echo refused
            """
        let lines = try await output(script).filter { !$0.hasPrefix("touch:") }
        #expect(lines == ["a certificate", "written", "refused", "refused"])
    }

    @Test func `the program is process 1 of a user without rights, who knows the given hosts only`() async throws {
        let lines = try await output(
            "echo $$$$; id -u; id -g; grep CapBnd /proc/self/status; getent hosts db.example.svc",
            hosts: ["db.example.svc": "127.0.0.9"])
        #expect(lines.prefix(3) == ["1", "1000680000", "0"])
        #expect(lines[3].hasSuffix("0000000000000000"))
        #expect(lines[4].hasPrefix("127.0.0.9"))
        #expect(try FilePath("/etc/hosts").content().contains("db.example.svc") == false)
    }

    @Test func `exit code and termination message are reported`() async throws {
        let end = try await start("echo last words > /dev/termination-log; exit 78").end()
        #expect(end.exitCode == 78)
        #expect(end.terminationMessage == "last words\n")
    }

    @Test func `SIGKILL ends the program and its children`() async throws {
        let pod = try await start("sleep 1000 & echo started; wait")
        for await line in pod.lines {
            #expect(line == "started")
            try pod.signal(SIGKILL)
        }
        #expect(try await pod.end().exitCode == 137)
    }

    @Test func `what a kubelet would not start is refused in its words`() throws {
        var namespace = ClusterNamespace("rhdh")
        try namespace.apply(manifests: manifests(script: "true"))
        namespace.secrets["certificates"] = nil
        #expect(throws: PodError.self) { try PodContainer(job: "job", in: namespace) }
        namespace.secrets["credentials"] = ["OTHER": "x"]
        let error = #expect(throws: PodError.self) { try PodContainer(job: "job", in: namespace) }
        #expect(error?.description == "couldn't find key PASSWORD in secret rhdh/credentials")
    }
}

extension FilePath {
    fileprivate func content() throws -> String {
        let file = try FileDescriptor.open(self, .readOnly)
        return try file.closeAfter {
            var bytes = [UInt8](repeating: 0, count: 1 << 16)
            let count = try bytes.withUnsafeMutableBytes { try file.read(into: $0) }
            return String(decoding: bytes.prefix(count), as: UTF8.self)
        }
    }
}
