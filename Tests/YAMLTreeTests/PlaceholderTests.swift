import Testing
import YAMLTree

@Suite struct PlaceholderTests {
    private let values: [String: YAMLValue] = [
        "image": "quay.io/x:15", "port": 5432, "service": "db", "namespace": "rhdh", "labels": ["app": "x"],
        "volumes": [["name": "data"]],
        "flag": true, "evil": "x\ninjected: true # <port>", "target.host": "h",
    ]

    private func fill(_ text: String) throws -> YAMLValue? {
        try YAMLFile(parsing: text, name: "t.yaml").onlyDocument.root.filled { placeholder throws(YAMLError) in
            if placeholder.name == "none" { return nil }
            guard let value = values[placeholder.name] else { throw placeholder.unknown(known: values.keys.sorted()) }
            return value
        }
    }

    @Test func `a plain scalar that is nothing but a placeholder becomes any value`() throws {
        #expect(
            try fill("a: <port>\nb: <labels>\nc:\n- <volumes>\nd: <target.host>\n")
                == ["a": 5432, "b": ["app": "x"], "c": [[["name": "data"]]], "d": "h"])
    }

    @Test func `in quotes and inside text it stays text`() throws {
        #expect(
            try fill("a: \"<port>\"\nb: <service>.<namespace>.svc:<port>\n<service>-x: '<flag>'\n")
                == ["a": "5432", "b": "db.rhdh.svc:5432", "db-x": "true"])
    }

    @Test func `nothing for a whole scalar removes the entry or the item`() throws {
        #expect(try fill("a: <none>\nb: [<none>, x, \"<none>\"]\nc:\n  d: <none>\n") == ["b": ["x"], "c": [:]])
        #expect(try fill("<none>") == nil)
    }

    @Test func `a value cannot break out of its place, and is not looked through for placeholders`() throws {
        let value = try #require(try fill("a: <evil>\nb: x <evil>\n"))
        #expect(value == ["a": "x\ninjected: true # <port>", "b": "x x\ninjected: true # <port>"])
        #expect(try YAMLFile(parsing: value.yaml(), name: "out").onlyDocument.root.value() == value)
    }

    @Test(arguments: [
        "${POSTGRES_USER}", "cat <in >out", "a <- b", "<<EOF", "<1>", "<a..b>", "<a-b>", "<>", "{{ helm }}", "$(VAR)",
        "\\<",
    ])
    func `what else stands in manifests is no placeholder`(text: String) throws {
        #expect(try fill("a: '\(text)'") == ["a": .string(text)])
    }

    @Test func `a backslash makes a placeholder's form literal`() throws {
        #expect(try fill("a: \\<port> is <port>\n") == ["a": "<port> is 5432"])
    }

    @Test func `other scalars keep their type`() throws {
        #expect(
            try fill("a: 1\nb: 'yes'\nc: null\nd: &x [true]\ne: *x\n") == [
                "a": 1, "b": "yes", "c": nil, "d": [true], "e": [true],
            ])
    }

    @Test(arguments: [
        ("a: x\nb: <nope>\n", "t.yaml:2:4: the placeholder <nope> has no value; expected one of <evil>"),
        ("a: x <labels>\n", "t.yaml:1:4: the placeholder <labels> stands inside text, but its value is a mapping"),
        ("a: \"<volumes>\"\n", "t.yaml:1:4: the placeholder <volumes> stands inside text, but its value is a list"),
        ("a: x <none>\n", "t.yaml:1:4: the placeholder <none> stands inside text, but its value is absent"),
        ("db: 1\n<service>: 2\n", "t.yaml:2:1: the key 'db' comes twice"),
    ])
    func `what does not fit is an error at its place`(text: String, message: String) {
        #expect {
            _ = try fill(text)
        } throws: { "\($0)".hasPrefix(message) }
    }

    @Test func `all placeholders of a template can be listed`() throws {
        let root = try YAMLFile(parsing: "a: <x>\n<k>: '<y> <z.w>'\n", name: "t").onlyDocument.root
        #expect(root.placeholders.map(\.name) == ["x", "k", "y", "z.w"])
        #expect(root.placeholders.map(\.isText) == [false, true, true, true])
    }
}
