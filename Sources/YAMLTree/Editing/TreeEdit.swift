/// An edit whose path has been resolved: which node is changed, and how.
enum TreeEdit {
    /// The site's node is replaced by the value.
    case replace(EditSite, YAMLValue)
    /// The site's mapping gains a last entry.
    case addEntry(EditSite, key: String, YAMLValue)
    /// The site's sequence gains an item after the one with the index, or as its first.
    case addItem(EditSite, after: Int?, YAMLValue)
    /// The site's node is removed, with its key.
    case remove(EditSite)

    /// - Throws: ``YAMLError`` where the path does not lead to a node that the edit can be applied to.
    init(_ edit: YAMLEdit, in root: YAMLNode) throws(YAMLError) {
        let site = try EditSite(edit.path, in: root)
        switch edit {
        case .set(_, let value):
            self = site.missing.isEmpty ? .replace(site, value) : try Self.adding(value, at: site)
        case .append(_, let item):
            guard site.missing.isEmpty else {
                try site.refuseInherited()
                self = try Self.adding(.sequence([item]), at: site)
                return
            }
            try site.refuseAlias(at: site.path)
            if case .sequence(let items, _) = site.node.content {
                self = .addItem(site, after: items.indices.last, item)
            } else if site.node.isNull {
                self = .replace(site, .sequence([item]))
            } else {
                throw YAMLError(
                    at: site.node.start, "\(site.path) is \(site.node.kind)", expected: "a list to append to")
            }
        case .insert(let item, _):
            guard let step = site.steps.last, step.collection.items != nil, site.missing.isEmpty else {
                throw YAMLError(
                    at: site.node.start, "\(site.path) is no list item", expected: "the item to insert after")
            }
            self = .addItem(site.parent, after: step.index, item)
        case .remove:
            try site.refuseInherited()
            guard site.missing.isEmpty, !site.steps.isEmpty else {
                let problem = site.steps.isEmpty && site.missing.isEmpty ? "cannot be removed" : "does not exist"
                throw YAMLError(
                    at: site.node.start, "\(site.path) \(problem)", expected: "an entry or an item to remove")
            }
            self = .remove(site)
        }
    }

    /// Adds the value under a key that does not exist, with the mappings on the path to it.
    private static func adding(_ value: YAMLValue, at site: EditSite) throws(YAMLError) -> TreeEdit {
        var value = value
        for component in site.missing.reversed().dropLast() {
            value = .mapping([try key(component, site): value])
        }
        let key = try key(site.missing.first, site)
        return site.node.isNull ? .replace(site, .mapping([key: value])) : .addEntry(site, key: key, value)
    }

    private static func key(_ component: YAMLPath.Component?, _ site: EditSite) throws(YAMLError) -> String {
        guard case .key(let key)? = component else {
            throw YAMLError(
                at: site.node.start, "\(site.path) goes through an item of a list that does not exist",
                expected: "an existing list")
        }
        return key
    }

    var site: EditSite {
        switch self {
        case .replace(let site, _), .addEntry(let site, _, _), .addItem(let site, _, _), .remove(let site): site
        }
    }

    /// What the document must parse to afterwards.
    var expected: EditedTree {
        switch self {
        case .replace(let site, let value):
            return EditedTree(.made(value, anchor: site.node.anchor), at: site)
        case .addEntry(let site, let key, let value):
            let mapping = EditedTree.children(of: site.node) { $0.append((.made(key), .made(value, anchor: nil))) }
            return EditedTree(mapping, at: site)
        case .addItem(let site, let index, let value):
            let sequence = EditedTree.children(of: site.node) { children in
                children.insert((nil, .made(value, anchor: nil)), at: index.map { $0 + 1 } ?? 0)
            }
            return EditedTree(sequence, at: site)
        case .remove(let site):
            guard let step = site.steps.last else { return .kept(site.node) }
            let collection = EditedTree.children(of: step.collection) { $0.remove(at: step.index) }
            return EditedTree(collection, at: site.parent)
        }
    }

    /// - Throws: ``YAMLError`` where the edit removes an anchor that an alias elsewhere refers to.
    func checkAnchors(in root: YAMLNode) throws(YAMLError) {
        let removed: [YAMLNode]
        switch self {
        case .addEntry, .addItem: return
        case .replace(let site, _): removed = site.node.children
        case .remove(let site):
            let key = site.steps.last.flatMap { $0.collection.entries?[$0.index].key }
            removed = [site.node] + (key.map { [$0] } ?? [])
        }
        var anchored: Set<Int> = []
        for node in removed {
            node.visit { if $0.anchor != nil { anchored.insert($0.start.offset) } }
        }
        guard !anchored.isEmpty else { return }
        var inside: Set<Int> = []
        for node in removed { node.visit { inside.insert($0.start.offset) } }
        var orphan: YAMLNode?
        root.visit { node in
            guard case .alias(_, let target) = node.content, orphan == nil else { return }
            if anchored.contains(target.start.offset), !inside.contains(node.start.offset) { orphan = node }
        }
        guard let orphan, case .alias(let name, let target) = orphan.content else { return }
        throw YAMLError(
            at: target.start,
            "\(site.path) holds the anchor &\(name), which *\(name) in \(line: orphan.start) needs",
            expected: "an edit that leaves the anchor where it is")
    }
}

extension YAMLNode {
    /// Visits this node and all below it, but not the nodes that aliases refer to.
    func visit(_ body: (YAMLNode) -> Void) {
        body(self)
        for child in children { child.visit(body) }
    }
}
