import Testing
import YAMLTree

/// JSON as JavaScript reads it.
struct JSONReaderTests {
    @Test(
        arguments: [
            ("{\"a\":1,\"a\":{\"b\":[true,null]}}", ["a": ["b": [true, nil]]]), (" \n\t{ } ", [:]), ("[ ]", []),
            ("\"\\ud83d\\ude00\"", "😀"), ("\"a\\/\\\"\\\\\\b\\u00e9\"", "a/\"\\\u{8}é"), ("\"\\ud83dx\"", "\u{FFFD}x"),
            ("\"\\ud83d\\u0041\"", "\u{FFFD}A"), ("\"\\ude00\"", "\u{FFFD}"), ("-1.5e2", .float(-150)), ("0", 0),
            ("false", false),
            ("1e400", .float(.infinity)),
        ] as [(String, YAMLValue)])
    func `a text is what JSON.parse makes of it`(text: String, value: YAMLValue) {
        #expect(YAMLValue(json: text) == value)
    }

    @Test(arguments: [
        "", " ", "{", "{a: 1}", "{\"a\" 1}", "{\"a\":1,}", "[1,]", "[1 2]", "01", "1.", "+1", ".5", "tru", "\"\n\"",
        "\"\\x\"",
        "\"\\u12\"", "\"a", "{} {}", "'a'", "\u{FEFF}{}", "NaN", "[", "{\"a\":", "\"\\", "-",
    ])
    func `anything else is none`(text: String) {
        #expect(YAMLValue(json: text) == nil)
    }

    @Test func `brackets without end are none, and many keys take no time`() {
        let brackets = String(repeating: "[", count: 100_000)
        #expect(YAMLValue(json: brackets) == nil)
        #expect(YAMLValue(json: brackets + String(repeating: "]", count: 100_000)) == nil)
        let keys = (0..<50_000).map { "\"k\($0)\":\($0)" }.joined(separator: ",")
        #expect(YAMLValue(json: "{\(keys)}")?.mapping?.count == 50_000)
    }
}
