/// A mapping that keeps the order in which its keys were added.
///
/// Manifests have few keys per mapping, so a look-up is a linear search.
public struct YAMLMapping: Sendable, Hashable, ExpressibleByDictionaryLiteral, RandomAccessCollection {
    public struct Entry: Sendable, Hashable {
        public var key: String
        public var value: YAMLValue
    }

    public private(set) var entries: [Entry] = []

    public init() {}

    /// If a key is given twice, the last value counts, in the first one's place.
    public init(_ pairs: some Sequence<(String, YAMLValue)>) {
        for (key, value) in pairs { self[key] = value }
    }

    public init(dictionaryLiteral elements: (String, YAMLValue)...) { self.init(elements) }

    /// Setting an existing key does not move it. Setting `nil` removes the entry (`.null` is a value).
    public subscript(key: String) -> YAMLValue? {
        get { entries.first { $0.key.isSameText(as: key) }?.value }
        set {
            let index = entries.firstIndex { $0.key.isSameText(as: key) }
            switch (index, newValue) {
            case (let index?, let value?): entries[index].value = value
            case (let index?, nil): entries.remove(at: index)
            case (nil, let value?): entries.append(Entry(key: key, value: value))
            case (nil, nil): break
            }
        }
    }

    public var startIndex: Int { entries.startIndex }
    public var endIndex: Int { entries.endIndex }
    public subscript(position: Int) -> Entry { entries[position] }

    /// The mapping with each value replaced. An entry whose new value is `nil` is removed.
    public func compactMapValues(_ transform: (YAMLValue) -> YAMLValue?) -> YAMLMapping {
        var result = YAMLMapping()
        result.entries.reserveCapacity(entries.count)
        for entry in entries {
            if let value = transform(entry.value) { result.append(entry.key, value) }
        }
        return result
    }

    /// Adds an entry whose key is known to be new, without looking it up.
    mutating func append(_ key: String, _ value: YAMLValue) { entries.append(Entry(key: key, value: value)) }
}
