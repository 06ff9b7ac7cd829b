import TestSupport
import YAMLTree

/// Values with a taste for what goes wrong.
struct RandomValue {
    static let trickyStrings = [
        "", " ", "yes", "No", "on", "OFF", "y", "N", "true", "FALSE", "null", "Null", "~", "nULL", "1", "-1", "+1",
        "012", "0o7",
        "0x1F", "0b1", "1_000", "1e3", "1.5", "1.", ".5", "1.2.3", "10.0.0.1", ".inf", "-.INF", ".NaN", "12:30:45",
        "190:20:30.15", "2001-12-14", "2001-12-14t21:59:43.10-05:00", "2001-12-14 21:59:43", "=", "<<", "-", "--",
        "---",
        "--- a", "...", "... a", "- x", "-x", "--flag", "? x", "?", ":", "::", ":x", "x:", "a: b", "a:b", "a #b", "a#b",
        "#x", "*a",
        "&a", "!t", "|", ">", "%d", "@x", "`x", "{x", "}", "[x", "]", "a]b", "a,b", "'q'", "it's", "\"dq\"", "a\"b'c",
        "back\\slash", "\\n", " lead", "trail ", "\tlead", "tab\tin", "x\n", "\n", "\n\n", "x\ny", "x\ny\n", "x\n\n",
        "x\n\ny\n",
        "  lead\nx", "x\n  lead\n", "\nx", "\n  x\n", "x \ny\t\n", "x\n   \ny", "x\n   ", "\tx\ny", "x\r\ny", "x\ry",
        "#a\nb",
        "---\nx", "x\n---\n", "é", "e\u{301}", "\u{301}x", " \u{301}x\ny", "-\u{301}", "---\u{301}", ":\u{301} x",
        "日本語", "😀", "\u{85}", "a\u{2028}b", "\u{FEFF}", "\u{7F}", "\u{1}", "\u{0}", "\u{FFFE}",
        "a\u{A0}b", "http://x:80/", "${POSTGRES_USER}", "$patch", "<name>", "plain words", "release-1.8", "100m", "1Gi",
        String(repeating: "long ", count: 60) + "end",
    ]

    var random: SeededGenerator

    mutating func string() -> String { random.pick(Self.trickyStrings) }

    mutating func scalar() -> YAMLValue {
        switch random.number(0...9) {
        case 0: .null
        case 1: .bool(random.chance(50))
        case 2: .int(random.pick([0, 1, -1, 5432, .max, .min]))
        case 3: .float(random.pick([0.5, -2, 1e20, 1e-7, .infinity, 123456.789, 2.5e-300]))
        default: .string(string())
        }
    }

    mutating func value(depth: Int = 3) -> YAMLValue {
        switch depth == 0 ? 9 : random.number(0...5) {
        case 0: .sequence((0..<random.number(0...4)).map { _ in value(depth: depth - 1) })
        case 1, 2: .mapping(mapping(depth: depth - 1))
        default: scalar()
        }
    }

    mutating func mapping(depth: Int) -> YAMLMapping {
        YAMLMapping((0..<random.number(0...4)).map { _ in (string(), value(depth: depth)) })
    }
}
