import Testing
import YAMLTree

@Suite struct SchemaTests {
    @Test(
        arguments: [
            ("", .null), ("~", .null), ("Null", .null), ("nULL", "nULL"), ("true", true), ("FALSE", false),
            ("yes", "yes"), ("on", "on"),
            ("0", 0), ("-12", -12), ("+12", 12), ("012", 12), ("0o14", 12), ("-0o14", "-0o14"), ("0x1F", 31),
            ("1_000", "1_000"),
            ("0b1", "0b1"), ("12:30", "12:30"), ("1.5", .float(1.5)), ("1.", .float(1)), (".5", .float(0.5)),
            ("1e3", .float(1000)),
            ("-1E-2", .float(-0.01)), (".inf", .float(.infinity)), ("-.Inf", .float(-.infinity)),
            ("+.inf", .float(.infinity)),
            ("1.2.3", "1.2.3"), (".", "."), ("-", "-"), ("+", "+"), ("e3", "e3"), ("1e", "1e"), ("1e+", "1e+"),
            ("0x", "0x"), ("0xG", "0xG"),
            ("9223372036854775807", .int(.max)), ("-9223372036854775808", .int(.min)),
            ("9223372036854775808", .float(9_223_372_036_854_775_808)),
            ("2001-12-14", "2001-12-14"), ("٣", "٣"),
        ] as [(String, YAMLValue)])
    func `a plain scalar means what YAML 1.2's core schema says`(text: String, value: YAMLValue) {
        #expect(YAMLSchema.core.value(ofPlain: text) == value)
    }

    @Test(
        arguments: [
            ("yes", true), ("Off", false), ("y", true), ("N", false), ("012", 10), ("0640", 416), ("08", "08"),
            ("0o14", "0o14"),
            ("0b101", 5), ("1_000", 1000), ("0x_1F", 31), ("_1", "_1"), ("12:30:45", 45045), ("-190:20:30", -685230),
            ("190:20:30.5", .float(685230.5)), ("12:60", "12:60"), ("1:", "1:"), ("1e3", "1e3"),
            ("1.0e+3", .float(1000)), ("1.0e3", "1.0e3"),
            ("1.5", .float(1.5)), (".nan", .float(.nan)), ("99999999999999999999:00", "99999999999999999999:00"),
            ("-", "-"),
        ] as [(String, YAMLValue)])
    func `a plain scalar means what YAML 1.1's types say`(text: String, value: YAMLValue) {
        // NaN equals nothing, so texts are compared.
        #expect("\(YAMLSchema.yaml11.value(ofPlain: text))" == "\(value)")
    }

    @Test func `quotes and block style make strings, tags decide`() throws {
        let root = try YAMLFile(
            parsing: "a: '1'\nb: |\n  1\nc: !!str 1\nd: !!int '1'\ne: !!float 1\nf: ! 1\ng: !own 1\n", name: "f"
        )
        .onlyDocument.root
        #expect(root.value() == ["a": "1", "b": "1\n", "c": "1", "d": 1, "e": .float(1), "f": "1", "g": "1"])
    }

    @Test func `what the two versions read differently is ambiguous`() throws {
        let root = try YAMLFile(parsing: "[yes, 'yes', 0640, true, x, 12:30]", name: "f").onlyDocument.root
        #expect(root.items?.map(\.isAmbiguous) == [true, false, true, false, false, true])
    }
}
