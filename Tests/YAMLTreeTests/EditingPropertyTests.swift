import TestSupport
import Testing
import YAMLTree

/// What must hold of every edit of every text.
@Suite struct EditingPropertyTests {
    /// Seeds per test case; a failure names its seed.
    private static let seedsPerCase: UInt64 = 100

    @Test(arguments: UInt64(0)..<20)
    func `an edited text parses to the edited tree, and its other lines are the same bytes`(block: UInt64) throws {
        for seed in (block * Self.seedsPerCase)..<((block + 1) * Self.seedsPerCase) { try check(seed: seed) }
    }

    private func check(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var writer = RandomDocument(random: SeededGenerator(seed: random.next()))
        let text = writer.text()
        let file: YAMLFile
        do throws(YAMLError) {
            file = try YAMLFile(parsing: text, name: "random")
        } catch {
            Issue.record("\(error)\nseed \(seed)\n\(text)")
            return
        }
        for _ in 0..<6 {
            let document = random.number(0...file.documents.count - 1)
            let root = file.documents[document].root
            let edit = RandomEdit(random: SeededGenerator(seed: random.next())).edit(of: root)
            let context = "seed \(seed), document \(document), \(edit.summary)\n\(text)"
            let edited: YAMLFile
            do throws(YAMLError) {
                edited = try file.applying([edit], toDocument: document)
            } catch {
                if !edit.mayBeRefused(in: root) { Issue.record("refused: \(error)\n\(context)") }
                continue
            }
            if !edit.path.components.contains(.key("<<")) {
                let wanted = root.value().applying(edit)
                let isRight = edited.documents[document].root.value().sorted == wanted.sorted
                #expect(isRight, "another value: \(context)\n--->\n\(edited.text)")
            }
            if !root.holdsAnchor {
                expectSameLines(
                    file, edited, around: edit.touchedLines(in: root), isAboutComments: edit.concernsComments(in: root),
                    "\(context)\n--->\n\(edited.text)")
            }
            let again = try edited.applying(edit.isIdempotent ? [edit] : [], toDocument: document)
            #expect((again.bytes == edited.bytes) == true, "a second time changes something: \(context)")
        }
    }

    /// Every line outside `touched` must be there, as it was, in order, with its line break. Where nothing is touched,
    /// lines may only have come in, in one place.
    private func expectSameLines(
        _ old: YAMLFile, _ new: YAMLFile, around touched: Range<Int>, isAboutComments: Bool, _ context: String
    ) {
        let oldLines = lines(old.bytes)
        let newLines = lines(new.bytes)
        let before = zip(oldLines, newLines).prefix(while: isSameLine).count
        let after = zip(oldLines.reversed(), newLines.reversed()).prefix(while: isSameLine).count
        let touched = isAboutComments && !touched.isEmpty ? withComments(touched, oldLines) : touched
        if touched.isEmpty {
            #expect((before + after >= oldLines.count) == true, "a line changed: \(context)")
        } else {
            let isSame =
                before >= min(touched.lowerBound, oldLines.count) && after >= oldLines.count - touched.upperBound
            #expect(isSame, "lines outside \(touched) changed: \(context)")
        }
    }

    /// The lines with the comments right above and below, which are about what is removed.
    private func withComments(_ lines: Range<Int>, _ all: [ArraySlice<UInt8>]) -> Range<Int> {
        func isComment(_ index: Int) -> Bool {
            all.indices.contains(index)
                && all[index].first { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") } == UInt8(ascii: "#")
        }
        var (start, end) = (lines.lowerBound, lines.upperBound)
        while isComment(start - 1) { start -= 1 }
        // Blank lines do not change to whom a comment belongs.
        func isBlank(_ index: Int) -> Bool { all[index].allSatisfy { " \t\r\n".utf8.contains($0) } }
        while let next = (min(end, all.count)..<all.count).first(where: { !isBlank($0) }), isComment(next) {
            end = next + 1
        }
        return start..<end
    }

    /// The lines with their line breaks, a byte order mark left out; after a last line break an empty one follows.
    private func lines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        for (index, byte) in bytes.enumerated() where byte == 0x0A {
            lines.append(bytes[start...index])
            start = index + 1
        }
        return lines + [bytes[start...]]
    }

    /// A line that ended the text may gain a line break, and one that now ends it may lose it.
    private func isSameLine(_ old: ArraySlice<UInt8>, _ new: ArraySlice<UInt8>) -> Bool {
        old == new || (old.last == 0x0A) != (new.last == 0x0A) && text(of: old).elementsEqual(text(of: new))
    }

    private func text(of line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        line.last == 0x0A ? line.dropLast(line.dropLast().last == 0x0D ? 2 : 1) : line
    }
}
