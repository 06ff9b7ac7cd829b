import YAMLTree

extension ConfigDraft.Target {
    /// The targets whose keys are set in assignments such as `external.host=db.example.com`.
    public static func named(in assignments: [String]) -> [ConfigDraft.Target] {
        allCases.filter { target in
            assignments.contains { assignment in
                let key = String(assignment.prefix { $0 != "=" })
                return ConfigFormat.key(key)?.path.hasPrefix("spec.target.\(target.rawValue).") ?? false
            }
        }
    }
}

extension HelmChart {
    /// The chart that the last of assignments such as `helm.chart=rhdh` names; `nil` where none does.
    /// - Throws: ``ConfigError`` for another name.
    public static func named(in assignments: [String]) throws(ConfigError) -> HelmChart? {
        let values = assignments.compactMap { assignment -> (key: ConfigFormat.Key, name: String, value: String)? in
            let name = String(assignment.prefix { $0 != "=" })
            guard assignment.contains("="), let key = ConfigFormat.key(name), key.path == "spec.backstage.helm.chart"
            else { return nil }
            return (key, name, String(assignment.dropFirst(name.count + 1)))
        }
        guard let (key, name, value) = values.last else { return nil }
        let node = try ConfigDraft.node(value, key.declaration.shape, as: name)
        var report = Report()
        key.declaration.check(node, path: key.path, report: &report)
        guard !report.hasErrors else { throw ConfigError(problems: report.sorted) }
        return node.string.flatMap { HelmChart(rawValue: $0) }
    }
}

extension ConfigDraft {
    /// Sets a key from an assignment on the command line: `external.host=db.example.com`. The key is a whole path, or an
    /// ending that only one key of the draft has.
    ///
    /// - Throws: ``ConfigError`` at its place in the assignment.
    public mutating func set(_ assignment: String) throws(ConfigError) {
        guard let sign = assignment.firstIndex(of: "=") else {
            throw Self.error(
                "'\(assignment)' has no '='", in: assignment,
                advice: "Write the key and its value: --set migration.image=registry.example.com/rehome-job:0.1.0")
        }
        let name = String(assignment[..<sign])
        try set(try path(of: name), to: String(assignment[assignment.index(after: sign)...]), as: name)
    }

    /// Sets a key by its whole path.
    ///
    /// - Parameters:
    ///   - path: from the root.
    ///   - text: the value, as it was typed.
    ///   - name: the key's name in errors.
    /// - Throws: ``ConfigError`` for a value that the key cannot have.
    public mutating func set(_ path: String, to text: String, as name: String) throws(ConfigError) {
        guard let key = ConfigFormat.key(path) else { throw Self.error("there is no key '\(name)'", in: name) }
        let root = "spec.target."
        if path.hasPrefix(root), path.dropFirst(root.count).prefix(while: { $0 != "." }) != target.rawValue {
            throw Self.error(
                "'\(path)' is of another kind of target than \(target.rawValue)", in: name,
                advice: "Name keys of one kind only, and that kind with --target or not at all.")
        }
        if case .section(let fields, _) = key.declaration.shape {
            if text == "null", !key.declaration.isRequired { return remove(path) }
            guard fields.isEmpty, text == "{}" else {
                throw Self.error(
                    "'\(path)' is a section, not a key with a value", in: name,
                    advice: fields.isEmpty
                        ? "There is nothing to say about it: \(name)={}"
                        : "Set its keys: \(fields.map(\.name).joined(separator: ", ")).")
            }
            choose(path)
            chosen.insert(path)
            return
        }
        let node = text.isEmpty ? nil : try Self.node(text, key.declaration.shape, as: name)
        guard let node, !node.isNull else {
            throw Self.error(
                "\(path): found nothing, expected \(key.declaration.shape.expectation)", in: name,
                advice: "It is: \(key.declaration.meaning)")
        }
        var report = Report()
        key.declaration.check(node, path: path, report: &report)
        guard !report.hasErrors else { throw ConfigError(problems: report.sorted) }
        choose(path)
        values[path] = node.value()
        remarks[path] = nil
    }

    /// The path of the key that is meant. If several paths end so, exactly one of them must be in the draft.
    private func path(of name: String) throws(ConfigError) -> String {
        if let key = ConfigFormat.key(name) { return key.path }
        let matches = ConfigFormat.keys.map(\.path).filter { $0.hasSuffix("." + name) }
        let own = matches.filter { isWithinChosen($0) }
        if own.count == 1, let path = own.first { return path }
        let meant = own.isEmpty ? ConfigFormat.suggestions(for: name) : own
        throw Self.error(
            "there is no single key '\(name)'", in: name,
            advice: meant.isEmpty ? nil : "Did you mean \(meant.joined(separator: ", or "))?")
    }

    /// Whether the draft has every section that contains the key, so that no other alternative is chosen in its place.
    private func isWithinChosen(_ path: String) -> Bool {
        Self.sections(above: path).allSatisfy { section in
            guard let key = ConfigFormat.key(section) else { return false }
            return isNeeded(key.declaration, at: section)
        }
    }

    /// Chooses the alternative that contains the key, in each section that has alternatives.
    private mutating func choose(_ path: String) {
        for section in Self.sections(above: path) + [path] {
            guard let dot = section.lastIndex(of: "."), let parent = ConfigFormat.key(String(section[..<dot])),
                case .section(_, let rules) = parent.declaration.shape,
                rules.exactlyOne.contains(String(section[section.index(after: dot)...]))
            else { continue }
            for other in rules.exactlyOne.map({ "\(parent.path).\($0)" }) where other != section {
                values[other] = nil
                remove(other)
            }
            chosen.insert(section)
        }
    }

    /// Removes a section, as a null in a config layer does.
    private mutating func remove(_ section: String) {
        chosen = chosen.filter { $0 != section && !$0.hasPrefix(section + ".") }
        for key in values.keys where key.hasPrefix(section + ".") { values[key] = nil }
        remarks[section] = nil
    }

    private static func sections(above path: String) -> [String] {
        path.indices.filter { path[$0] == "." }.map { String(path[..<$0]) }
    }

    /// A text is taken as typed, since the shell has removed its quotes. All else is read as YAML, and a list of one item
    /// needs no brackets.
    fileprivate static func node(_ text: String, _ shape: Shape, as name: String) throws(ConfigError) -> YAMLNode {
        let yaml: String
        switch shape {
        case .text: yaml = YAMLValue.string(text).flowYAML()
        case .list(.text) where !text.hasPrefix("["):
            yaml = YAMLValue.sequence([.string(text)]).flowYAML()
        case .list, .integer, .boolean, .choice, .map, .verbatim, .section: yaml = text
        }
        do { return try YAMLFile(parsing: yaml, name: "--set \(name)").onlyDocument.root } catch {
            throw ConfigError(problems: [Problem(error)])
        }
    }

    private static func error(_ message: String, in assignment: String, advice: String? = nil) -> ConfigError {
        let position = YAMLPosition(file: "--set \(assignment)", line: 1, column: 1, offset: 0)
        return ConfigError(problems: [Problem(.error, at: position, message, advice: advice)])
    }
}
