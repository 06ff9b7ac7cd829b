import YAMLTree

extension YAMLEdit {
    /// The edits that remove entries and items, and each collection that they leave empty. So a list that the cut-over had
    /// begun is removed as well.
    ///
    /// - Parameters:
    ///   - paths: existing entries and items. Of one list, the later items come first.
    ///   - depth: collections at this many components of a path stay, even if they are empty.
    ///   - changed: paths that get another value.
    static func removals(
        of paths: [YAMLPath], from root: YAMLNode, below depth: Int, beside changed: [YAMLPath] = []
    ) -> [YAMLEdit] {
        var paths = paths
        while let whole = emptied(by: paths, in: root, below: depth, beside: changed) {
            paths.removeAll { $0.components.starts(with: whole.components) }
            paths.append(whole)
        }
        return paths.map { .remove($0) }
    }

    /// A collection that loses everything in it.
    private static func emptied(
        by paths: [YAMLPath], in root: YAMLNode, below depth: Int, beside changed: [YAMLPath]
    ) -> YAMLPath? {
        let parents = Set(paths.map { YAMLPath(Array($0.components.dropLast())) })
        return parents.first { parent in
            guard parent.components.count > depth, let node = root[at: parent],
                !changed.contains(where: { $0.components.starts(with: parent.components) })
            else { return false }
            let size = node.items?.count ?? node.entries?.count ?? 0
            return paths.count { $0.components.dropLast().elementsEqual(parent.components) } == size
        }
    }
}
