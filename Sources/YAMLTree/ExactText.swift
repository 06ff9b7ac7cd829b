/// Text that equals only the same bytes, as in YAML. Swift's strings also equal canonical equivalents.
struct ExactText: Hashable {
    let text: String

    init(_ text: String) { self.text = text }

    static func == (left: ExactText, right: ExactText) -> Bool { left.text.isSameText(as: right.text) }

    func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
        hasher.combine(0xFF as UInt8)
    }
}

/// A set of texts.
struct DistinctTexts {
    /// Up to this many are compared one by one, which is faster than hashing them.
    private static let fewEnough = 16

    private var few: [String] = []
    private var all: Set<ExactText> = []

    /// - Returns: whether the text is new.
    mutating func insert(_ text: String) -> Bool {
        guard few.count == Self.fewEnough else {
            if few.contains(where: { $0.isSameText(as: text) }) { return false }
            few.append(text)
            return true
        }
        if all.isEmpty { all.formUnion(few.map(ExactText.init)) }
        return all.insert(ExactText(text)).inserted
    }
}

extension String {
    func isSameText(as other: String) -> Bool {
        // `==` is fast, but also true for canonical equivalents. ASCII texts have none.
        utf8.count == other.utf8.count && self == other
            && (utf8.allSatisfy { $0 < 0x80 } || utf8.elementsEqual(other.utf8))
    }
}
