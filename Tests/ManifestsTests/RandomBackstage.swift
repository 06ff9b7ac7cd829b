import TestSupport
import YAMLTree

/// Backstage CRs as people write them: block and flow style, comments, odd indentation, anchors, CRLF, other objects
/// around them.
///
/// It shares no code with the emitter, so what it writes is an independent check of the cut-over's edits.
struct RandomBackstage {
    /// A line of the CR's file.
    struct Line {
        var text: String
        /// Whether the cut-over may write it anew.
        var mayChange = false
    }

    static let name = "portal"
    static let generatedSecret = "backstage-psql-secret-portal"

    private(set) var lines: [Line] = []
    private(set) var lineBreak = "\n"
    private var random: SeededGenerator

    /// The file, with or without a byte order mark and a last line break.
    private(set) var text = ""

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        let other = [
            "apiVersion: v1", "kind: ConfigMap", "metadata: {name: other}", "data:", "  a: |", "    b:\tc", "",
        ]
        let isInTheMiddle = random.chance(30)
        if isInTheMiddle { lines += (["---"] + other + ["---"]).map { Line(text: $0) } }
        if random.chance(30) { lines.append(Line(text: "# ünïcode about the CR")) }
        lines += entries(of: backstage(), column: 0)
        if isInTheMiddle { lines += (["---"] + other).map { Line(text: $0) } }
        lineBreak = random.chance(25) ? "\r\n" : "\n"
        text =
            (random.chance(15) ? "\u{FEFF}" : "") + lines.map(\.text).joined(separator: lineBreak)
            + (random.chance(80) ? lineBreak : "")
    }

    // MARK: What it says

    private mutating func backstage() -> [(String, YAMLValue)] {
        let version = random.pick(["v1alpha2", "v1alpha3", "v1alpha4", "v1alpha5"])
        var result: [(String, YAMLValue)] = [
            ("apiVersion", .string("rhdh.redhat.com/\(version)")), ("kind", "Backstage"),
            ("metadata", ["name": .string(Self.name), "labels": ["team": "platform", "tier": "1"]]),
        ]
        switch random.number(0...9) {
        case 0: break
        case 1: result.append(("spec", random.pick([.null, [:]])))
        default: result.append(("spec", spec()))
        }
        return result
    }

    private mutating func spec() -> YAMLValue {
        var spec: [(String, YAMLValue)] = [("monitoring", ["enabled": true])]
        if random.chance(70) { spec.append(("database", database())) }
        if random.chance(80) { spec.append(("application", application())) }
        if random.chance(60) { spec.append(("deployment", ["patch": ["spec": ["template": ["spec": pod()]]]])) }
        return .mapping(YAMLMapping(spec.shuffled(using: &random)))
    }

    private mutating func database() -> YAMLValue {
        switch random.number(0...5) {
        case 0: return random.pick([.null, [:]])
        case 1: return ["authSecretName": .string(random.pick([Self.generatedSecret, "own"]))]
        case 2: return ["enableLocalDb": true, "authSecretName": .string(Self.generatedSecret)]
        default: return ["enableLocalDb": .bool(random.chance(80))]
        }
    }

    private mutating func application() -> YAMLValue {
        var result: [(String, YAMLValue)] = [("route", ["enabled": true, "host": "${ROUTE_HOST}"])]
        if random.chance(50) { result.append(("replicas", .int(2))) }
        if random.chance(70) { result.append(("extraEnvs", extras())) }
        if random.chance(60) { result.append(("extraFiles", files())) }
        return .mapping(YAMLMapping(result.shuffled(using: &random)))
    }

    private mutating func extras() -> YAMLValue {
        var result: [(String, YAMLValue)] = []
        if random.chance(60) { result.append(("envs", [["name": "LOG_LEVEL", "value": "a\tb"]])) }
        if random.chance(70) { result.append(("secrets", names())) }
        if random.chance(50) { result.append(("configMaps", names())) }
        return .mapping(YAMLMapping(result.shuffled(using: &random)))
    }

    private mutating func files() -> YAMLValue {
        var result: [(String, YAMLValue)] = []
        if random.chance(50) { result.append(("mountPath", "/opt/app-root/src/rbac")) }
        if random.chance(50) { result.append(("secrets", names())) }
        return .mapping(YAMLMapping(result))
    }

    private mutating func names() -> YAMLValue {
        switch random.number(0...5) {
        case 0: return .null
        case 1: return []
        default:
            return .sequence(
                (1...random.number(1...3)).map { ["name": .string("own-\($0)"), "key": .string("K\($0)")] })
        }
    }

    private mutating func pod() -> YAMLValue {
        let containers = (0..<random.number(1...3)).map { index -> YAMLValue in
            let secret = YAMLValue.string(random.chance(60) ? Self.generatedSecret : "other")
            var container: YAMLValue = ["name": .string("sidecar-\(index)"), "image": "registry.example.com/a:1.0"]
            switch random.number(0...2) {
            case 0: container["envFrom"] = [["secretRef": ["name": "first"]], ["secretRef": ["name": secret]]]
            case 1:
                let reference: YAMLValue = ["name": secret, "key": "POSTGRES_HOST"]
                container["env"] = [["name": "HOST", "valueFrom": ["secretKeyRef": reference]]]
            default: break
            }
            return container
        }
        return [
            "volumes": [["name": "db", "secret": ["secretName": .string(Self.generatedSecret)]]],
            "containers": .sequence(containers),
        ]
    }

    // MARK: How it is written

    private static let touched: Set = [
        "spec", "database", "application", "extraEnvs", "extraFiles", "secrets", "configMaps", "enableLocalDb",
        "authSecretName",
    ]

    private mutating func entries(of mapping: [(String, YAMLValue)], column: Int) -> [Line] {
        let step = random.pick([2, 2, 2, 4, 3])
        var lines: [Line] = []
        for (key, value) in mapping {
            // The first line may be joined to a dash.
            if !lines.isEmpty { lines += noise(column) }
            lines += entry(key, value, column: column, step: step)
        }
        return lines
    }

    private mutating func entry(_ key: String, _ value: YAMLValue, column: Int, step: Int) -> [Line] {
        let head = spaces(column) + (random.chance(5) ? "'\(key)'" : key) + ":"
        let isTouched = Self.touched.contains(key)
        if key == "labels", random.chance(30) {
            return [
                Line(text: head + " &labels " + inline(value) + comment()),
                Line(text: spaces(column) + "annotations: *labels" + comment()),
            ]
        }
        guard !value.isFlat, !random.chance(15) || column == 0 else {
            let text = inline(value)
            let space = text.isEmpty ? "" : random.pick([" ", " ", "  "])
            let holdsTouched = Self.touched.contains { text.contains($0) } || text.contains(Self.generatedSecret)
            return [Line(text: head + space + text + comment(), mayChange: isTouched || holdsTouched)]
        }
        switch value {
        case .mapping(let mapping):
            // A mapping that loses its only entry becomes {}.
            let losesAll = mapping.count == 1 && mapping[0].value == .string(Self.generatedSecret) && key == "database"
            return [Line(text: head + comment(), mayChange: losesAll)]
                + entries(of: mapping.map { ($0.key, $0.value) }, column: column + step)
        case .sequence(let items):
            let dash = column + random.pick([0, step])
            return [Line(text: head + comment())] + items.flatMap { item(of: $0, column: dash) }
        default: return []
        }
    }

    private mutating func item(of value: YAMLValue, column: Int) -> [Line] {
        guard case .mapping(let mapping) = value, !random.chance(25) else {
            let text = inline(value)
            let line = spaces(column) + "- " + text + comment()
            return [Line(text: line, mayChange: text.contains(Self.generatedSecret))]
        }
        let gap = random.pick([1, 1, 1, 3])
        var lines = entries(of: mapping.map { ($0.key, $0.value) }, column: column + 1 + gap)
        lines[0].text = spaces(column) + "-" + spaces(gap) + lines[0].text.drop { $0 == " " }
        return lines
    }

    private mutating func inline(_ value: YAMLValue) -> String {
        switch value {
        case .null: return random.pick(["", "~", "null"])
        case .bool(let flag): return flag ? "true" : "false"
        case .int(let number): return String(number)
        case .float(let number): return String(number)
        case .string(let text):
            if text.contains("\t") { return "\"\(text)\"" }
            if text == "1" { return random.pick(["'1'", "\"1\""]) }
            return text.contains("{") ? "'\(text)'" : random.pick([text, text, "'\(text)'", "\"\(text)\""])
        case .sequence(let items):
            return "[" + items.map { inlineInFlow($0) }.joined(separator: ", ") + "]"
        case .mapping(let mapping):
            return "{" + mapping.map { "\($0.key): \(inlineInFlow($0.value))" }.joined(separator: ", ") + "}"
        }
    }

    private mutating func inlineInFlow(_ value: YAMLValue) -> String { value == .null ? "null" : inline(value) }

    private mutating func comment() -> String {
        random.chance(15) ? random.pick([" # note: {x", "   ", "\t# tab"]) : ""
    }

    private mutating func noise(_ column: Int) -> [Line] {
        guard random.chance(15) else { return [] }
        return [Line(text: random.pick([spaces(column) + "# next", "# far left", ""]))]
    }

    private func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }
}

extension YAMLValue {
    /// Whether nothing but one line can hold it.
    fileprivate var isFlat: Bool {
        switch self {
        case .sequence(let items): items.isEmpty
        case .mapping(let mapping): mapping.isEmpty
        default: true
        }
    }
}
