/// Text that equals only the same sequence of bytes, as YAML has it; Swift's strings also equal canonical equivalents.
struct ExactText: Hashable {
    let text: String

    init(_ text: String) { self.text = text }

    static func == (left: ExactText, right: ExactText) -> Bool { left.text.isSameText(as: right.text) }

    func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
        hasher.combine(0xFF as UInt8)
    }
}

extension String {
    func isSameText(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
