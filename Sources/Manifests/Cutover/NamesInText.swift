import FoundationEssentials
import MigrationSpec
import YAMLTree

extension YAMLNode {
    /// Every scalar from here on, and the way to it.
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
    /// A text of the object as what reads it gets it: what Kubernetes keeps as base64, decoded.
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
    /// As ``holdsWord(_:)``, of a host, whose name is the same in capitals.
    func holdsHost(_ name: String) -> Bool { lowercased().holdsWord(name.lowercased()) }

    /// Whether it holds the name, and not only one that begins or ends with it.
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
