extension YAMLValue {
    /// The value as one document: two spaces per level, compact sequences, literal block scalars where they are exact,
    /// quotes around every string that some reader might take for something else. Ends with a line break.
    public func yaml() -> String { String(decoding: yamlBytes(), as: UTF8.self) }

    /// As ``yaml()``, in UTF-8.
    public func yamlBytes() -> [UInt8] {
        var emitter = YAMLEmitter(layout: .kubernetes)
        emitter.appendDocument(self)
        return emitter.output
    }

    /// The value in one line, in flow style: `{name: x, ports: [80, 443]}`.
    public func flowYAML() -> String { YAMLEmitter.flow(self) }
}

extension Sequence where Element == YAMLValue {
    /// The values as documents of one stream, `---` between them.
    public func yaml() -> String { map { $0.yaml() }.joined(separator: "---\n") }
}
