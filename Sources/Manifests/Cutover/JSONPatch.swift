import YAMLTree

/// A JSON Patch (RFC 6902) that carries out edits of an object, and refuses an object that has changed since.
///
/// All `test` operations come first. A value that is replaced or removed is tested itself; a list that gains an item is
/// tested whole, and so is a mapping that gains a key, because nothing else in RFC 6902 can say that the key is not
/// there. Of an item that a path goes through, the `name` is tested.
struct JSONPatch {
    private(set) var operations: [YAMLValue] = []
    private let root: YAMLNode

    /// - Throws: ``YAMLError`` where nothing is there to be tested.
    init(_ edits: [YAMLEdit], of root: YAMLNode) throws(YAMLError) {
        self.root = root
        var guards: [YAMLPath] = []
        for edit in edits { guards += try self.guards(of: edit) }
        var seen: Set<YAMLPath> = []
        for path in guards where !guards.contains(where: { $0.isAbove(path) }) && seen.insert(path).inserted {
            operations.append(["op": "test", "path": .string(path.jsonPointer), "value": value(at: path)])
        }
        var value = root.value()
        for edit in edits {
            let operation = Self.operation(for: edit, in: value)
            operations.append(operation)
            value = value.applying(operation, at: edit)
        }
    }

    private func value(at path: YAMLPath) -> YAMLValue { root[at: path]?.value() ?? .null }

    private func guards(of edit: YAMLEdit) throws(YAMLError) -> [YAMLPath] {
        let path = edit.path
        let depth = root.depth(of: path)
        let existing = YAMLPath(Array(path.components.prefix(depth)))
        guard depth > 0 else {
            throw YAMLError(
                at: root.start, "the object has no \(YAMLPath(Array(path.components.prefix(1))))",
                expected: "at least {} there, since a patch can only test what is there")
        }
        var guards: [YAMLPath] = []
        for (index, component) in existing.components.enumerated() {
            guard case .index = component else { continue }
            let name = YAMLPath(Array(existing.components.prefix(index + 1))).appending("name")
            if root[at: name]?.string != nil { guards.append(name) }
        }
        return guards + [existing]
    }

    private static func operation(for edit: YAMLEdit, in value: YAMLValue) -> YAMLValue {
        switch edit {
        case .set(let path, let new): setting(path, new, in: value)
        case .append(let path, let item):
            value[at: path]?.items == nil
                ? setting(path, [item], in: value)
                : ["op": "add", "path": .string(path.jsonPointer + "/-"), "value": item]
        case .insert(let item, let path): ["op": "add", "path": .string(path.next.jsonPointer), "value": item]
        case .remove(let path): ["op": "remove", "path": .string(path.jsonPointer)]
        }
    }

    private static func setting(_ path: YAMLPath, _ new: YAMLValue, in value: YAMLValue) -> YAMLValue {
        let depth = value.depth(of: path)
        // A null is replaced by the collection that is to be there.
        let isNull = depth < path.components.count && value[at: YAMLPath(Array(path.components.prefix(depth)))] == .null
        let place = isNull || depth == path.components.count ? depth : depth + 1
        let nested = path.components[place...].reversed().reduce(new) { inner, component in
            if case .key(let key) = component { .mapping([key: inner]) } else { inner }
        }
        return [
            "op": place > depth ? "add" : "replace",
            "path": .string(YAMLPath(Array(path.components.prefix(place))).jsonPointer), "value": nested,
        ]
    }
}

extension YAMLPath {
    /// The path as a JSON Pointer (RFC 6901).
    var jsonPointer: String {
        components.map { component in
            switch component {
            case .key(let key): "/" + key.replacingBytes(of: "~", with: "~0").replacingBytes(of: "/", with: "~1")
            case .index(let index): "/\(index)"
            }
        }.joined()
    }

    fileprivate func isAbove(_ other: YAMLPath) -> Bool {
        components.count < other.components.count && other.components.starts(with: components)
    }

    /// The path of the item after this one.
    fileprivate var next: YAMLPath {
        guard case .index(let index)? = components.last else { return self }
        return YAMLPath(Array(components.dropLast())).appending(.index(index + 1))
    }
}

extension YAMLNode {
    /// How many of the path's components lead to something.
    fileprivate func depth(of path: YAMLPath) -> Int {
        path.components.indices.last { self[at: YAMLPath(Array(path.components[...$0]))] != nil }.map { $0 + 1 } ?? 0
    }
}

extension YAMLValue {
    fileprivate func depth(of path: YAMLPath) -> Int {
        path.components.indices.last { self[at: YAMLPath(Array(path.components[...$0]))] != nil }.map { $0 + 1 } ?? 0
    }

    /// The value after the edit, as far as later operations need it: with the mappings and lists that are there then.
    fileprivate func applying(_ operation: YAMLValue, at edit: YAMLEdit) -> YAMLValue {
        switch edit {
        case .set(let path, let new): setting(path.components[...], new)
        case .append(let path, let item):
            setting(path.components[...], .sequence((self[at: path]?.items ?? []) + [item]))
        case .insert, .remove: self
        }
    }

    private func setting(_ path: ArraySlice<YAMLPath.Component>, _ new: YAMLValue) -> YAMLValue {
        switch path.first {
        case nil: return new
        case .key(let key)?:
            var copy = self
            copy[key] = (self[key] ?? .null).setting(path.dropFirst(), new)
            return copy
        case .index(let index)?:
            guard case .sequence(var items) = self, items.indices.contains(index) else { return self }
            items[index] = items[index].setting(path.dropFirst(), new)
            return .sequence(items)
        }
    }
}
