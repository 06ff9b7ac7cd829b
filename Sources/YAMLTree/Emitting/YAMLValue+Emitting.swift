extension YAMLValue {
    /// The value as one document: two spaces per level, compact sequences, literal block scalars where they are exact,
    /// and quotes around every string that some reader might take for another type. Ends with a line break.
    public func yaml() -> String { String(decoding: yamlBytes(), as: UTF8.self) }

    /// Like ``yaml()``, in UTF-8.
    public func yamlBytes() -> [UInt8] {
        var emitter = YAMLEmitter(layout: .kubernetes)
        emitter.appendDocument(self)
        return emitter.output
    }

    /// The value in one line, in flow style: `{name: x, ports: [80, 443]}`.
    public func flowYAML() -> String { YAMLEmitter.flow(self) }
}
