import MigrationSpec
import Subprocess
import SystemPackage
import TestSupport
import Testing
import YAMLTree

/// The JSON Schema against the decoder: an editor and `rehome` must not disagree.
struct SchemaTests {
    /// Documents that have every key between them.
    private static let complete: [String] = [
        """
        apiVersion: rehome.dev/v1alpha1
        kind: Migration
        metadata: {name: a, namespace: b}
        spec:
          backstage: {file: f, name: n, operatorVersion: "1.9", dynamicPluginsFile: p, appConfigFiles: [a]}
          source: {deployment: d, server: {host: h, port: 1, secretName: s, userKey: u, passwordKey: p, tls: {mode: verify-full, caFile: f}}}
          phase: migrate
          platform: kubernetes
          target:
            statefulSet:
              image: i
              imageFamily: official
              storage: 1Gi
              storageClass: s
              maxConnections: 1
              sharedBuffers: 1MB
              resources: {requests: {cpu: 1, memory: 1Gi, ephemeral-storage: 1Gi}, limits: {cpu: 1, memory: 1Gi, ephemeral-storage: 1Gi}}
              pod: {imagePullPolicy: Always, imagePullSecrets: [s], nodeSelector: {a: b}, tolerations: [{key: k}], affinity: {nodeAffinity: {}}, priorityClassName: p, runtimeClassName: r, serviceAccountName: s, env: [{name: n, value: v}], labels: {a: b}, annotations: {a: b}}
              tls: {mode: verify-full, serverSecret: s, caFile: f}
          credentials: {plain: {secretName: s, user: u, passwordFile: f}}
          migration:
            image: i
            generation: 1
            attempt: 1
            notBefore: "2026-11-21T22:00:00+01:00"
            longestWait: 1h
            expectedDuration: 1h
            include: [a]
            exclude: [b]
            existingDatabases: refuse
            fence: true
            precopy: true
            cutover: onCommand
            maxFence: 30s
            pace: full
            sourceFunctions: never
            workers: 1
            splitTablesAtMiB: 512
            clearTaskTickets: true
            acceptGeneratedDifferences: true
            administratorObjects: [extensions, eventTriggers]
            privileges: keep
            report: true
            parallelism: 1
            emptyDatabases: [d]
            deadline: 1h
            retries: 0
            resources: {requests: {cpu: 1, memory: 1Gi, ephemeral-storage: 1Gi}, limits: {cpu: 1, memory: 1Gi, ephemeral-storage: 1Gi}}
            pod: {imagePullPolicy: Always, imagePullSecrets: [s], nodeSelector: {a: b}, tolerations: [{key: k}], affinity: {nodeAffinity: {}}, priorityClassName: p, runtimeClassName: r, serviceAccountName: s, env: [{name: n, value: v}], labels: {a: b}, annotations: {a: b}}
          cutover: {mode: copy, localDatabase: keep, gate: job, savedSecret: s, door: true, doorPatience: 5m}
          rollback: {step: copyBack}
          engine: {argocd: {repoURL: "https://git.example.com/x.git", revision: main, path: out, layout: waves, project: p, namespace: n, server: "https://a"}}
          orchestrator: {enabled: true, platform: p, networkPolicies: true, workflows: [{name: n, namespace: n, schema: s, release: r, chart: c}]}
          lightspeed: {enabled: true, database: d}
          networkPolicies: true
        """,
        """
        apiVersion: rehome.dev/v1alpha1
        kind: Migration
        metadata: {name: a}
        spec:
          backstage: {helm: {release: r, values: [v], chart: rhdh}}
          target: {external: {provider: generic, host: h, port: 1, tls: {mode: verify-full, caFile: f}}}
          credentials: {existing: {secretName: s}}
          engine: {flux: {source: s, sourceKind: GitRepository, path: out, namespace: n, decryptionSecret: s, postBuild: {substitute: {}}}}
          migration: {image: i}
        """,
        """
        apiVersion: rehome.dev/v1alpha1
        kind: Migration
        metadata: {name: a}
        spec:
          backstage: {file: f}
          target: {external: {host: h, tls: {caFile: f}}}
          credentials: {existing: {secretName: s, keys: {user: u, password: p, renamedSecretName: r}}}
          adminCredentials: {sealedSecret: {secretName: s, user: u, passwordFile: f, certificateFile: f, scope: namespace-wide}, createDatabases: false}
          migration: {image: i}
        """,
        """
        apiVersion: rehome.dev/v1alpha1
        kind: Migration
        metadata: {name: a}
        spec:
          backstage: {file: f}
          target: {external: {host: h, tls: {caFile: f}}}
          credentials: {sealedSecret: {secretName: s, user: u, passwordFile: f, certificateFile: f, scope: namespace-wide}}
          adminCredentials: {sops: {secretName: s, user: u, passwordFile: "-", recipients: [age1x]}, createDatabases: false}
          migration: {image: i}
        """,
        """
        apiVersion: rehome.dev/v1alpha1
        kind: Migration
        metadata: {name: a}
        spec:
          backstage: {file: f}
          target: {external: {host: h, tls: {caFile: f}}}
          credentials: {sops: {secretName: s, user: u, passwordFile: "-", recipients: [age1x]}}
          adminCredentials: {existing: {secretName: s, keys: {user: u, password: p, renamedSecretName: r}}, createDatabases: false}
          migration: {image: i}
        """,
        """
        apiVersion: rehome.dev/v1alpha1
        kind: Migration
        metadata: {name: a}
        spec:
          backstage: {file: f}
          target: {external: {host: h, tls: {caFile: f}}}
          credentials: {sealedSecret: {secretName: s, user: u, passwordVariable: V, certificateFile: f, scope: namespace-wide}}
          adminCredentials: {sops: {secretName: s, user: u, passwordVariable: V, recipients: [age1x]}, createDatabases: false}
          migration: {image: i}
        """,
        """
        apiVersion: rehome.dev/v1alpha1
        kind: Migration
        metadata: {name: a}
        spec:
          backstage: {file: f}
          target: {external: {host: h, tls: {caFile: f}}}
          credentials: {sops: {secretName: s, user: u, passwordVariable: V, recipients: [age1x]}}
          adminCredentials: {externalSecret: {secretName: s, user: u, storeKind: SecretStore, store: s, key: k, property: p, apiVersion: v1beta1}, createDatabases: false}
          migration: {image: i}
        """,
        """
        apiVersion: rehome.dev/v1alpha1
        kind: Migration
        metadata: {name: a}
        spec:
          backstage: {file: f}
          target: {external: {host: h, tls: {caFile: f}}}
          credentials: {existing: {secretName: s, keys: {user: u, password: p, renamedSecretName: r}}}
          adminCredentials: {plain: {secretName: s, user: u, passwordFile: f}, createDatabases: false}
          migration: {image: i}
        """,
        """
        apiVersion: rehome.dev/v1alpha1
        kind: Migration
        metadata: {name: a}
        spec:
          backstage: {file: f}
          target: {external: {host: h, tls: {caFile: f}}}
          credentials: {existing: {secretName: s, keys: {user: u, password: p, renamedSecretName: r}}}
          adminCredentials: {plain: {secretName: s, user: u, passwordVariable: V}, createDatabases: false}
          migration: {image: i}
        """,
        """
        apiVersion: rehome.dev/v1alpha1
        kind: Migration
        metadata: {name: a}
        spec:
          backstage: {file: f}
          target: {external: {host: h, tls: {caFile: f}}}
          credentials: {existing: {secretName: s, keys: {user: u, password: p, renamedSecretName: r}}}
          adminCredentials: {sealedSecret: {secretName: s, user: u, passwordVariable: V, certificateFile: f, scope: namespace-wide}, createDatabases: false}
          migration: {image: i}
        """,
        """
        apiVersion: rehome.dev/v1alpha1
        kind: Migration
        metadata: {name: a}
        spec:
          backstage: {file: f}
          target: {external: {host: h, tls: {mode: disabled}}}
          credentials: {externalSecret: {secretName: s, user: u, storeKind: SecretStore, store: s, key: k, property: p, apiVersion: v1beta1}}
          migration: {image: i}
        """,
        """
        apiVersion: rehome.dev/v1alpha1
        kind: Migration
        metadata: {name: a}
        spec:
          backstage: {file: f}
          target: {cloudNativePG: {image: i, instances: 1, storage: 1Gi, storageClass: s, maxConnections: 1, sharedBuffers: 1MB, resources: {requests: {cpu: 1, memory: 1Gi, ephemeral-storage: 1Gi}, limits: {cpu: 1, memory: 1Gi, ephemeral-storage: 1Gi}}, role: r, roleSecret: s, imagePullPolicy: Always, imagePullSecrets: [s], priorityClassName: p, affinity: {nodeSelector: {}}, labels: {a: b}, annotations: {a: b}}}
          credentials: {plain: {passwordVariable: V}}
          migration: {image: i}
        """,
        """
        apiVersion: rehome.dev/v1alpha1
        kind: Migration
        metadata: {name: a}
        spec:
          source: {server: {host: h, secretName: s, tls: {caFile: f}}}
          target: {external: {host: h, tls: {caFile: f}}}
          credentials: {existing: {secretName: s}}
          migration: {image: i}
        """,
        """
        apiVersion: rehome.dev/v1alpha1
        kind: Migration
        metadata: {name: a}
        spec:
          backstage: {file: f}
          target: {statefulSet: {image: i, tls: {mode: verify-full, certManager: {issuer: i, issuerKind: Issuer}, caFile: f}}}
          credentials: {existing: {secretName: s}}
          migration: {image: i}
        """,
        """
        apiVersion: rehome.dev/v1alpha1
        kind: Migration
        metadata: {name: a}
        spec:
          backstage: {file: f}
          target: {statefulSet: {image: i, tls: {serviceCA: {}}}}
          credentials: {existing: {secretName: s}}
          migration: {image: i}
        """,
        """
        apiVersion: rehome.dev/v1alpha1
        kind: Migration
        metadata: {name: a}
        spec:
          backstage: {file: f}
          target: {crunchyPGO: {cluster: c, namespace: n, caFile: f}}
          credentials: {operatorSecret: {user: u, secretName: s, apiVersion: v1}}
          adminCredentials: {operatorSecret: {user: u, secretName: s, apiVersion: v1}, createDatabases: false}
          migration: {image: i, logFormat: json, alerts: true}
        """,
        """
        apiVersion: rehome.dev/v1alpha1
        kind: Migration
        metadata: {name: a}
        spec:
          backstage: {file: f}
          target: {zalando: {cluster: c, namespace: n, tls: {mode: verify-full, caFile: f}}}
          credentials: {operatorSecret: {user: u}}
          migration: {image: i}
        """,
    ]

