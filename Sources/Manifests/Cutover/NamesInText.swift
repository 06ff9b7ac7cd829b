import FoundationEssentials
import MigrationSpec
import YAMLTree

extension YAMLNode {
    /// Visits every scalar below this node, with its path from this node.
    func eachScalar(at path: YAMLPath = [], _ visit: (YAMLPath, YAMLNode) -> Void) {
        if let items {
            for (index, item) in items.enumerated() { item.eachScalar(at: path.appending(.index(index)), visit) }
        } else if let entries = mergedEntries {
            for entry in entries { entry.value.eachScalar(at: path.appending(.key(entry.name)), visit) }
        } else if scalar != nil {
            visit(path, self)
        }
    }
}

extension ManifestObject {
    /// The text as the object's reader gets it: decoded where Kubernetes keeps it as base64.
    func text(of node: YAMLNode, at path: YAMLPath) -> String? {
        guard let text = node.scalar?.text, text.utf8.count < 1 << 20 else { return nil }
        let encoded: [String: YAMLPath] = ["Secret": ["data"], "ConfigMap": ["binaryData"]]
        guard let part = encoded[kind], path.components.starts(with: part.components),
            let bytes = Data(base64Encoded: text, options: .ignoreUnknownCharacters)
        else { return text }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension String {
    /// Like ``holdsWord(_:)``, for a host, whose name is the same in capitals. Kubernetes gives pods a Service's address in
    /// variables that are named after it, too.
    func holdsHost(_ name: String) -> Bool {
        if lowercased().holdsWord(name.lowercased()) { return true }
        guard !name.contains("."), contains("_SERVICE_") || contains("_PORT") else { return false }
        let variable = name.uppercased().replacing("-", with: "_")
        return ["SERVICE_HOST", "SERVICE_PORT", "PORT", "PORT_5432_TCP", "PORT_5432_TCP_ADDR"].contains {
            holdsWord("\(variable)_\($0)")
        }
    }

    /// Whether the text has the name, and not just a longer word that contains it.
    func holdsWord(_ name: String) -> Bool {
        let (text, word) = (Array(utf8), Array(name.utf8))
        guard !word.isEmpty, text.count >= word.count else { return false }
        func isPart(_ index: Int) -> Bool {
            guard text.indices.contains(index) else { return false }
            let byte = text[index]
            return byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte)
                || (0x61...0x7A).contains(byte | 0x20)
        }
        return (0...(text.count - word.count)).contains { start in
            text[start] == word[0] && text[start..<(start + word.count)].elementsEqual(word) && !isPart(start - 1)
                && !isPart(start + word.count)
        }
    }
}
