/// A list of names in one environment variable: comma-separated, a backslash takes the next character literally.
///
///     NameList.encode(["a,b", "c"])  // "a\,b,c"
public enum NameList {
    public static func encode(_ names: [String]) -> String {
        names.map { name in
            var escaped = ""
            for character in name {
                if character == "," || character == "\\" { escaped.append("\\") }
                escaped.append(character)
            }
            return escaped
        }.joined(separator: ",")
    }

    /// Blanks around a name are dropped, as are empty names.
    public static func decode(_ text: String) -> [String] {
        var names: [String] = []
        var current = ""
        var isEscaped = false
        func finish() {
            let trimmed = current.drop(while: \.isWhitespace)
            let end = trimmed.lastIndex { !$0.isWhitespace }
            if let end { names.append(String(trimmed[...end])) }
            current = ""
        }
        for character in text {
            if isEscaped {
                current.append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "," {
                finish()
            } else {
                current.append(character)
            }
        }
        finish()
        return names
    }
}
