import MigrationSpec
import Testing

/// What the compiler cannot know of the keys' declarations, which reflection finds.
struct DeclarationTests {
    @Test("each key has a name of its own in its section, and what a key says of another is about one there")
    func namesFit() {
        var sections = 0
        func check(_ shape: Shape, at path: String) {
            switch shape {
            case .list(let item): check(item, at: path + "[]")
            case .section(let fields, let rules):
                sections += 1
                let names = fields.map(\.name)
                #expect(Set(names).count == names.count, "\(path) declares a key twice")
                #expect(names.allSatisfy { !$0.isEmpty && !$0.hasPrefix("_") }, "\(path) has a key without a name")
                for requirement in rules.requirements {
                    let other = fields.first { $0.name == requirement.other }
                    guard case .choice(let values)? = other?.shape else {
                        Issue.record("\(path) has no key '\(requirement.other)' that is one of a few words")
                        continue
                    }
                    #expect(values.contains(requirement.value))
                }
                for field in fields { check(field.shape, at: "\(path).\(field.name)") }
            case .text, .integer, .boolean, .choice, .map, .verbatim: break
            }
        }
        for key in ConfigFormat.keys where !key.path.contains(".") { check(key.declaration.shape, at: key.path) }
        #expect(sections > 30)
    }
}
