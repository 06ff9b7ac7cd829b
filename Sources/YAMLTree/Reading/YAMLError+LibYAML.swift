extension YAMLError {
    /// libyaml's error, with what to do about it.
    ///
    /// - Parameter begun: what libyaml was reading ("while parsing a block mapping"), and where that began.
    init(libyaml problem: String, at position: YAMLPosition, begun: (what: String, at: YAMLPosition)?) {
        let found: String
        var expected: String?
        var (position, begun) = (position, begun)
        switch problem {
        case "mapping values are not allowed in this context":
            found = "a ':' stands where no key can be"
            expected = "quotes around a value that contains ': ', or another indentation"
        case "did not find expected key":
            found = "the mapping does not go on here"
            expected = "a key, indented like the mapping's other keys"
        case "did not find expected '-' indicator":
            found = "the list does not go on here"
            expected = "'- ', indented like the list's other items"
        case "could not find expected ':'":
            found = "the key has no ':'"
            expected = "a ':' after it in the same line"
            // libyaml notices only on a later line, so the error is placed at the key.
            if let key = begun?.at { (position, begun) = (key, nil) }
        case "found character that cannot start any token":
            found = "a value cannot begin with this character"
            expected = "spaces, not tabs, for indentation, and quotes around a value that begins with @ ` or %"
        case "did not find expected ',' or ']'", "did not find expected ',' or '}'":
            found = "the brackets are not closed"
            expected = problem.hasSuffix("']'") ? "',' or ']'" : "',' or '}'"
        case "found unexpected end of stream":
            found = "the file ends in the middle of a value"
            expected = "the closing quote"
        case "block sequence entries are not allowed in this context":
            found = "a '- ' stands where no list can begin"
            expected = "it on a line of its own"
        case "did not find expected <document start>":
            found = "text stands after the document's end"
            expected = "'---' before another document"
        case "found invalid Unicode character escape code", "invalid Unicode character escape code":
            found = "this escape names no character"
            expected =
                "the character itself, or \\U with eight digits: halves of one are JSON alone, and no reader of YAML "
                + "takes them"
        default:
            found = problem
        }
        guard let begun else {
            self.init(at: position, found, expected: expected)
            return
        }
        let context = begun.what.replacing(prefix: "while ", with: "")
        self.init(
            at: position, "\(found) (\(context) that begins at \(place: begun.at))",
            expected: expected.map(YAMLErrorText.init(stringLiteral:)))
    }
}

extension String {
    fileprivate func replacing(prefix: String, with other: String) -> String {
        hasPrefix(prefix) ? other + dropFirst(prefix.count) : self
    }
}
