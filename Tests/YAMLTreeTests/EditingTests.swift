import Testing

@testable import YAMLTree

/// The traps, one by one: what a text becomes, to the byte.
@Suite struct EditingTests {
    private func edited(_ text: String, _ edits: YAMLEdit..., document: Int = 0) throws -> String {
        try YAMLFile(parsing: text, name: "cr.yaml").applying(edits, toDocument: document).text
    }

    private func refusal(_ text: String, _ edit: YAMLEdit) -> String {
        do throws(YAMLError) {
            _ = try YAMLFile(parsing: text, name: "cr.yaml").applying([edit])
            return "no error"
        } catch {
            return error.description
        }
    }

    // MARK: Scalars

    @Test(
        arguments: [
            ("a: old # c\n", "new", "a: new # c\n"), ("a: 'old'\n", "it's", "a: 'it''s'\n"),
            ("a: \"old\"\n", "q\"", "a: \"q\\\"\"\n"),
            ("a: old\n", "yes", "a: \"yes\"\n"), ("a: 'old'\n", true, "a: true\n"), ("a: true\n", false, "a: false\n"),
            ("a:   old\n", "new", "a:   new\n"), ("a:\n", "new", "a: new\n"), ("a: # c\n", "new", "a: new # c\n"),
            ("a: &x old\n", "new", "a: &x new\n"),
            ("a: !!str 5\n", "6", "a: !!str \"6\"\n"), ("a: !own 5\n", 6, "a: 6\n"),
            ("a:\n  old # c\n", "new", "a:\n  new # c\n"),
            ("a: \"old\n  wrapped\" # c\n", "new", "a: \"new\" # c\n"),
            ("a: old\n  wrapped\nb: 1\n", "new", "a: new\nb: 1\n"),
            ("a: {b: 'c'} # d\n", "new", "a: new # d\n"), ("a: old", "new", "a: new"),
            ("- &x 1\n- *x\n", 2, "- 2\n- &x 1\n"), ("- &x 1\n", 2, "- &x 2\n"),
            ("a: old # c\nb: 1\n", "x\ny\n", "a: | # c\n  x\n  y\nb: 1\n"), ("a: \"old\"\n", "x\ny", "a: \"x\\ny\"\n"),
            ("a: old", "x\ny\n", "a: \"x\\ny\\n\""), ("\"a\": old\n", nil, "\"a\": null\n"),
            ("a: caf\u{E9} # é\n", "new", "a: new # é\n"),
        ] as [(String, YAMLValue, String)])
    func `a scalar's value is replaced, its quotes, comment and anchor stay`(
        text: String, value: YAMLValue, result: String
    ) throws {
        let path: YAMLPath = text.hasPrefix("-") ? [0] : ["a"]
        let edited = try edited(text, .set(path, value))
        #expect(edited == result)
    }

