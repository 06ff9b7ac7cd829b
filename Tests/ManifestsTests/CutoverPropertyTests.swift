import JobContract
import Manifests
import MigrationSpec
import Subprocess
import SystemPackage
import TestSupport
import Testing
import YAMLTree

/// What must hold of the cut-over of every CR.
struct CutoverPropertyTests {
    private static let seedsPerCase: UInt64 = 25

    @Test(arguments: UInt64(0)..<10)
    func `the edited text parses to the edited CR, other lines are the same bytes, and a second time changes nothing`(
        block: UInt64
    ) throws {
        for seed in (block * Self.seedsPerCase)..<((block + 1) * Self.seedsPerCase) { try check(seed: seed) }
    }

    private func check(seed: UInt64) throws {
        let random = RandomBackstage(seed: seed)
        let retires = seed.isMultiple(of: 2)
        let migration: Migration
        do {
            migration = try self.migration(
                random.text, mode: "inPlace", retires: retires, elsewhere: isElsewhere(random.text))
        } catch let error as ConfigError {
            Issue.record("seed \(seed): \(error)\n\(random.text)")
            return
        }
        let edit = try #require(try Renderer().edits(migration).first)
        let new = String(decoding: edit.new, as: UTF8.self)
        let context = "seed \(seed)\n\(random.text)\n--->\n\(new)"
        let receipt = try #require(new.firstMatch(of: /new-db-receipt-[0-9a-f]{10}/), "no receipt: \(context)").output
        let expected = try cutOver(migration, retires: retires, receipt: String(receipt))
        let index = try #require(migration.backstage).object.index
        let document = try YAMLFile(parsing: new, name: "new").documents[index]
        let isRight = document.root.value().sorted == expected.sorted
        #expect(isRight, "another value: \(context)")
        expectKept(random, in: new, context)
        let again = try Renderer().edits(
            try self.migration(
                new, mode: "inPlace", retires: retires, elsewhere: isElsewhere(random.text))
        ).first
        let isSame = again?.new == edit.new
        #expect(isSame, "a second time changes something: \(context)")
    }

    /// Every line that the cut-over has no business with is there, in order, with its line break.
    private func expectKept(_ random: RandomBackstage, in new: String, _ context: String) {
        func lines(_ text: String) -> [Substring.UTF8View] {
            let text = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
            return Substring(text).utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        }
        let newLines = lines(new)
        var rest = newLines[...]
        let end = random.lineBreak == "\r\n" ? "\r" : ""
        for (index, line) in random.lines.enumerated() where !line.mayChange {
            // The last line may have gained or lost its line break.
            let texts = index == random.lines.indices.last ? [line.text, line.text + end] : [line.text + end]
            guard let place = rest.firstIndex(where: { old in texts.contains { old.elementsEqual($0.utf8) } }) else {
                Issue.record("line \(index + 1) changed: \(context)")
                return
            }
            rest = rest[(place + 1)...]
        }
        #expect(random.text.utf8.starts(with: [0xEF, 0xBB, 0xBF]) == new.utf8.starts(with: [0xEF, 0xBB, 0xBF]))
    }

    @Test func `a patch makes of every rendered CR what a copy would be, and refuses one that has changed`()
        async throws
    {
        var cases: [YAMLValue] = []
        var expected: [YAMLValue] = []
        for seed in UInt64(1000)..<1100 {
            let text = RandomBackstage(seed: seed).text
            let retires = seed.isMultiple(of: 2)
            let migration = try migration(text, mode: "patch", retires: retires, elsewhere: isElsewhere(text))
            let root = try #require(migration.backstage).root
            let document = root.value()
            guard root["spec"] != nil else {
                #expect(throws: YAMLError.self) { try Renderer().render(migration) }
                continue
            }
            let patch = try Component(try Renderer().render(migration)).patch(ofKind: "Backstage")
            let copy = try Renderer().render(
                try self.migration(text, mode: "copy", retires: retires, elsewhere: isElsewhere(text)))
            cases.append(["document": document, "patch": patch])
            expected.append(try copy.object("3-cutover/backstage-portal"))
            // Where the cut-over adds, something else has been added since.
            let path: [String] =
                document["spec"]?["application"]?["extraEnvs"]?["secrets"]?.items.map { _ in
                    ["application", "extraEnvs", "secrets"]
                } ?? []
            guard !path.isEmpty else { continue }
            var changed = document
            let items = document["spec"]?["application"]?["extraEnvs"]?["secrets"]?.items ?? []
            changed["spec"]?["application"]?["extraEnvs"]?["secrets"] = .sequence(items + [["name": "since"]])
            cases.append(["document": changed, "patch": patch])
            expected.append(.null)
        }
        let results = try await Self.applied(cases)
        #expect(results.count == expected.count)
        #expect(expected.contains(.null))
        for (index, (result, wanted)) in zip(results, expected).enumerated() {
            let isRight = result.sorted == wanted.sorted
            #expect(isRight, "case \(index): \(cases[index].yaml())\n--->\n\(result.yaml())")
        }
    }

