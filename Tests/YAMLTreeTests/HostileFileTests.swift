import FoundationEssentials
import SystemPackage
import TestSupport
import Testing
import YAMLTree

/// Bytes that once trapped, where they are beside the repository: they are read, edited and written again, or refused.
struct HostileFileTests {
    private static let cases = Checkout.folder.appending("../shared/cases/yaml")
    private static let names =
        ((try? FileManager.default.contentsOfDirectory(atPath: cases.string)) ?? []).filter { $0.hasSuffix(".bin") }

    @Test(.enabled(if: !names.isEmpty, "the cases are not beside the repository"), arguments: names)
    func `any bytes are an error, or a document that can be edited`(name: String) throws {
        let data = try Data(contentsOf: URL(filePath: Self.cases.appending(name).string))
        do throws(YAMLError) {
            let file = try YAMLFile(parsing: Array(data), name: name)
            for document in file.documents {
                let again = try YAMLFile(parsing: document.root.value().yaml(), name: name)
                #expect(again.documents.count == 1)
            }
            let edits: [YAMLEdit] = [.set(["a"], 1), .append(to: ["b"], "x"), .remove(["a"])]
            for edit in edits {
                let edited: YAMLFile
                do { edited = try file.applying([edit], toDocument: 0) } catch {
                    #expect(error.position.file == name)
                    continue
                }
                _ = try YAMLFile(parsing: edited.bytes, name: name)
            }
        } catch {
            #expect(error.position.file == name && !error.problem.isEmpty)
        }
    }
}
