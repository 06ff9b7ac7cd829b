import YAMLTree

/// libFuzzer calls this with one input after the other. Whatever the bytes are, reading, writing and editing them must
/// end in a result or an error; what is written must be read as the same again.
///
/// - Returns: 0; libFuzzer reserves all else.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = UnsafeBufferPointer(start: start, count: count)
    // The last bytes choose the edits, so that a whole YAML file is a good first input.
    var choices = Choices(bytes: Array(input.suffix(16)))
    let file: YAMLFile
    do { file = try YAMLFile(parsing: Array(input), name: "input.yaml") } catch {
        check(error)
        return 0
    }
    for (index, document) in file.documents.enumerated() {
        read(document.root)
        var places: [YAMLPath] = []
        collect(below: document.root, [], into: &places)
        // More would make each input slow, and fewer inputs find less.
        for _ in 0..<2 { edit(file, index, at: places[choices.number(below: places.count)], &choices) }
    }
    return 0
}

/// Numbers that the input decides, over and over.
struct Choices {
    let bytes: [UInt8]
    private var index = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// - Parameter limit: at least 1.
    mutating func number(below limit: Int) -> Int {
        guard !bytes.isEmpty else { return 0 }
        index += 1
        // The round counts too, or a short input would make the same edit everywhere.
        return (Int(bytes[index % bytes.count]) + index / bytes.count) % limit
    }
}

/// Everything that is asked of a tree.
private func read(_ root: YAMLNode) {
    _ = root.isAmbiguous
    _ = root.placeholders
    do { _ = try root.filled { _ in .string("filled") } } catch { check(error) }
    if let layered = YAMLNode.layered([root, root]) { _ = layered.value() }
    for schema in [YAMLSchema.core, .yaml11] {
        writtenAndReadAgain(root.value(schema))
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

/// One edit, of the file as it was, at a place of one of its documents.
private func edit(_ file: YAMLFile, _ document: Int, at path: YAMLPath, _ choices: inout Choices) {
    let values: [YAMLValue] = [
        "new", "two\nlines\n", 7, true, nil, ["a": ["b", "c"]], [], [:], "{{ x }}", " # no comment",
    ]
    let value = values[choices.number(below: values.count)]
    let edits: [YAMLEdit] = [
        .set(path, value), .set(path.appending("added"), value), .append(to: path, value), .insert(value, after: path),
        .remove(path),
    ]
    apply(edits[choices.number(below: edits.count)], to: file, document)
}

private func apply(_ edit: YAMLEdit, to file: YAMLFile, _ document: Int) {
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
        guard let found = node?.value(), found == wanted else { stop("\(edit) did not set it:\n\(edited.text)") }
    }
}

/// Places in the tree, the root first; not more than a byte can choose from, nor deeper than a person writes.
private func collect(below node: YAMLNode, _ path: YAMLPath, into places: inout [YAMLPath]) {
    guard places.count < 64, path.components.count < 12 else { return }
    places.append(path)
    if let entries = node.entries {
        for entry in entries where entry.key.scalar != nil {
            collect(below: entry.value, path.appending(.key(entry.name)), into: &places)
        }
    } else if let items = node.items {
        for (index, item) in items.enumerated() { collect(below: item, path.appending(.index(index)), into: &places) }
    }
}

/// An error names a place within the file, and says something.
private func check(_ error: any Error) {
    guard let error = error as? YAMLError else { stop("an error of another kind: \(error)") }
    guard !error.problem.isEmpty, error.position.line >= 1, error.position.column >= 1 else {
        stop("a bad error: \(error)")
    }
}

/// libFuzzer keeps the input that led here.
private func stop(_ reason: String) -> Never { fatalError(reason) }
