import TestSupport
import Testing
import YAMLTree

/// What must hold of every edit of YAML inside of YAML.
struct EmbeddedPropertyTests {
    private static let seedsPerCase: UInt64 = 50

    @Test(arguments: UInt64(0)..<8)
    func `the inner text is what the edit makes of it, and the outer file differs in no other line`(block: UInt64)
        throws
    {
        var edits = 0
        for seed in (block * Self.seedsPerCase)..<((block + 1) * Self.seedsPerCase) { edits += try check(seed: seed) }
        #expect(edits > Int(Self.seedsPerCase))
    }

    /// - Returns: how many edits were made.
    private func check(seed: UInt64) throws -> Int {
        var random = SeededGenerator(seed: seed)
        var writer = RandomDocument(random: SeededGenerator(seed: random.next()))
        let inner = writer.text().unicodeScalars.filter { $0 != "\u{FEFF}" && $0 != "\r" }
            .reduce(into: "") { $0.unicodeScalars.append($1) }
        let lineBreak = random.chance(30) ? "\r\n" : "\n"
        let outer = outer(inner, column: random.pick([3, 4, 6]), lineBreak: lineBreak)
        guard let file = try? YAMLFile(parsing: outer, name: "outer"), inner.contains(where: { $0 != "\n" }),
            let embedded = try EmbeddedYAML(at: ["data", "a"], inDocument: 0, of: file),
            // Only then is it what was meant: libyaml takes no tab for indentation.
            embedded.inner.text == inner, embedded.inner.documents.count == 1
        else { return 0 }
        var made = 0
        for _ in 0..<4 {
            let edit = RandomEdit(random: SeededGenerator(seed: random.next())).edit(
                of: embedded.inner.documents[0].root)
            guard let wanted = try? embedded.inner.applying([edit]), let edited = try? embedded.applying([edit]) else {
                continue
            }
            made += 1
            let context = "seed \(seed), \(edit.summary)\n\(outer)\n--->\n\(edited.file.text)"
            let isRight = edited.inner.bytes == wanted.bytes
            #expect(isRight, "another inner text: \(context)")
            let parsed = try EmbeddedYAML(at: embedded.path, inDocument: 0, of: edited.file)?.inner.bytes
            #expect((parsed == wanted.bytes) == true, "another text is read back: \(context)")
            expectSameLines(inner, wanted.text, outer, edited.file.text, context)
        }
        return made
    }

    private func outer(_ inner: String, column: Int, lineBreak: String) -> String {
        let breaks = inner.utf8.reversed().prefix { $0 == 0x0A }.count
        let header = breaks == 0 ? "|-" : breaks == 1 ? "|" : "|+"
        var lines = lines(inner)
        if breaks > 0 { lines.removeLast() }
        let indentation = String(repeating: " ", count: column)
        let body = lines.map { $0.isEmpty ? "" : indentation + $0 }
        return (["kind: ConfigMap # before", "data:", "  a: \(header)"] + body + ["  z: end # after", ""]).joined(
            separator: lineBreak)
    }

    /// The lines that stay in the inner text stay in the outer one, byte for byte.
    private func expectSameLines(
        _ old: String, _ new: String, _ oldOuter: String, _ newOuter: String, _ context: String
    ) {
        // Whether a last line has a line break is said in the scalar's header, which is a line before them.
        guard old.hasSuffix("\n") == new.hasSuffix("\n"), !old.hasSuffix("\n\n"), !new.hasSuffix("\n\n") else { return }
        let inner = (lines(old), lines(new))
        // The header must tell the indentation if the first line of text is now indented further.
        let header = 2
        var outer = (lines(oldOuter), lines(newOuter))
        outer.0.remove(at: header)
        outer.1.remove(at: header)
        let before = zip(inner.0, inner.1).prefix { $0.utf8.elementsEqual($1.utf8) }.count
        let after = zip(inner.0.reversed(), inner.1.reversed()).prefix { $0.utf8.elementsEqual($1.utf8) }.count
        let outerBefore = zip(outer.0, outer.1).prefix { $0.utf8.elementsEqual($1.utf8) }.count
        let outerAfter = zip(outer.0.reversed(), outer.1.reversed()).prefix { $0.utf8.elementsEqual($1.utf8) }.count
        #expect(
            (outerBefore >= min(before, inner.0.count) + header || old == new) == true, "a line before it: \(context)")
        #expect((outerAfter >= min(after, inner.0.count - before)) == true, "a line after it: \(context)")
    }

    private func lines(_ text: String) -> [String] {
        text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
    }
}