    private static let samples: [YAMLValue] = [
        .null, true, false, 0, 1, -1, 65536, .float(1.5), "", "x", "X!", "-", "a.b", "a..b", "::1", "1", "1.9", "1Gi",
        "256MB", "1h30m", "0s", "2026-11-21T22:00:00Z", "2026-11-21T22:00:00", "2026-13-21T22:00:00Z", 1000,
        "https://u:p@h/x", "https://u@h/x", "git@h:x", "../x", "x/../y", "verify-full", "disabled", "job", "keep", [],
        ["x"], [1], [:], ["x": 1], ["x": "y"], [["x": 1]],
    ]

    /// Each complete document, and for each of its keys the document with that key gone, and with each sample in it.
    private static func documents() throws -> [YAMLValue] {
        var result: [YAMLValue] = []
        for text in complete {
            let document = try YAMLFile(parsing: text, name: "complete").onlyDocument.root.value()
            result.append(document)
            for key in ConfigFormat.keys {
                let path = key.path.split(separator: ".").map(String.init)
                guard document[path] != nil else { continue }
                result.append(document.setting(path, to: nil))
                result += samples.map { document.setting(path, to: $0) }
                result.append(document.setting(path.dropLast() + ["unknown"], to: 1))
            }
        }
        return result
    }

