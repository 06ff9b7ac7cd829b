import MigrationSpec
import YAMLTree

/// The state of an instance as its Job has reported it.
struct FleetState {
    var namespace: String
    var instance: String
    var generation: Int?
    /// The state for programs.
    var state: String
    /// The state for people.
    var text: String
    var since: String?
    /// `lifted`, `standing` or `unknown`.
    var fence: String
    var fencedSince: String?

    var isFenced: Bool { fence == "standing" }
    /// Whether writes are refused although nothing is published.
    var isFencedForNothing: Bool { isFenced && state != "published" && state != "done" }

    /// All states in a text, in order. Anything between them is skipped, since a pod's log has other lines.
    ///
    /// - Throws: the end of a sentence about the text, if it has no state or one that cannot be used.
    static func all(in bytes: [UInt8], from name: String) throws(InputFiles.Failure) -> [FleetState] {
        var states: [FleetState] = []
        for document in documents(in: bytes) {
            guard let root = try? YAMLFile(parsing: document, name: name).onlyDocument.root else {
                // A line of a log is no state and is skipped, but a part that may be one is not.
                guard document.firstRange(of: Array("\"fence\"".utf8)) == nil else {
                    throw InputFiles.Failure(reason: "holds a state that is cut off, or cannot be read")
                }
                continue
            }
            guard root["fence"] != nil, let state = root["state"]?.string else { continue }
            guard let namespace = root["namespace"]?.string, let instance = root["instance"]?.string else {
                throw InputFiles.Failure(
                    reason: "holds a state that names no instance; an older rehome-job wrote it")
            }
            states.append(
                FleetState(
                    namespace: namespace, instance: instance, generation: root["generation"]?.int, state: state,
                    text: root["text"]?.string ?? state, since: root["since"]?.string,
                    fence: ["lifted", "standing"].first { $0 == root["fence"]?["state"]?.string } ?? "unknown",
                    fencedSince: root["fence"]?["since"]?.string))
        }
        guard !states.isEmpty else { throw InputFiles.Failure(reason: "holds no state of an instance") }
        return states
    }

    /// JSON objects that begin at the beginning of a line. One that does not end before the next begins, or does not
    /// end at all, was cut off; it is returned too.
    private static func documents(in bytes: [UInt8]) -> [[UInt8]] {
        var documents: [[UInt8]] = []
        var current: [UInt8] = []
        var (depth, isInString, isEscaped, isLineStart) = (0, false, false, true)
        for byte in bytes {
            if depth == 0 {
                guard byte == UInt8(ascii: "{"), isLineStart else {
                    isLineStart = byte == UInt8(ascii: "\n")
                    continue
                }
                (current, depth, isInString, isEscaped) = ([byte], 1, false, false)
                continue
            }
            if byte == UInt8(ascii: "{"), current.last == UInt8(ascii: "\n") {
                documents.append(current)
                (current, depth, isInString, isEscaped) = ([byte], 1, false, false)
                continue
            }
            current.append(byte)
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte
                    == UInt8(ascii: "\"")
                {
                    isInString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
            if depth == 0 {
                documents.append(current)
                isLineStart = true
            }
        }
        if depth > 0 { documents.append(current) }
        return documents
    }
}
