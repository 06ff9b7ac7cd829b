import TestSupport

/// YAML texts as people write them, good habits and bad: every style, odd indentation, comments everywhere.
///
/// It shares no code with the emitter, so what it writes is an independent check of the editor.
struct RandomDocument {
    var random: SeededGenerator
    private var keyCount = 0
    private var anchorCount = 0
    /// Anchors whose node is complete, and whether it is a mapping.
    private var anchors: [(name: String, isMapping: Bool)] = []

    init(random: SeededGenerator) { self.random = random }

    /// A stream of one to three documents.
    mutating func text() -> String {
        var lines: [String] = []
        let count = random.chance(70) ? 1 : random.number(2...3)
        for index in 0..<count {
            anchors.removeAll()
            if index > 0 || random.chance(30) { lines.append(random.chance(20) ? "--- # document" : "---") }
            lines += noise(before: 0)
            lines += random.chance(90) ? mapping(column: 0, depth: 4) : sequence(column: 0, depth: 4)
            lines += noise(before: 0)
            if index + 1 < count, random.chance(20) { lines.append("...") }
        }
        let lineBreak = random.chance(25) ? "\r\n" : "\n"
        return (random.chance(10) ? "\u{FEFF}" : "") + lines.joined(separator: lineBreak)
            + (random.chance(75) ? lineBreak : "")
    }

    // MARK: Blocks

    private mutating func mapping(column: Int, depth: Int) -> [String] {
        let step = random.pick([2, 2, 2, 4, 1, 3])
        var lines: [String] = []
        if depth < 4, random.chance(10), let anchor = anchors.last(where: \.isMapping) {
            lines.append(spaces(column) + "<<: *\(anchor.name)")
        }
        for _ in 0..<random.number(1...4) {
            // The first line may be joined to a dash, so no noise comes before it.
            if !lines.isEmpty { lines += noise(before: column) }
            if random.chance(3) {
                lines.append(spaces(column) + "? \(key())")
                if random.chance(80) { lines.append(spaces(column) + ": \(plain())") }
                continue
            }
            lines += entry(column: column, step: step, depth: depth)
        }
        return lines
    }

    private mutating func entry(column: Int, step: Int, depth: Int) -> [String] {
        let head = spaces(column) + key() + (random.chance(3) ? " :" : ":")
        let anchor = random.chance(8) ? newAnchor() : nil
        let property = anchor.map { " &\($0)" } ?? ""
        switch depth == 0 ? random.number(3...9) : random.number(0...9) {
        case 0, 1:
            let body = mapping(column: column + step, depth: depth - 1)
            complete(anchor, isMapping: true)
            return [head + property + comment()] + body
        case 2:
            let body = sequence(column: column + (random.chance(50) ? 0 : step), depth: depth - 1)
            complete(anchor, isMapping: false)
            return [head + property + comment()] + body
        case 3:
            complete(anchor, isMapping: false)
            return blockScalar(head: head + property, column: column, step: step)
        case 4:
            if random.chance(20), let anchor = anchors.last, property.isEmpty {
                return [head + " *\(anchor.name)" + comment()]
            }
            complete(anchor, isMapping: false)
            return [head + property + random.pick(["", " ~", " null", " {}", " []", " { }"]) + comment()]
        case 5:
            let body = flow(column: column + step, depth: 2)
            complete(anchor, isMapping: false)
            return joined(head + property + " ", body, comment())
        default:
            complete(anchor, isMapping: false)
            let tag = random.chance(4) ? " !!str" : ""
            if random.chance(5) {
                return [head + property + tag + comment(), spaces(column + step) + plain() + comment()]
            }
            return joined(
                head + property + tag + random.pick([" ", " ", "  ", " \t"]), scalar(column: column + step), comment())
        }
    }

    private mutating func sequence(column: Int, depth: Int) -> [String] {
        var lines: [String] = []
        for _ in 0..<random.number(1...4) {
            if !lines.isEmpty { lines += noise(before: column) }
            let dash = spaces(column) + "-"
            switch depth <= 0 ? random.number(2...7) : random.number(0...7) {
            case 0:
                let gap = random.chance(85) ? 1 : 3
                lines += joinedToDash(dash, mapping(column: column + 1 + gap, depth: depth - 1), gap: gap)
            case 1:
                lines +=
                    random.chance(70)
                    ? joinedToDash(dash, sequence(column: column + 2, depth: depth - 1), gap: 1)
                    : [dash + comment(canBeginWithTab: false)] + mapping(column: column + 2, depth: depth - 1)
            case 2: lines += blockScalar(head: dash, column: column, step: 2)
            case 3: lines += joined(dash + " ", flow(column: column + 2, depth: 2), comment())
            case 4: lines.append(dash + random.pick(["", " ~", " {}", " []"]) + comment(canBeginWithTab: false))
            default: lines += joined(dash + " ", scalar(column: column + 2), comment())
            }
        }
        return lines
    }

