import TestSupport
import YAMLTree

/// Edits anywhere in a tree.
struct RandomEdit {
    var random: SeededGenerator

    func edit(of root: YAMLNode) -> YAMLEdit {
        var copy = self
        return copy.makeEdit(of: root)
    }

    private mutating func makeEdit(of root: YAMLNode) -> YAMLEdit {
        var values = RandomValue(random: SeededGenerator(seed: random.next()))
        let value = values.value(depth: 2)
        let path = randomPath(from: root)
        let node = root[at: path]
        switch random.number(0...4) {
        case 0: return .set(path, value)
        case 1:
            let keys: [YAMLPath.Component] = random.chance(50) ? ["new"] : ["new", "deep"]
            return node?.items == nil && (node?.entries != nil || node?.isNull == true)
                ? .set(path + YAMLPath(keys), value) : .set(path, value)
        case 2: return node?.items != nil || node?.isNull == true ? .append(to: path, value) : .set(path, value)
        case 3:
            if case .index? = path.components.last { return .insert(value, after: path) }
            return path.components.isEmpty ? .set(path, value) : .remove(path)
        default: return path.components.isEmpty ? .set(path, value) : .remove(path)
        }
    }

    private mutating func randomPath(from root: YAMLNode) -> YAMLPath {
        var path: YAMLPath = []
        var node = root
        while random.chance(80) {
            switch node.content {
            case .mapping(let entries, _) where !entries.isEmpty:
                let entry = random.pick(entries)
                path = path.appending(.key(entry.name))
                node = entry.value
            case .sequence(let items, _) where !items.isEmpty:
                let index = random.number(0...items.count - 1)
                path = path.appending(.index(index))
                node = items[index]
            default: return path
            }
        }
        return path
    }
}

extension YAMLEdit {
    var summary: String {
        switch self {
        case .set(let path, let value): "set \(path) to \(value.flowYAML())"
        case .append(let path, let value): "append to \(path): \(value.flowYAML())"
        case .insert(let value, let path): "insert after \(path): \(value.flowYAML())"
        case .remove(let path): "remove \(path)"
        }
    }

    /// The nodes that the path leads through, as far as they exist.
    private func nodes(in root: YAMLNode) -> [YAMLNode] {
        var nodes = [root]
        for component in path.components {
            let next: YAMLNode? =
                switch component {
                case .key(let key): nodes[nodes.count - 1][key]
                case .index(let index): nodes[nodes.count - 1][index]
                }
            guard let next else { break }
            nodes.append(next)
        }
        return nodes
    }

    /// Whether the edit is one of those that must be refused, or may be.
    func mayBeRefused(in root: YAMLNode) -> Bool {
        if case .remove = self, nodes(in: root).dropLast().last?.hasBlockScalarBefore(path.components.last) == true {
            // A comment further right than the block scalar's text would become its last line.
            return true
        }
        let nodes = nodes(in: root)
        // What a merge key brings in cannot be taken away, and of a merge key's own value only a mapping will do.
        if path.components.contains(.key("<<")) { return true }
        if case .remove = self, case .key(let key)? = path.components.last, let parent = nodes.dropLast().last,
            parent.entries?.contains(where: { $0.name == key }) != true
        {
            return true
        }
        return nodes.contains { node in
            // `[key: value]` has no braces to put anything between.
            node.items?.contains { $0.entries?.count == 1 && $0.start.offset == $0.entries?[0].key.start.offset }
                == true
        }
    }

    /// Whether something goes, with the comments about it, or comes where a comment is all there is: a collection is set by
    /// removing what is not in it any more.
    func concernsComments(in root: YAMLNode) -> Bool {
        switch self {
        case .remove, .set: true
        case .append(let path, _): root[at: path]?.isNull ?? false
        case .insert: false
        }
    }

    var isIdempotent: Bool { if case .set = self { true } else { false } }

    /// The lines of the old text, counted from 0, that the edit may change or drop.
    func touchedLines(in root: YAMLNode) -> Range<Int> {
        let nodes = nodes(in: root)
        let isThere = nodes.count == path.components.count + 1
        let node = nodes[nodes.count - 1]
        let parent = nodes.count > 1 ? nodes[nodes.count - 2] : nil
        func lines(_ node: YAMLNode) -> Range<Int> { (node.start.line - 1)..<node.lastLine }
        switch self {
        case .set where isThere:
            return from(parent, to: node, path)
        case .remove:
            guard let parent else { return lines(node) }
            let isOnly = parent.entries?.count == 1 || parent.items?.count == 1
            let grandparent = nodes.count > 2 ? nodes[nodes.count - 3] : nil
            if isOnly { return from(grandparent, to: parent, YAMLPath(path.components.dropLast())) }
            let own = from(parent, to: node, path)
            if !isFlow(parent), parent.start.line == (parent.entries?.first?.key ?? parent).start.line,
                own.lowerBound == parent.start.line - 1
            {
                // The next one may inherit the line, and the dash that is there.
                return own.lowerBound..<own.upperBound + 1
            }
            // A comma before it may go along.
            guard case .index(let index)? = path.components.last, index > 0, let before = parent[index - 1] else {
                let before = parent.entries?.last {
                    $0.value.end.offset <= node.start.offset && $0.value.start.offset < node.start.offset
                }
                return min(
                    own.lowerBound, isFlow(parent) ? (before?.value.lastLine ?? own.lowerBound + 1) - 1 : own.lowerBound
                )..<own.upperBound
            }
            return isFlow(parent) ? (before.lastLine - 1)..<own.upperBound : own
        case .insert:
            guard let parent else { return lines(node) }
            return isFlow(parent) ? (node.lastLine - 1)..<parent.lastLine : linesChanged(byAddingAfter: node)
        case .set, .append:
            let isBlock = node.entries?.isEmpty == false || node.items?.isEmpty == false
            if isBlock, !isFlow(node) { return linesChanged(byAddingAfter: node) }
            let last = node.items?.last ?? node.entries?.last?.value
            return last.map { ($0.lastLine - 1)..<node.lastLine } ?? from(parent, to: node, path)
        }
    }

