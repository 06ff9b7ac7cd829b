import JobContract
import MigrationSpec
import SystemPackage
import TestSupport
import Testing

/// Pages that messages name are there, with their headings.
struct DocsPageTests {
    private func problem(_ place: String) throws -> String? {
        let parts = place.split(separator: "#", maxSplits: 1).map(String.init)
        guard let page = parts.first, let text = try? Checkout.folder.appending(page).text() else {
            return "there is no page \(place)"
        }
        guard parts.count == 2 else { return nil }
        let headings = text.split(separator: "\n").filter { $0.hasPrefix("#") }.map { line in
            line.drop { $0 == "#" || $0 == " " }.lowercased().filter {
                $0.isLetter || $0.isNumber || "-_ ".contains($0)
            }
            .replacing(" ", with: "-")
        }
        return headings.contains(parts[1]) ? nil : "\(page) has no heading #\(parts[1])"
    }

    @Test(arguments: DocsPage.allCases) func `a page that messages name is there`(page: DocsPage) throws {
        #expect(try problem(page.rawValue) == nil)
    }

    @Test func `the documentation counts the keys of the receipt as they are`() throws {
        let text = try Checkout.folder.appending("docs/engine.md").text()
        let count = try #require(text.firstMatch(of: /The receipt is a ConfigMap of ([a-z]+) short keys/)?.1)
        let numbers = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
        #expect(numbers.firstIndex(of: String(count)).map { $0 + 1 } == Receipt.Key.allCases.count)
    }

    @Test func `every section of the config has its heading in the reference`() throws {
        var sections = [""]
        for key in ConfigFormat.keys { if case .section = key.declaration.shape { sections.append(key.path) } }
        #expect(sections.count > 30)
        for section in sections {
            // A section without keys is told of where it stands.
            #expect(try problem(DocsPage.section(section)) == nil, "\(section)")
        }
        #expect(
            DocsPage.section("spec.orchestrator.workflows[0]") == "docs/reference/config.md#specorchestratorworkflows")
    }
}
