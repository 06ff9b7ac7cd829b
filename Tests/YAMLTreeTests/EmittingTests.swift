import Foundation
import TestSupport
import Testing
import YAMLTree

@Suite struct EmittingTests {
    @Test func `a manifest looks as people write it`() {
        let deployment: YAMLValue = [
            "apiVersion": "apps/v1",
            "kind": "StatefulSet",
            "metadata": ["name": "database", "labels": [:], "annotations": ["on": "yes"]],
            "spec": [
                "replicas": 1,
                "containers": [
                    [
                        "name": "postgresql", "args": ["--port", "5432", "-c", "ssl=on"],
                        "command": ["sh", "-c", "set -e\nexec pg_isready -U ${POSTGRES_USER}\n"],
                    ],
                    ["name": "empty", "env": [], "nested": [[1, 2], [[:]]]],
                ],
            ],
        ]
        #expect(
            deployment.yaml() == """
                apiVersion: apps/v1
                kind: StatefulSet
                metadata:
                  name: database
                  labels: {}
                  annotations:
                    "on": "yes"
                spec:
                  replicas: 1
                  containers:
                  - name: postgresql
                    args:
                    - --port
                    - "5432"
                    - -c
                    - ssl=on
                    command:
                    - sh
                    - -c
                    - |
                      set -e
                      exec pg_isready -U ${POSTGRES_USER}
                  - name: empty
                    env: []
                    nested:
                    - - 1
                      - 2
                    - - {}

                """)
    }

    @Test(arguments: [
        ("plain words", "plain words"), ("--flag", "--flag"), ("a:b", "a:b"), ("a#b", "a#b"), ("100m", "100m"),
        ("", "\"\""), ("yes", "\"yes\""), ("On", "\"On\""), ("1e3", "\"1e3\""), ("012", "\"012\""), ("0o7", "\"0o7\""),
        ("~", "\"~\""),
        ("12:30:45", "\"12:30:45\""), ("2001-12-14", "\"2001-12-14\""), (" x", "\" x\""), ("x ", "\"x \""),
        ("a: b", "\"a: b\""),
        ("a #b", "\"a #b\""), ("*a", "\"*a\""), ("=", "\"=\""), ("<<", "\"<<\""), ("x:", "\"x:\""), ("---", "\"---\""),
        ("say \"hi\"", "say \"hi\""), ("\"hi\"", "'\"hi\"'"), ("'hi'", "\"'hi'\""), ("tab\t", "\"tab\\t\""),
        ("\u{1}", "\"\\u0001\""),
        ("\u{10FFFF}", "\u{10FFFF}"), ("e\u{301}", "e\u{301}"),
    ])
    func `a string gets quotes exactly where some reader would need them`(string: String, text: String) {
        #expect(YAMLValue.string(string).yaml() == text + "\n")
    }

    @Test(arguments: [
        ("a\nb\n", "|\n  a\n  b\n"), ("a\nb", "|-\n  a\n  b\n"), ("a\n\n", "|+\n  a\n\n"),
        (" a\nb", "|2-\n   a\n  b\n"), ("\na", "|-\n\n  a\n"),
        ("\n", "\"\\n\"\n"), ("a\r\nb", "\"a\\r\\nb\"\n"),
    ])
    func `a text of several lines is literal where that is exact`(string: String, text: String) {
        #expect(YAMLValue.string(string).yaml() == text)
    }

    @Test func `a key beyond YAML's thousand characters is written with a question mark`() throws {
        let key = String(repeating: "k", count: 2000)
        let value: YAMLValue = [["a": 1, "\(key)": ["b": [1]], "c": 2]]
        #expect(value.yaml().contains("? kkk"))
        #expect(try YAMLFile(parsing: value.yaml(), name: "f").onlyDocument.root.value() == value)
    }

    @Test(arguments: UInt64(0)..<10)
    func `what is emitted reads back as the same value under both versions of YAML`(block: UInt64) throws {
        for seed in (block * 100)..<((block + 1) * 100) {
            var values = RandomValue(random: SeededGenerator(seed: seed))
            let value = values.value()
            for text in [value.yaml(), value.flowYAML()] {
                let root = try YAMLFile(parsing: text, name: "seed \(seed)").onlyDocument.root
                for schema in [YAMLSchema.core, .yaml11] {
                    #expect(root.value(schema).isExactly(value), "seed \(seed)\n\(text)")
                }
            }
        }
    }

    @Test(.enabled(if: PyYAML.isPresent, "python3 with PyYAML is not installed"))
    func `PyYAML reads the same values`() throws {
        let values = (0..<500 as Range<UInt64>).map { seed in
            var values = RandomValue(random: SeededGenerator(seed: seed))
            return values.value()
        }
        // Floats and infinities have no exact JSON; their own round trip is tested above.
        let read = try PyYAML.load(values.map { $0.withoutFloats.yaml() })
        for (seed, (value, result)) in zip(values, read).enumerated() {
            #expect(result.isExactly(value.withoutFloats), "seed \(seed)\n\(value.withoutFloats.yaml())")
        }
        #expect(read.count == values.count)
    }
}