    /// None, but a block scalar that ends the text without a line break must be told not to take the new one in.
    private func linesChanged(byAddingAfter node: YAMLNode) -> Range<Int> {
        let leaf = node.lastLeaf
        let isOpen = leaf.isBlockScalar && leaf.end.column > 1
        return isOpen ? (leaf.start.line - 1)..<leaf.end.line : node.lastLine..<node.lastLine
    }

    /// From where the node's key or dash stands to the node's end.
    private func from(_ parent: YAMLNode?, to node: YAMLNode, _ path: YAMLPath) -> Range<Int> {
        guard let parent else { return (node.start.line - 1)..<node.lastLine }
        switch path.components.last {
        case .key(let key)?:
            let entry = parent.entries?.first { $0.name == key }
            return ((entry?.key.start.line ?? 1) - 1)..<node.lastLine
        case .index(let index)? where index > 0:
            // Somewhere after the item before, a dash stands.
            return min(parent[index - 1]?.lastLine ?? 0, node.start.line - 1)..<node.lastLine
        default:
            return (parent.start.line - 1)..<node.lastLine
        }
    }

    private func isFlow(_ node: YAMLNode) -> Bool {
        switch node.content {
        case .mapping(_, let style), .sequence(_, let style): style == .flow
        default: false
        }
    }
}

extension YAMLNode {
    /// The last line, counted from 1, that has text of the node.
    var lastLine: Int {
        switch content {
        case .scalar where isBlockScalar: max(start.line, end.column == 1 ? end.line - 1 : end.line)
        case .sequence(let items, .block): items.last?.lastLine ?? end.line
        case .mapping(let entries, .block): entries.last?.value.lastLine ?? end.line
        default: end.line
        }
    }

    var isBlockScalar: Bool {
        if case .scalar(let scalar) = content { scalar.style == .literal || scalar.style == .folded } else { false }
    }

    fileprivate func hasBlockScalarBefore(_ component: YAMLPath.Component?) -> Bool {
        switch component {
        case .index(let index)?: self[index - 1]?.lastLeaf.isBlockScalar == true
        case .key(let key)?:
            entries.map { zip($0, $0.dropFirst()).contains { $1.name == key && $0.value.lastLeaf.isBlockScalar } }
                ?? false
        case nil: false
        }
    }

    var lastLeaf: YAMLNode {
        switch content {
        case .sequence(let items, .block): items.last?.lastLeaf ?? self
        case .mapping(let entries, .block): entries.last?.value.lastLeaf ?? self
        default: self
        }
    }

    var holdsAnchor: Bool {
        if anchor != nil { return true }
        return switch content {
        case .sequence(let items, _): items.contains(where: \.holdsAnchor)
        case .mapping(let entries, _): entries.contains { $0.key.holdsAnchor || $0.value.holdsAnchor }
        default: false
        }
    }
}

extension YAMLValue {
    /// The same with the keys of all mappings in order: what a merge key brings in may become a mapping's own.
    var sorted: YAMLValue {
        switch self {
        case .sequence(let items): .sequence(items.map(\.sorted))
        case .mapping(let mapping):
            .mapping(YAMLMapping(mapping.map { ($0.key, $0.value.sorted) }.sorted { $0.0 < $1.0 }))
        default: self
        }
    }

    /// The edit on plain values, written as plainly as can be.
    func applying(_ edit: YAMLEdit) -> YAMLValue {
        switch edit {
        case .set(let path, let value):
            return changing(path.components[...]) { _ in value } ?? self
        case .append(let path, let item):
            return changing(path.components[...]) { .sequence(($0?.items ?? []) + [item]) } ?? self
        case .insert(let item, let path):
            guard case .index(let index)? = path.components.last else { return self }
            return changing(path.components.dropLast()) { old in
                var items = old?.items ?? []
                items.insert(item, at: index + 1)
                return .sequence(items)
            } ?? self
        case .remove(let path):
            return changing(path.components[...]) { _ in nil } ?? self
        }
    }

    private func changing(_ path: ArraySlice<YAMLPath.Component>, _ change: (YAMLValue?) -> YAMLValue?) -> YAMLValue? {
        guard let first = path.first else { return change(self) }
        switch first {
        case .key(let key):
            var mapping = self.mapping ?? [:]
            mapping[key] =
                mapping[key] == nil && path.count == 1
                ? change(nil) : (mapping[key] ?? .mapping([:])).changing(path.dropFirst(), change)
            return .mapping(mapping)
        case .index(let index):
            var items = self.items ?? []
            let new = items[index].changing(path.dropFirst(), change)
            items.replaceSubrange(index...index, with: new.map { [$0] } ?? [])
            return .sequence(items)
        }
    }
}
