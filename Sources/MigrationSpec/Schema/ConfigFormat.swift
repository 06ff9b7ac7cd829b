public import YAMLTree

/// The format of `rehome.yaml`, from the keys' declarations.
public enum ConfigFormat {
    /// A key and its path from the root.
    public struct Key: Sendable {
        /// `spec.target.external.host`
        public var path: String
        public var declaration: any FieldDeclaration
    }

    /// Every key, each section before the keys in it.
    public static var keys: [Key] { keys(of: RootSection.shape, below: "") }

    /// The same, with the keys of lists' items. These can be explained, but not set by a path.
    public static var keysWithItems: [Key] { keys(of: RootSection.shape, below: "", withItems: true) }

    private static func keys(of shape: Shape, below prefix: String, withItems: Bool = false) -> [Key] {
        let fields: [any FieldDeclaration]
        switch shape {
        case .section(let own, _): fields = own
        case .list(let item) where withItems: return keys(of: item, below: prefix, withItems: true)
        default: return []
        }
        return fields.flatMap { field -> [Key] in
            let path = prefix + field.name
            return [Key(path: path, declaration: field)]
                + keys(of: field.shape, below: path + ".", withItems: withItems)
        }
    }

    /// The key that a person means. Keys of lists' items count only if no other key fits.
    public static func keyToExplain(_ text: String) -> Key? { key(text) ?? key(text, among: keysWithItems) }

    /// The key that a person means: by its whole path, or by the end of it if only one key ends so.
    public static func key(_ text: String) -> Key? { key(text, among: keys) }

    private static func key(_ text: String, among keys: [Key]) -> Key? {
        if let exact = keys.first(where: { $0.path == text }) { return exact }
        let matches = keys.filter { $0.path.hasSuffix("." + text) }
        return matches.count == 1 ? matches.first : nil
    }

    /// The keys whose paths end so, or the nearest one.
    public static func suggestions(for text: String) -> [String] {
        let matches = keys.map(\.path).filter { $0.hasSuffix("." + text) }
        if !matches.isEmpty { return matches }
        let nearest = NearestWord.to(text, among: keys.map(\.path)) ?? nearestByEnd(text) ?? nearestByName(text)
        return nearest.map { [$0] } ?? []
    }

    /// Finds the nearest key by comparing only the ends of paths, with as many parts as the text has.
    private static func nearestByEnd(_ text: String) -> String? {
        let count = text.split(separator: ".").count
        let ends = keys.map { $0.path.split(separator: ".").suffix(count).joined(separator: ".") }
        guard let nearest = NearestWord.to(text, among: ends) else { return nil }
        return zip(keys, ends).first { $0.1 == nearest }?.0.path
    }

    private static func nearestByName(_ text: String) -> String? {
        let last = text.split(separator: ".").last.map(String.init) ?? text
        let name = NearestWord.to(last, among: keys.map(\.declaration.name))
        return keys.first { $0.declaration.name == name }?.path
    }

    /// The section of the first key that a message names by its whole path. A key that is a section is its own section.
    static func section(namedIn message: String) -> String? {
        let words = message.split { !($0 == "." || ($0.isASCII && ($0.isLetter || $0.isNumber))) }
        let keys = Dictionary(keys.map { ($0.path, $0.declaration) }) { first, _ in first }
        for word in words where word.contains(".") {
            let path = String(word.hasSuffix(".") ? word.dropLast() : word)
            guard let key = keys[path] else { continue }
            if case .section = key.shape { return path }
            return path.lastIndex(of: ".").map { String(path[..<$0]) }
        }
        return nil
    }

    /// Problems in a document's form: keys, types and values. The files that it names are not read.
    public static func problems(in root: YAMLNode) -> [Problem] {
        var report = Report()
        _ = RootSection.decode(root, path: "", report: &report)
        return report.sorted
    }
}
