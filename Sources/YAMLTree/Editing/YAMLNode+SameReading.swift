extension YAMLNode {
    /// Whether a reader that follows aliases and merge keys finds the same in both nodes, whatever their form. The
    /// order of a mapping's keys does not matter.
    func isSameReading(as other: YAMLNode) -> Bool {
        let (mine, theirs) = (target, other.target)
        if mine === theirs { return true }
        switch (mine.content, theirs.content) {
        case (.scalar(let one), .scalar(let two)):
            guard one.text.isSameText(as: two.text) || mine.isNull && theirs.isNull else { return false }
            return mine.hasSameMeaning(as: theirs)
        case (.sequence(let one, _), .sequence(let two, _)):
            return mine.tag == theirs.tag && one.count == two.count
                && zip(one, two).allSatisfy { $0.isSameReading(as: $1) }
        case (.mapping, .mapping):
            let one = mine.mergedEntries ?? []
            let two = theirs.mergedEntries ?? []
            guard mine.tag == theirs.tag, one.count == two.count else { return false }
            // The order is mostly the same, so that is tried first.
            var places: [ExactText: Int]?
            for (index, entry) in one.enumerated() {
                if two[index].name.isSameText(as: entry.name) {
                    guard entry.value.isSameReading(as: two[index].value) else { return false }
                    continue
                }
                let known =
                    places ?? Dictionary(two.enumerated().map { (ExactText($0.element.name), $0.offset) }) { $1 }
                places = known
                guard let place = known[ExactText(entry.name)], entry.value.isSameReading(as: two[place].value) else {
                    return false
                }
            }
            return true
        default: return false
        }
    }

    private func hasSameMeaning(as other: YAMLNode) -> Bool {
        if tag != nil || other.tag != nil, tag != other.tag { return false }
        return [YAMLSchema.core, .yaml11].allSatisfy { schema in
            switch (resolved(schema), other.resolved(schema)) {
            case (.float(let one)?, .float(let two)?): one.bitPattern == two.bitPattern
            case (let one, let two): one == two
            }
        }
    }
}