    @Test func `the complete documents have every key between them`() throws {
        let documents = try Self.complete.map { try YAMLFile(parsing: $0, name: "complete").onlyDocument.root.value() }
        for key in ConfigFormat.keys {
            let path = key.path.split(separator: ".").map(String.init)
            #expect(documents.contains { $0[path] != nil }, "\(key.path)")
        }
    }

    @Test func `schema and decoder accept and refuse the same documents`() async throws {
        let documents = try Self.documents()
        let verdicts = try await schemaVerdicts(documents)
        try #require(verdicts.count == documents.count)
        var accepted = 0
        for (document, isValid) in zip(documents, verdicts) {
            let problems = ConfigFormat.problems(
                in: try YAMLFile(parsing: document.yaml(), name: "rehome.yaml").onlyDocument.root)
            #expect(problems.isEmpty == isValid, "schema: \(isValid), decoder: \(problems)\n\(document.yaml())")
            if isValid { accepted += 1 }
        }
        // Both kinds are there, or the comparison would show nothing.
        #expect(accepted > 100 && accepted < documents.count - 1000, "\(accepted) of \(documents.count)")
    }

    @Test func `every default is one that the decoder accepts`() throws {
        let base = try YAMLFile(parsing: Self.complete[0], name: "complete").onlyDocument.root.value()
        for key in ConfigFormat.keys {
            let path = key.path.split(separator: ".").map(String.init)
            guard let value = key.declaration.defaultValue, value != .null, base[path] != nil else { continue }
            let text = base.setting(path, to: value).yaml()
            #expect(ConfigFormat.problems(in: try YAMLFile(parsing: text, name: "rehome.yaml").onlyDocument.root) == [])
        }
    }

