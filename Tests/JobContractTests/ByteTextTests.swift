import Foundation
import JobContract
import Testing

@Suite struct ByteTextTests {
    @Test func `what is canonically equal and differs in bytes is not equal`() {
        let (composed, decomposed): (ByteText, ByteText) = ("caf\u{e9}", "cafe\u{301}")
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
        #expect(decomposed < composed)
    }

    @Test func `a byte is found whatever stands beside it`() {
        #expect(("a\u{301}=b" as ByteText).split(at: UInt8(ascii: "="))?.after == "b")
        #expect(("x=\u{301}b" as ByteText).split(at: UInt8(ascii: "="))?.before == "x")
        #expect(("backstage_plugin_\u{301}x" as ByteText).after("_plugin_") == "\u{301}x")
        #expect(("abc" as ByteText).after("abcd") == nil)
    }

    @Test(arguments: [
        "a", "", "caf\u{e9}", "\u{1F600}", ByteText(bytes: [0x64, 0xE9, 0x6A, 0xE0]), ByteText(bytes: [0xC3]),
    ])
    func `JSON keeps every byte`(text: ByteText) throws {
        let data = try JSONEncoder().encode([text])
        #expect(try JSONDecoder().decode([ByteText].self, from: data) == [text])
    }

    @Test func `a cut ends between two characters`() {
        #expect(("ab\u{e9}" as ByteText).cut(to: 3) == "ab")
        #expect(("ab\u{1F600}c" as ByteText).cut(to: 5) == "ab")
        #expect(("ab\u{1F600}c" as ByteText).cut(to: 6) == "ab\u{1F600}")
        #expect(("abc" as ByteText).cut(to: 9) == "abc")
    }

    @Test(arguments: [
        ("plain", "plain"), ("caf\u{e9}", "caf\u{e9}"), ("cafe\u{301}", "cafe\u{301}"), ("a\nb", #"a\u{a}b"#),
        ("\u{1b}[31m", #"\u{1b}[31m"#),
        ("\u{85}", #"\u{85}"#), ("a\u{202e}b", #"a\u{202e}b"#), ("a\u{2028}b", #"a\u{2028}b"#),
        ("\u{600}'", #"\u{600}'"#),
        ("\u{7f}", #"\u{7f}"#), ("\u{2066}", #"\u{2066}"#), ("\u{200b}", #"\u{200b}"#), ("\u{1F600}", "\u{1F600}"),
    ])
    func `what does not show is written as an escape`(name: String, shown: String) {
        // Compared by bytes: the string's own comparison would call the accents equal.
        #expect(Array(ByteText(name).description.utf8) == Array(shown.utf8))
    }

    @Test(
        arguments: [
            ([0x64, 0xE9, 0x6A], #"d\x{e9}j"#), ([0xC3], #"\x{c3}"#), ([0xC0, 0x80], #"\x{c0}\x{80}"#),
            ([0xED, 0xA0, 0x80], #"\x{ed}\x{a0}\x{80}"#),
            ([0xF4, 0x90, 0x80, 0x80], #"\x{f4}\x{90}\x{80}\x{80}"#), ([0xE2, 0x82, 0x61], #"\x{e2}\x{82}a"#),
            ([0xF0, 0x80, 0x80, 0xAF], #"\x{f0}\x{80}\x{80}\x{af}"#),
        ] as [([UInt8], String)])
    func `bytes that are no UTF-8 are shown one by one`(bytes: [UInt8], shown: String) {
        #expect(VisibleText.of(bytes) == shown)
        #expect(ByteText(bytes: bytes).string == nil)
    }
}
