extension YAMLNode {
    /// The value of a template: this tree with every placeholder replaced by what `fill` returns for it.
    ///
    /// A plain scalar that is just `<name>` becomes the value, of whatever kind. In quotes, within other text and in
    /// keys, the value must be text, a number or a boolean. If `fill` returns `nil` for a scalar that is just `<name>`,
    /// its entry or item is removed; for the root, the result is `nil`.
    ///
    /// Placeholders in a value are not replaced.
    ///
    /// - Throws: what `fill` throws, and ``YAMLError`` where a value does not fit its place.
    public func filled(_ fill: (YAMLPlaceholder) throws(YAMLError) -> YAMLValue?) throws(YAMLError) -> YAMLValue? {
        switch target.content {
        case .alias:
            return nil
        case .sequence(let items, _):
            var result: [YAMLValue] = []
            for item in items {
                if let value = try item.filled(fill) { result.append(value) }
            }
            return .sequence(result)
        case .mapping(let entries, _):
            var result = YAMLMapping()
            for entry in mergedEntries ?? entries {
                guard let value = try entry.value.filled(fill) else { continue }
                let key = try entry.key.filledKey(fill)
                guard result[key] == nil else {
                    throw YAMLError(at: entry.key.start, "the key '\(key)' comes twice once placeholders are resolved")
                }
                result.append(key, value)
            }
            return .mapping(result)
        case .scalar(let scalar):
            guard TemplateText.mayHoldPlaceholder(scalar.text) else { return resolved(.core) }
            let template = TemplateText(scalar.text)
            guard let name = template.wholePlaceholder else {
                let isUnchanged = template.parts == [.literal(scalar.text)]
                return isUnchanged ? resolved(.core) : .string(try filledText(template, fill))
            }
            let placeholder = YAMLPlaceholder(name: name, position: start, isText: scalar.style != .plain)
            guard let value = try fill(placeholder) else { return nil }
            return placeholder.isText ? .string(try text(of: value, for: placeholder)) : value
        }
    }

    /// Every placeholder in this tree, in the order of the text.
    public var placeholders: [YAMLPlaceholder] {
        switch content {
        case .alias:
            return []
        case .sequence(let items, _):
            return items.flatMap(\.placeholders)
        case .mapping(let entries, _):
            return entries.flatMap { entry in
                entry.key.placeholders(of: entry.name, isText: true) + entry.value.placeholders
            }
        case .scalar(let scalar):
            return placeholders(of: scalar.text, isText: scalar.style != .plain)
        }
    }

    private func placeholders(of text: String, isText: Bool) -> [YAMLPlaceholder] {
        let template = TemplateText(text)
        return template.parts.compactMap { part in
            guard case .placeholder(let name) = part else { return nil }
            return YAMLPlaceholder(name: name, position: start, isText: isText || template.wholePlaceholder == nil)
        }
    }

    /// The text of a key, with its placeholders replaced.
    private func filledKey(
        _ fill: (YAMLPlaceholder) throws(YAMLError) -> YAMLValue?
    ) throws(YAMLError) -> String {
        let name = scalar?.text ?? ""
        return TemplateText.mayHoldPlaceholder(name) ? try filledText(TemplateText(name), fill) : name
    }

    private func filledText(
        _ template: TemplateText, _ fill: (YAMLPlaceholder) throws(YAMLError) -> YAMLValue?
    ) throws(YAMLError) -> String {
        var result = ""
        for part in template.parts {
            switch part {
            case .literal(let literal):
                result += literal
            case .placeholder(let name):
                let placeholder = YAMLPlaceholder(name: name, position: start, isText: true)
                result += try text(of: try fill(placeholder), for: placeholder)
            }
        }
        return result
    }

    private func text(of value: YAMLValue?, for placeholder: YAMLPlaceholder) throws(YAMLError) -> String {
        switch value {
        case .string(let text): return text
        case .int(let number): return String(number)
        case .bool(let flag): return flag ? "true" : "false"
        default:
            throw YAMLError(
                at: start,
                "the placeholder <\(placeholder.name)> stands inside text, but its value is \(value?.kind ?? "absent")",
                expected: "text, a number or a boolean, or the placeholder alone and without quotes")
        }
    }
}
