import YAMLTree

/// libFuzzer calls this with one input after the other. Whatever the bytes are, reading, writing and editing them must
/// end in a result or an error; what is written must be read as the same again.
///
/// - Returns: 0; libFuzzer reserves all else.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = UnsafeBufferPointer(start: start, count: count)
    // The last bytes choose the edit, so that a whole YAML file is a good first input.
    var choices = Choices(bytes: Array(input.suffix(8)))
    let file: YAMLFile
    do { file = try YAMLFile(parsing: Array(input), name: "input.yaml") } catch {
        check(error)
        return 0
    }
    for (index, document) in file.documents.enumerated() {
        read(document.root)
        edit(file, index, &choices)
    }
    return 0
}

/// Numbers that the input decides; zeros once it is used up.
struct Choices {
    var bytes: [UInt8]

    /// - Parameter limit: at least 1.
    mutating func number(below limit: Int) -> Int { Int(bytes.popLast() ?? 0) % limit }
}

/// Everything that is asked of a tree.
private func read(_ root: YAMLNode) {
    _ = root.isAmbiguous
    _ = root.placeholders
    do { _ = try root.filled { _ in .string("filled") } } catch { check(error) }
    if let layered = YAMLNode.layered([root, root]) { _ = try? layered.value() }
    for schema in [YAMLSchema.core, .yaml11] {
        do { writtenAndReadAgain(try root.value(schema)) } catch { check(error) }
    }
}

/// A value is the same after a round trip. Texts are compared, since a NaN is not equal to itself.
private func writtenAndReadAgain(_ value: YAMLValue) {
    let text = value.yaml()
    for written in [text, value.flowYAML() + "\n"] {
        do throws(YAMLError) {
            let again = try YAMLFile(parsing: written, name: "written.yaml").onlyDocument.root.value().yaml()
            guard again == text else { stop("another value was written:\n\(written)\n--- is read as:\n\(again)") }
        } catch {
            stop("what was written cannot be read: \(error)\n\(written)")
        }
    }
}

private func edit(_ file: YAMLFile, _ document: Int, _ choices: inout Choices) {
    let values: [YAMLValue] = ["new", "two\nlines\n", 7, true, nil, ["a": ["b", "c"]], [], [:], "{{ x }}", " # no comment"]
    let path = somePath(in: file.documents[document].root, &choices)
    let value = values[choices.number(below: values.count)]
    let edit: YAMLEdit =
        switch choices.number(below: 5) {
        case 0: .set(path, value)
        case 1: .set(path.appending("added"), value)
        case 2: .append(to: path, value)
        case 3: .insert(value, after: path)
        default: .remove(path)
        }
    let edited: YAMLFile
    do { edited = try file.applying([edit], toDocument: document) } catch {
        check(error)
        return
    }
    let again: YAMLFile
    do { again = try YAMLFile(parsing: edited.bytes, name: "edited.yaml") } catch {
        stop("what was edited cannot be read: \(error)\n\(edit)\n\(edited.text)")
    }
    guard again.documents.count == file.documents.count else { stop("a document came or went:\n\(edited.text)") }
    if case .set(let path, let wanted) = edit {
        let node = again.documents[document].root[at: path]
        guard let found = try? node?.value(), found == wanted else { stop("\(edit) did not set it:\n\(edited.text)") }
    }
}

/// A place in the tree: down a few steps, wherever the input leads.
private func somePath(in root: YAMLNode, _ choices: inout Choices) -> YAMLPath {
    var path: YAMLPath = []
    var node = root
    for _ in 0..<choices.number(below: 6) {
        if let entries = node.entries, !entries.isEmpty {
            let entry = entries[choices.number(below: entries.count)]
            guard entry.key.scalar != nil else { return path }
            path = path.appending(.key(entry.name))
            node = entry.value
        } else if let items = node.items, !items.isEmpty {
            let index = choices.number(below: items.count)
            path = path.appending(.index(index))
            node = items[index]
        } else {
            return path
        }
    }
    return path
}

/// An error names a place within the file, and says something.
private func check(_ error: any Error) {
    guard let error = error as? YAMLError else { stop("an error of another kind: \(error)") }
    guard !error.problem.isEmpty, error.position.line >= 1, error.position.column >= 1 else { stop("a bad error: \(error)") }
}

/// libFuzzer keeps the input that led here.
private func stop(_ reason: String) -> Never { fatalError(reason) }
