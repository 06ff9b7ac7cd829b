import YAMLTree

extension YAMLEdit {
    /// What takes the paths away, and with them each collection that would hold nothing any more: where the cut-over had
    /// to begin a list, none is left.
    ///
    /// - Parameters:
    ///   - paths: entries and items that are there, of one list the later ones first.
    ///   - depth: how many of a path's components lead to what stays even if it is empty.
    ///   - changed: paths at which something else is put.
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

    /// A collection of which all goes.
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