    /// What PyPI's jsonpatch makes of documents and their patches; null where it refuses.
    static func applied(_ cases: [YAMLValue]) async throws -> [YAMLValue] {
        try await withTemporaryFolder { folder in
            let file = folder.appending("cases.json")
            let descriptor = try FileDescriptor.open(
                file, .writeOnly, options: .create, permissions: .ownerReadWrite)
            _ = try descriptor.closeAfter { try descriptor.writeAll(YAMLValue.sequence(cases).json().utf8) }
            let result = try await run(
                .name("python3"),
                arguments: [
                    Checkout.folder.appending("Tests/Tools/apply_json_patch.py").string, "--venv",
                    Checkout.folder.appending(".build/manifest-validation").string, file.string,
                ], output: .string(limit: 1 << 24), error: .string(limit: 1 << 16))
            if result.terminationStatus == .exited(77) {
                try Test.cancel("the Python packages cannot be had: \(result.standardOutput)")
            }
            try #require(result.terminationStatus.isSuccess, "\(result.standardError)")
            return try YAMLFile(parsing: result.standardOutput, name: "results").onlyDocument.root.value().items ?? []
        }
    }

    /// Whether the operator runs no database, so that the source is a server that only the config can name.
    private func isElsewhere(_ cr: String) throws -> Bool {
        try YAMLFile(parsing: cr, name: "cr").objects.contains {
            $0.root[at: ["spec", "database", "enableLocalDb"]]?.bool == false
        }
    }

    private func migration(_ cr: String, mode: String, retires: Bool, elsewhere: Bool) throws -> Migration {
        let config = """
            apiVersion: rehome.dev/v1alpha1
            kind: Migration
            metadata: {name: new-db, namespace: portal}
            spec:
              backstage: {file: cr.yaml}
              target: {external: {host: db.example.com, tls: {mode: verify-full, caFile: ca.pem}}}
              credentials: {existing: {secretName: new-db-credentials}}
              migration: {image: registry.example.com/rehome-job:1}
              cutover: {mode: \(mode), localDatabase: \(retires ? "retire" : "keep")}
            """
        let source = "\n  source: {server: {host: old.example.com, secretName: old-db, tls: {mode: disabled}}}"
        let ca = try Checkout.folder.appending("examples/external/ca.pem").text()
        return try ManifestsTests.migration(
            config: config + (elsewhere ? source : ""), files: ["cr.yaml": cr, "ca.pem": ca])
    }

    /// The cut-over on plain values, written as plainly as can be.
    private func cutOver(_ migration: Migration, retires: Bool, receipt: String) throws -> YAMLValue {
        let backstage = try #require(migration.backstage)
        var cr = backstage.root.value()
        func append(_ item: YAMLValue, to keys: [String], in value: YAMLValue) -> YAMLValue {
            guard let key = keys.first else { return .sequence((value.items ?? []) + [item]) }
            var value = value
            value[key] = append(item, to: Array(keys.dropFirst()), in: value[key] ?? .null)
            return value
        }
        func repointed(_ value: YAMLValue) -> YAMLValue {
            switch value {
            case .string(backstage.localSecretName), .string(RandomBackstage.generatedSecret):
                "new-db-credentials"
            case .sequence(let items): .sequence(items.map(repointed))
            case .mapping(let mapping): .mapping(YAMLMapping(mapping.map { ($0.key, repointed($0.value)) }))
            default: value
            }
        }
        if let patch = cr["spec"]?["deployment"]?["patch"] { cr["spec"]?["deployment"]?["patch"] = repointed(patch) }
        cr = append(["name": .string(receipt)], to: ["spec", "application", "extraEnvs", "configMaps"], in: cr)
        var file: YAMLValue = ["name": "new-db-certificate", "key": .string(JobFiles.certificateKey)]
        if backstage.version != .v1alpha2 { file["mountPath"] = "/opt/app-root/src" }
        cr = append(file, to: ["spec", "application", "extraFiles", "secrets"], in: cr)
        cr = append(["name": "new-db-credentials"], to: ["spec", "application", "extraEnvs", "secrets"], in: cr)
        guard retires else { return cr }
        var database = cr["spec"]?["database"] ?? .null
        if database["authSecretName"]?.string == RandomBackstage.generatedSecret { database["authSecretName"] = nil }
        database["enableLocalDb"] = false
        cr["spec"]?["database"] = database
        return cr
    }
}

/// The kustomize Component of a tree.
struct Component {
    let patches: [YAMLValue]

    init(_ files: [RenderedFile]) throws {
        let object = try files.object("3-cutover/kustomization.yaml")
        #expect(object["kind"] == "Component")
        patches = object["patches"]?.items ?? []
    }

    func patch(ofKind kind: String) throws -> YAMLValue {
        let patch = patches.first { $0["target"]?["kind"]?.string == kind }
        let text = try #require(patch?["patch"]?.string, "no patch of a \(kind)")
        return try YAMLFile(parsing: text, name: "patch").onlyDocument.root.value()
    }
}

extension YAMLValue {
    /// With every mapping's keys in order, since their order means nothing.
    var sorted: YAMLValue {
        switch self {
        case .sequence(let items): .sequence(items.map(\.sorted))
        case .mapping(let mapping):
            .mapping(YAMLMapping(mapping.sorted { $0.key < $1.key }.map { ($0.key, $0.value.sorted) }))
        default: self
        }
    }
}