    @Test func `of a block scalar only the lines that differ are touched`() throws {
        let text = "data:\n    script: |+   # keep\n        one\n          \n        two  \n\n    next: 1\n"
        #expect(
            try edited(text, .set(["data", "script"], "one\n  \nTWO\n\n"))
                == "data:\n    script: |+   # keep\n        one\n          \n        TWO\n\n    next: 1\n")
    }

    @Test(
        arguments: [
            ("a: |\n  x\nb: 1\n", "y\n", "a: |\n  y\nb: 1\n"), ("a: |\n  x\n\nb: 1\n", "y", "a: |-\n  y\n\nb: 1\n"),
            ("a: >\n  x\n  y\nb: 1\n", "one\ntwo\n", "a: >\n  one\n\n  two\nb: 1\n"),
            ("a: |\n  x", "y\nz", "a: |\n  y\n  z"),
            ("a: |  # c\n  x\nb: 1\n", 5, "a: 5  # c\nb: 1\n"),
            ("a: |\n  x\nb: 1\n", "\u{1}", "a: \"\\u0001\"\nb: 1\n"),
            ("x:\n  a: |\n  b: 1\n", "t\n", "x:\n  a: |\n    t\n  b: 1\n"),
            ("a: |\nb: 1\n", "x\n", "a: |\n  x\nb: 1\n"), ("a: |\n  x\nb: 1\n", " y\n", "a: |2\n   y\nb: 1\n"),
        ] as [(String, YAMLValue, String)])
    func `a block scalar stays one where the value allows`(text: String, value: YAMLValue, result: String) throws {
        let edited = try edited(text, .set(text.hasPrefix("x") ? ["x", "a"] : ["a"], value))
        #expect(edited == result)
    }

    // MARK: Setting keys

    @Test(arguments: [
        ("spec: {}\n", "spec:\n  database:\n    enabled: false\n"),
        ("spec:\n", "spec:\n  database:\n    enabled: false\n"),
        ("spec: null # c\n", "spec: # c\n  database:\n    enabled: false\n"),
        ("spec: ~", "spec:\n  database:\n    enabled: false"),
        ("kind: X\n", "kind: X\nspec:\n  database:\n    enabled: false\n"),
        ("kind: X", "kind: X\nspec:\n  database:\n    enabled: false"),
        ("spec:\n    a:\n        b: 1\n", "spec:\n    a:\n        b: 1\n    database:\n        enabled: false\n"),
        ("spec: {a: 1}\n", "spec: {a: 1, database: {enabled: false}}\n"),
        ("spec: {a: 1,}\n", "spec: {a: 1, database: {enabled: false},}\n"),
        ("{\"spec\": {\"a\": 1}}\n", "{\"spec\": {\"a\": 1, \"database\": {\"enabled\": false}}}\n"),
        (
            "spec: {\n  a: 1, # one\n  b: 2 # two\n  # end\n}\n",
            "spec: {\n  a: 1, # one\n  b: 2, # two\n  database: {enabled: false}\n  # end\n}\n"
        ),
        ("spec: {\n  a: 1,\n  b: 2,\n}\n", "spec: {\n  a: 1,\n  b: 2,\n  database: {enabled: false},\n}\n"),
        ("spec: {\n  a: 1,\n  b: }\n", "spec: {\n  a: 1,\n  b: ,\n  database: {enabled: false} }\n"),
        ("spec: { # c\n}\n", "spec: {database: {enabled: false} # c\n}\n"),
        ("spec: &s {}\nx: *s\n", "spec:\n  database:\n    enabled: false\nx: &s {}\n"),
        ("spec: &s {}\n", "spec: &s\n  database:\n    enabled: false\n"),
        (
            "spec:\n  a: 1 # one\n\n  # about kind\nkind: X\n",
            "spec:\n  a: 1 # one\n  database:\n    enabled: false\n\n  # about kind\nkind: X\n"
        ),
        (
            "spec:\n  a: |+\n    text\n\nkind: X\n",
            "spec:\n  a: |+\n    text\n\n  database:\n    enabled: false\nkind: X\n"
        ),
        ("spec:\n  a: |\n    text", "spec:\n  a: |-\n    text\n  database:\n    enabled: false"),
        ("spec:\r\n  a: 1\r\n", "spec:\r\n  a: 1\r\n  database:\r\n    enabled: false\r\n"),
        ("\u{FEFF}spec: {}\r\n", "\u{FEFF}spec:\r\n  database:\r\n    enabled: false\r\n"),
        ("spec:\n  database:\n    enabled: true\t# tab\n", "spec:\n  database:\n    enabled: false\t# tab\n"),
        ("spec:\n  database: &d # c\n    x: 1\n", "spec:\n  database: &d # c\n    x: 1\n    enabled: false\n"),
        ("---\n", "---\nspec:\n  database:\n    enabled: false\n"),
        ("--- {} # c\n", "--- # c\nspec:\n  database:\n    enabled: false\n"),
        ("---\n# about it\n", "---\n# about it\nspec:\n  database:\n    enabled: false\n"),
        (
            "spec: # c\n  # about it\n# about b\nb: 1\n",
            "spec: # c\n  # about it\n  database:\n    enabled: false\n# about b\nb: 1\n"
        ),
        ("{\"spec\": {}}\n", "{\"spec\": {\"database\": {\"enabled\": false}}}\n"),
        ("{\n  \"kind\": \"X\"\n}\n", "{\n  \"kind\": \"X\",\n  \"spec\": {\"database\": {\"enabled\": false}}\n}\n"),
        ("? spec\n", "? spec\n:\n  database:\n    enabled: false\n"), ("{}", "spec:\n  database:\n    enabled: false"),
    ])
    func `a key is set, with the mappings that lead to it`(text: String, result: String) throws {
        let edited = try edited(text, .set(["spec", "database", "enabled"], false))
        #expect(edited == result)
    }

    @Test func `a whole mapping is set by touching only what differs in it`() throws {
        let text = "a:\n  keep: 1 # one\n  drop: 2\n  # about change\n  change: 'x'\n"
        #expect(
            try edited(text, .set(["a"], ["keep": 1, "change": "y", "new": [true]]))
                == "a:\n  keep: 1 # one\n  # about change\n  change: 'y'\n  new:\n  - true\n")
    }

    @Test func `a whole list is set by touching only what differs in it`() throws {
        #expect(
            try edited("a:\n- x # 1\n- y # 2\n- z # 3\n", .set(["a"], ["x", "new", "z"]))
                == "a:\n- x # 1\n- new # 2\n- z # 3\n")
        #expect(
            try edited("a:\n- x # 1\n- z # 3\n", .set(["a"], ["x", "new", "z"])) == "a:\n- x # 1\n- new\n- z # 3\n")
        #expect(try edited("a:\n- x # 1\n- z # 3\n", .set(["a"], ["z"])) == "a:\n- z # 3\n")
    }

    @Test func `what already is as wanted is not touched, even where it is written in another way`() throws {
        let text = "a: {\"b\" : !!str 'x',\n c: [ 0x10 ]}\n"
        #expect(try edited(text, .set(["a"], ["b": "x", "c": [16]])) == text)
    }

    @Test func `what two versions of YAML read differently is not as wanted`() throws {
        #expect(try edited("a: yes\n", .set(["a"], true)) == "a: true\n")
        #expect(try edited("a: yes\n", .set(["a"], "yes")) == "a: \"yes\"\n")
    }

    // MARK: Lists

    @Test(arguments: [
        ("list:\n- a\n", "list:\n- a\n- name: x\n  key: k\n"),
        ("list:\n  - a\n", "list:\n  - a\n  - name: x\n    key: k\n"),
        ("list:\n  -   a\n", "list:\n  -   a\n  - name: x\n    key: k\n"),
        ("list: []\n", "list:\n- name: x\n  key: k\n"),
        ("o:\n  - 1\nlist: []\n", "o:\n  - 1\nlist:\n  - name: x\n    key: k\n"),
        ("o:\n- 1\nlist: [ ] # c\n", "o:\n- 1\nlist: # c\n- name: x\n  key: k\n"),
        ("list:\n", "list:\n- name: x\n  key: k\n"), ("list: null # c\n", "list: # c\n- name: x\n  key: k\n"),
        ("a: 1\n", "a: 1\nlist:\n- name: x\n  key: k\n"),
        ("list: [a]\n", "list: [a, {name: x, key: k}]\n"),
        ("list: [\n  a,\n  b\n]\n", "list: [\n  a,\n  b,\n  {name: x, key: k}\n]\n"),
        ("list: [\"a\"]\n", "list: [\"a\", {\"name\": \"x\", \"key\": \"k\"}]\n"),
        ("list:\n- a", "list:\n- a\n- name: x\n  key: k"),
        ("list:\n- a # c\n\n# about next\nnext: 1\n", "list:\n- a # c\n- name: x\n  key: k\n\n# about next\nnext: 1\n"),
        (
            "list:\n- a: 1\n  b: |\n    text\n\nnext: 1\n",
            "list:\n- a: 1\n  b: |\n    text\n- name: x\n  key: k\n\nnext: 1\n"
        ),
        ("list:\n-\n", "list:\n-\n- name: x\n  key: k\n"),
        ("list: &l\n- a\nuse: *l\n", "list:\n- a\n- name: x\n  key: k\nuse: &l\n- a\n"),
        ("list:\r\n  - a\r\nnext: 1\r\n", "list:\r\n  - a\r\n  - name: x\r\n    key: k\r\nnext: 1\r\n"),
        ("list: [a, b # c\n  ]\n", "list: [a, b, {name: x, key: k} # c\n  ]\n"),
        ("{list: [], b: 1}\n", "{list: [{name: x, key: k}], b: 1}\n"),
    ])
    func `an item is appended in the list's own style`(text: String, result: String) throws {
        let edited = try edited(text, .append(to: ["list"], ["name": "x", "key": "k"]))
        #expect(edited == result)
    }

    @Test(arguments: [
        ("- a # 1\n- b\n", "- a # 1\n- new\n- b\n"), ("- a\n# about b\n- b\n", "- a\n- new\n# about b\n- b\n"),
        ("[a, b]\n", "[a, new, b]\n"),
        ("- a", "- a\n- new"), ("- - a\n  - b\n", "- - a\n  - b\n- new\n"),
        ("[\n  a, # 1\n  b\n]\n", "[\n  a, # 1\n  new,\n  b\n]\n"),
    ])
    func `an item is inserted after another`(text: String, result: String) throws {
        let edited = try edited(text, .insert("new", after: [0]))
        #expect(edited == result)
    }

    // MARK: Removing

    @Test(
        arguments: [
            ("a: 1 # c\nb: 2\n", ["a"], "b: 2\n"), ("a: 1\nb: 2", ["b"], "a: 1"),
            ("a: 1\n# about b\nb: 2\nc: 3\n", ["b"], "a: 1\nc: 3\n"),
            (
                "a: 1\n# apart\n\n# about b\n# more\nb: 2\n  # still b\n# about c\nc: 3\n", ["b"],
                "a: 1\n# apart\n\n# about c\nc: 3\n"
            ),
            ("a:\n# about x\n- x # 1\n  # still x\n# about y\n- y\n", ["a", 0], "a:\n# about y\n- y\n"),
            (
                "a:\n  # about x\n  x: 1\n  # about y\n  y: 2\n# about b\nb: 1\n", ["a", "y"],
                "a:\n  # about x\n  x: 1\n# about b\nb: 1\n"
            ),
            ("a:\n  b: 1\nc: 2\n", ["a", "b"], "a: {}\nc: 2\n"),
            ("a: # c\n  # d\n  - 1\n", ["a", 0], "a: [] # c\n  # d\n"),
            ("- a: 1 # c\n  b: 2\n", [0, "a"], "- b: 2\n"),
            ("- a: 1 # c\n  # about b\n  b: 2\n", [0, "a"], "-\n  # about b\n  b: 2\n"),
            ("- a: 1\n- b\n", [0, "a"], "- {}\n- b\n"), ("- - a\n  - b\n", [0, 0], "- - b\n"),
            ("a:\n- 1\n- 2 # c\n# d\nb: 3\n", ["a", 1], "a:\n- 1\n# d\nb: 3\n"),
            ("[a, b, c]", [1], "[a, c]"), ("[ a, b ]", [1], "[ a ]"), ("[a]", [0], "[]"),
            ("{a: 1, b: 2}", ["a"], "{b: 2}"), ("[a, b,]", [1], "[a, ]"),
            ("[\n  a, # 1\n  b # 2\n]\n", [1], "[\n  a # 1\n]\n"),
            ("[\n  a, # 1\n  b # 2\n]\n", [0], "[\n  b # 2\n]\n"), ("[a: 1]", [0, "a"], "[{}]"),
            ("a: |\n  x\n\nb: 1\n", ["a"], "\nb: 1\n"), ("a: |\n  x\nb: 1", ["b"], "a: |\n  x\n"),
            ("\u{FEFF}a: 1\r\nb: 2\r\n", ["a"], "\u{FEFF}b: 2\r\n"),
        ] as [(String, YAMLPath, String)])
    func `an entry or an item is removed with its line and its comment`(text: String, path: YAMLPath, result: String)
        throws
    {
        let edited = try edited(text, .remove(path))
        #expect(edited == result)
    }

    // MARK: Whole files

    @Test func `only the document asked for is edited`() throws {
        let text = "a: 1\n--- # second\na: 1\n...\n---\na: 1"
        #expect(try edited(text, .set(["a"], 2), document: 1) == "a: 1\n--- # second\na: 2\n...\n---\na: 1")
        #expect(try edited(text, .set(["b"], 2), document: 2) == text + "\nb: 2")
        #expect(throws: YAMLError.self) { try edited(text, .set(["a"], 2), document: 3) }
    }

    @Test(arguments: [
        ("", "a:\n  b:\n  - 1\n"), ("# nothing yet\n", "# nothing yet\na:\n  b:\n  - 1\n"),
        ("# nothing yet", "# nothing yet\na:\n  b:\n  - 1\n"), ("# x\r\n", "# x\r\na:\r\n  b:\r\n  - 1\r\n"),
    ])
    func `an edit begins a file that has nothing but comments`(text: String, expected: String) throws {
        let file = try YAMLFile(parsing: text, name: "list.yaml")
        #expect(try file.applying([.append(to: ["a", "b"], 1)], toDocument: 0).text == expected)
        #expect(throws: YAMLError.self) { try file.applying([.remove(["a"])], toDocument: 0) }
        #expect(throws: YAMLError.self) { try file.applying([.set(["a", 0], 1)], toDocument: 0) }
        #expect(try file.applying([], toDocument: 0).text == text)
    }

    @Test func `edits follow one another`() throws {
        #expect(
            try edited("a: []\n", .append(to: ["a"], 1), .append(to: ["a"], 2), .remove(["a", 0]), .set(["b"], 3))
                == "a:\n- 2\nb: 3\n")
    }

    @Test func `tabs, blank lines and odd indentation around an edit stay`() throws {
        let text = "a:\n      b:\t'x\ty'\t# tab\n\n   \n      c:\n       - 1\n"
        #expect(try edited(text, .append(to: ["a", "c"], 2)) == text + "       - 2\n")
    }

    /// What is commented out at the end of a list or a mapping stays at its end.
    @Test(
        arguments: [
            (
                "a:\n  b:\n    - 1\n    # - 2\n  # c:\n  #   - 3\n\n# d: 4\n", .set(["a", "x"], 5),
                "a:\n  b:\n    - 1\n    # - 2\n  x: 5\n  # c:\n  #   - 3\n\n# d: 4\n"
            ),
            // Blank lines do not change to whom a comment belongs.
            (
                "a:\n  b:\n  - 1\n\n  # - 2\n  #   3\nc: 4\n", .set(["a", "x"], 5),
                "a:\n  b:\n  - 1\n\n  # - 2\n  #   3\n  x: 5\nc: 4\n"
            ),
            (
                "a:\n  b: 1\n    # about b\n  # about a\n", .set(["a", "x"], 5),
                "a:\n  b: 1\n    # about b\n  x: 5\n  # about a\n"
            ),
            ("a:\n  b: [1]\n  # end\n# tail", .set(["a", "x"], 5), "a:\n  b: [1]\n  x: 5\n  # end\n# tail"),
            ("a:\n  b:\n  - 1\n  # end", .set(["a", "x"], 5), "a:\n  b:\n  - 1\n  # end\n  x: 5"),
            (
                "a:\n- n: 1\n  # k: 2\n# - n: 3\n", .append(to: ["a"], 5), "a:\n- n: 1\n  # k: 2\n- 5\n# - n: 3\n"
            ),
            ("a:\n  b: |\n    x\n\n    # text\n", .set(["a", "x"], 5), "a:\n  b: |\n    x\n\n    # text\n  x: 5\n"),
        ] as [(String, YAMLEdit, String)])
    func `a comment below the last value stays with it`(text: String, edit: YAMLEdit, expected: String) throws {
        #expect(try edited(text, edit) == expected)
    }

    // MARK: Refusals

    @Test(
        arguments: [
            (
                "base: &b {x: 1}\nuse:\n  <<: *b\n", .remove(["use", "x"]),
                "cr.yaml:3:3: use.x would change what a merge key"
            ),
            (
                "a: text\n", .set(["a", "b"], 2),
                "cr.yaml:1:4: a is a string; expected a mapping that can have the key 'b'"
            ),
            ("a: 1\n", .append(to: ["a"], 2), "cr.yaml:1:4: a is an integer; expected a list to append to"),
            ("a: [1]\n", .set(["a", 1], 2), "cr.yaml:1:4: a has 1 items; expected at least 2"),
            ("a: 1\n", .remove(["b"]), "cr.yaml:1:1: b does not exist"),
            ("a: 1\n", .remove([]), "cr.yaml:1:1: the document's root cannot be removed"),
            ("a: 1\n", .insert(2, after: ["a"]), "cr.yaml:1:4: a is no list item"),
            ("a: [b: 1]\n", .set(["a", 0, "c"], 2), "cr.yaml:1:5: a mapping without braces stands in a list here"),
        ] as [(String, YAMLEdit, String)])
    func `an edit that would reach further than asked is refused, saying where`(
        text: String, edit: YAMLEdit, message: String
    ) {
        #expect(refusal(text, edit).hasPrefix(message), "\(refusal(text, edit))")
    }

    @Test func `an alias itself may be replaced, and a merged key overridden`() throws {
        #expect(try edited("base: &b {x: 1}\nuse: *b\n", .set(["use"], ["x": 2])) == "base: &b {x: 1}\nuse:\n  x: 2\n")
        #expect(
            try edited("base: &b {x: 1}\nuse:\n  <<: *b\n", .set(["use", "x"], 2))
                == "base: &b {x: 1}\nuse:\n  <<: *b\n  x: 2\n")
    }

    // MARK: What is shared

    @Test(
        arguments: [
            ("a: &on true\nb: *on\nc: *on\n", .set(["a"], false), "a: false\nb: &on true\nc: *on\n"),
            ("a: &on true\nb: *on\nc: *on\n", .set(["b"], false), "a: &on true\nb: false\nc: *on\n"),
            ("a: &on true\nb: [*on, *on]\n", .remove(["a"]), "b: [&on true, *on]\n"),
            ("a: &c\n- 1 # one\nb: *c\n", .append(to: ["a"], 2), "a:\n- 1 # one\n- 2\nb: &c\n- 1\n"),
            ("a: &c [1]\nb: *c\n", .append(to: ["a"], 2), "a: [1, 2]\nb: &c [1]\n"),
            ("a: &c [1]\nb: *c\n", .append(to: ["b"], 2), "a: &c [1]\nb: [1, 2]\n"),
            ("a: &m {x: 1}\nb: *m\n", .set(["b", "x"], 2), "a: &m {x: 1}\nb: {x: 2}\n"),
            ("a: &m\n  x: 1\nl:\n- *m\n- *m\n", .set(["l", 0, "x"], 2), "a: &m\n  x: 1\nl:\n- x: 2\n- *m\n"),
            ("a: &m\n  x: 1\nl:\n- *m\n- *m\n", .set(["a", "x"], 2), "a:\n  x: 2\nl:\n- &m\n  x: 1\n- *m\n"),
            (
                "a: &m {x: {y: 1}, z: 0}\nb:\n  <<: *m\n", .set(["b", "x", "y"], 2),
                "a: &m {x: {y: 1}, z: 0}\nb:\n  <<: *m\n  x: {y: 2}\n"
            ),
            ("a: &m {x: [1]}\nb: {<<: *m}\n", .append(to: ["b", "x"], 2), "a: &m {x: [1]}\nb: {<<: *m, x: [1, 2]}\n"),
            ("a: &m {x: 1}\nb:\n  <<: *m\n", .set(["a", "x"], 2), "a: {x: 2}\nb:\n  <<: &m {x: 1}\n"),
            ("a: {b: &b 1, c: *b}\nd: *b\n", .remove(["a"]), "d: &b 1\n"),
            ("a: &o 0640\nb: *o\nc: &y yes\nd: *y\n", .remove(["a"]), "b: &o 0640\nc: &y yes\nd: *y\n"),
            ("a: &t !!str 12\nb: *t\n", .set(["a"], 1), "a: 1\nb: &t !!str 12\n"),
            ("a: &t |\n  x\n  y\nb: *t # c\n", .set(["a"], 1), "a: 1\nb: &t \"x\\ny\\n\" # c\n"),
            (
                "a: &o {i: &i 1, j: *i}\nb: *o\nc: *i\n", .set(["a", "k"], 2),
                "a: {i: &i 1, j: *i, k: 2}\nb: &o {i: 1, j: 1}\nc: *i\n"
            ),
        ] as [(String, YAMLEdit, String)])
    func `an edit touches its place alone, whatever shares it`(text: String, edit: YAMLEdit, result: String) throws {
        let edited = try edited(text, edit)
        #expect(edited == result)
    }

    @Test func `a key that is an alias keeps the anchor it needs`() {
        #expect(
            refusal("a: &k x\n*k : 1\n", .set(["a"], 2))
                == "cr.yaml:1:4: the anchor &k stands here, and an alias of it is a key; expected the key written out")
    }

    @Test func `many scalars at once are edited as one after another`() throws {
        let text = (0..<200).map { "- {name: old, n: \($0)} # \($0)\n" }.joined()
        let edits = (0..<200).map { YAMLEdit.set([.index($0), "name"], "new \($0)") }
        let file = try YAMLFile(parsing: text, name: "cr.yaml").applying(edits)
        #expect(file.text == (0..<200).map { "- {name: new \($0), n: \($0)} # \($0)\n" }.joined())
    }

    @Test func `edits without end of a text without end are refused`() {
        let text = (0..<2000).map { "- [\($0)]\n" }.joined()
        let edits = (0..<2000).map { YAMLEdit.append(to: [.index($0)], 1) }
        #expect {
            try YAMLFile(parsing: text, name: "cr.yaml").applying(edits, toDocument: 0, budget: 100_000)
        } throws: { "\($0)".contains("would take very long") }
    }
}