extension YAMLValue {
    fileprivate var withoutFloats: YAMLValue {
        switch self {
        case .float: .null
        case .sequence(let items): .sequence(items.map(\.withoutFloats))
        case .mapping(let mapping): .mapping(YAMLMapping(mapping.map { ($0.key, $0.value.withoutFloats) }))
        default: self
        }
    }

    /// Equal to the byte: Swift's strings are equal when only their normal forms are.
    fileprivate func isExactly(_ other: YAMLValue) -> Bool {
        switch (self, other) {
        case (.string(let left), .string(let right)): left.utf8.elementsEqual(right.utf8)
        case (.sequence(let left), .sequence(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.isExactly($1) }
        case (.mapping(let left), .mapping(let right)):
            left.count == right.count
                && left.allSatisfy { entry in right[entry.key].map { entry.value.isExactly($0) } ?? false }
        default: self == other
        }
    }
}

/// A reader that shares nothing with ours.
private enum PyYAML {
    static let isPresent = (try? run("import yaml", input: Data())) != nil

    /// Each text's value, by way of JSON.
    static func load(_ texts: [String]) throws -> [YAMLValue] {
        let script = """
            import json, sys, yaml
            def pairs(value):
                if isinstance(value, dict): return {"pairs": [[pairs(k), pairs(v)] for k, v in value.items()]}
                return [pairs(item) for item in value] if isinstance(value, list) else value
            json.dump([pairs(yaml.safe_load(text)) for text in json.load(sys.stdin)], sys.stdout)
            """
        let output = try run(script, input: JSONEncoder().encode(texts))
        return try JSONDecoder().decode([JSONValue].self, from: output).map(\.value)
    }

    private static func run(_ script: String, input: Data) throws -> Data {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script]
        let file = FileManager.default.temporaryDirectory.appending(path: "pyyaml-\(UUID()).json")
        try input.write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let (inputFile, output) = (try FileHandle(forReadingFrom: file), Pipe())
        process.standardInput = inputFile
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        struct Failure: Error {}
        guard process.terminationStatus == 0 else { throw Failure() }
        return data
    }
}

/// JSON as YAML values. A mapping is a list of pairs, which keeps its order and keys that only bytes tell apart.
private struct JSONValue: Decodable {
    private struct Mapping: Decodable {
        let pairs: [[JSONValue]]
    }

    let value: YAMLValue

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            value = .null
        } else if let flag = try? container.decode(Bool.self) {
            value = .bool(flag)
        } else if let number = try? container.decode(Int.self) {
            value = .int(number)
        } else if let text = try? container.decode(String.self) {
            value = .string(text)
        } else if let items = try? container.decode([JSONValue].self) {
            value = .sequence(items.map(\.value))
        } else {
            let pairs = try container.decode(Mapping.self).pairs
            value = .mapping(
                YAMLMapping(pairs.map { ($0[0].value.string ?? "not a string: \($0[0].value)", $0[1].value) }))
        }
    }
}