    private func schemaVerdicts(_ documents: [YAMLValue]) async throws -> [Bool] {
        try await withTemporaryFolder { folder in
            let path = folder.appending("documents.json")
            let content: YAMLValue = ["schema": ConfigFormat.jsonSchema, "documents": .sequence(documents)]
            let file = try FileDescriptor.open(path, .writeOnly, options: .create, permissions: .ownerReadWrite)
            try file.closeAfter { _ = try file.writeAll(Array(content.json().utf8)) }
            let result = try await run(
                .name("python3"),
                arguments: [
                    Checkout.folder.appending("Tests/Tools/check_documents.py").string,
                    "--venv", Checkout.folder.appending(".build/manifest-validation").string, path.string,
                ], output: .string(limit: 1 << 22), error: .string(limit: 1 << 22))
            if result.terminationStatus == .exited(77) {
                try Test.cancel("the Python packages cannot be had: \(result.standardOutput)")
            }
            try #require(result.terminationStatus.isSuccess, "\(result.standardError)")
            return result.standardOutput.split(separator: "\n").map { $0 == "valid" }
        }
    }
}

extension YAMLValue {
    fileprivate subscript(path: some Collection<String>) -> YAMLValue? {
        path.reduce(Optional(self)) { value, key in value?[key] }
    }

    fileprivate func setting(_ path: some Collection<String>, to value: YAMLValue?) -> YAMLValue {
        guard let key = path.first else { return value ?? .null }
        var copy = self
        let rest = path.dropFirst()
        copy[key] = rest.isEmpty ? value : (self[key] ?? [:]).setting(Array(rest), to: value)
        return copy
    }
}
