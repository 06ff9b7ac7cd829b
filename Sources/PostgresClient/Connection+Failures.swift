import CLibPQ
import Glibc
import JobContract

/// Makes errors, in which no value of a row may appear.
extension Connection {
    func notConnected() -> PostgresError {
        let message = libpqMessage
        return PostgresError(kind: .notConnected(.init(message: message)), place: place, message: message)
    }

    func stalled() -> PostgresError {
        PostgresError(
            kind: .stalled, place: place, message: "no byte moved for \(Int(answerTimeout ?? stallTimeout)) s")
    }

    func failure(result: OpaquePointer?, statement: SQL?, index: Int?) -> PostgresError {
        func bytes(_ code: Character) -> ByteText? {
            guard let result, let ascii = code.asciiValue, let text = PQresultErrorField(result, Int32(ascii)) else {
                return nil
            }
            return ByteText(bytes: UnsafeRawBufferPointer(start: text, count: strlen(text)))
        }
        func field(_ code: Character) -> String? { bytes(code).map { String(decoding: $0.bytes, as: UTF8.self) } }
        let state = field("C").map { SQLState(rawValue: $0) }
        // Errors of both classes may repeat values of a row, which may be secrets: violated constraints (23) in DETAIL,
        // and values that a type refuses (22) in the last part of the message.
        let holdsValues = state?.errorClass == "23" || state?.errorClass == "22"
        let frames = field("W").map { Self.functionFrames($0) } ?? []
        // A message from a function of the schema may quote the function's arguments.
        let isFunctions = state?.errorClass == "P0" || Self.isRaised(in: frames)
        var message = field("M") ?? result.flatMap { PQresultErrorMessage($0) }.map { String(cString: $0) } ?? ""
        if state?.errorClass == "22", let value = message.firstIndex(of: "\"") {
            message = String(message[..<value]) + "…"
        }
        if isFunctions {
            message = "a function has raised an error; its words are not shown, since they may quote rows"
        }
        return PostgresError(
            kind: isBroken ? .connectionLost : .statementFailed, place: place,
            message: message.isEmpty ? libpqMessage : oneLine(message), state: state,
            detail: holdsValues || isFunctions ? nil : field("D").map { oneLine($0) },
            hint: isFunctions ? nil : field("H").map { oneLine($0) }, context: frames,
            relation: bytes("t").map { RelationName(schema: Identifier(bytes("s") ?? ""), name: Identifier($0)) },
            constraint: bytes("n").map { Identifier($0) },
            statement: statement?.description, statementIndex: index)
    }

    /// The functions in which an error occurred. The other lines of a context are left out, since they may quote rows.
    private static func functionFrames(_ context: String) -> [String] {
        context.split(whereSeparator: \.isNewline).filter { line in
            line.hasPrefix("PL/") || line.hasPrefix("SQL function ")
        }.prefix(6).map { VisibleText.of($0) }
    }

    /// Whether a statement of a function raised the error itself, with whatever code. Only PL/pgSQL says so; other
    /// languages do not.
    private static func isRaised(in frames: [String]) -> Bool {
        guard let innermost = frames.first, innermost.hasPrefix("PL/") else { return false }
        return innermost.hasSuffix("RAISE") || !innermost.hasPrefix("PL/pgSQL")
    }

    private var libpqMessage: String {
        PQerrorMessage(handle).map { oneLine(String(cString: $0)) } ?? "unknown failure"
    }

    private func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).map { line in
            VisibleText.of(line.drop(while: \.isWhitespace))
        }.filter { !$0.isEmpty }.joined(separator: "; ")
    }
}