    private func joinedToDash(_ dash: String, _ lines: [String], gap: Int) -> [String] {
        [dash + spaces(gap) + lines[0].drop { $0 == " " }] + lines.dropFirst()
    }

    /// The lines of a value after what it begins with, and the comment after its last.
    private func joined(_ head: String, _ lines: [String], _ tail: String) -> [String] {
        var lines = lines
        lines[0] = head + lines[0]
        lines[lines.count - 1] += tail
        return lines
    }

    // MARK: Scalars

    private mutating func scalar(column: Int) -> [String] {
        switch random.number(0...9) {
        case 0: [random.pick(["'0'", "'it''s'", "'#no comment'", "'a: b'", "''"])]
        case 1: [random.pick(["\"tab\\t\"", "\"dq \\\" x\"", "\"é\\u00e9\"", "\"\"", "\"a\tb\""])]
        case 2: ["\"first", spaces(column) + "second\""]
        case 3: [plain(), spaces(column) + "goes on"]
        default: [plain()]
        }
    }

    private mutating func plain() -> String {
        random.pick(["x", "true", "12", "yes", "a b", "image:1.2", "ünïcode", "1.5", "${VAR}", "-flag", "a#b", "日本"])
    }

    private mutating func blockScalar(head: String, column: Int, step: Int) -> [String] {
        let header = random.pick(["|", "|", "|-", "|+", ">", ">-"])
        let more = random.chance(15) ? 1 : 0
        let indicator = more > 0 ? header.prefix(1) + "\(step)" + header.dropFirst() : header[...]
        var lines = ["\(head) \(indicator)" + comment()]
        for index in 0..<random.number(1...4) {
            if index > 0, random.chance(20) { lines.append(random.chance(20) ? spaces(column) : "") }
            let extra = index == 0 ? more : random.pick([0, 0, 2])
            lines.append(
                spaces(column + step + extra)
                    + random.pick(["text", "key: value", "# not a comment", "- item", "tab\tin"]))
        }
        if random.chance(15) { lines.append("") }
        return lines
    }

    // MARK: Flow

    private mutating func flow(column: Int, depth: Int) -> [String] {
        let isMapping = random.chance(50)
        let brackets = isMapping ? ("{", "}") : ("[", "]")
        let isJSON = random.chance(15)
        let children = (0..<random.number(0...3)).map { _ in
            let value = flowValue(column: column, depth: depth, isJSON: isJSON)
            return isMapping ? (isJSON ? "\"\(newKey())\": " : "\(key()): ") + value : value
        }
        guard random.chance(25), !children.isEmpty else {
            let pad = random.chance(20) ? " " : ""
            let text = children.joined(separator: random.chance(90) ? ", " : " , ")
            return [brackets.0 + pad + text + (random.chance(5) && !children.isEmpty ? "," : "") + pad + brackets.1]
        }
        var lines = [brackets.0]
        for (index, child) in children.enumerated() {
            let isLast = index == children.count - 1
            lines.append(spaces(column) + child + (isLast && random.chance(60) ? "" : ",") + comment())
        }
        if random.chance(20), !lines[lines.count - 1].contains("#") {
            lines[lines.count - 1] += " " + brackets.1
        } else {
            lines.append(spaces(column) + brackets.1)
        }
        return lines
    }

    private mutating func flowValue(column: Int, depth: Int, isJSON: Bool) -> String {
        if depth > 0, random.chance(20) {
            return random.chance(50) ? "[x, {k: v}]" : "{a: [1, 2], b: }"
        }
        return isJSON ? "\"text\"" : random.pick(["x", "1", "'q'", "\"d\"", "~", "a b", "true"])
    }

    // MARK: Pieces

    private mutating func key() -> String {
        let name = newKey()
        return switch random.number(0...11) {
        case 0: "'\(name)'"
        case 1: "\"\(name)\""
        case 2: "\(name) with blanks"
        case 3: "ä\(name)"
        default: name
        }
    }

    private mutating func newKey() -> String {
        keyCount += 1
        return "key\(keyCount)"
    }

    private mutating func newAnchor() -> String {
        anchorCount += 1
        return "a\(anchorCount)"
    }

    private mutating func complete(_ anchor: String?, isMapping: Bool) {
        if let anchor { anchors.append((anchor, isMapping)) }
    }

    /// - Parameter canBeginWithTab: libyaml takes no tab right after a dash.
    private mutating func comment(canBeginWithTab: Bool = true) -> String {
        guard random.chance(15) else { return "" }
        return random.pick([" # note", "  # 'quoted", "   "] + (canBeginWithTab ? ["\t# tab"] : []))
    }

    /// Blank lines and comments, mostly where people put them.
    private mutating func noise(before column: Int) -> [String] {
        guard random.chance(25) else { return [] }
        return (0..<random.number(1...2)).map { _ in
            switch random.number(0...4) {
            case 0: spaces(column) + "# about the next"
            case 1: spaces(random.number(0...8)) + "# anywhere: [x"
            case 2: "#no: blank"
            case 3: spaces(random.number(0...3))
            default: ""
            }
        }
    }

    private func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }
}
