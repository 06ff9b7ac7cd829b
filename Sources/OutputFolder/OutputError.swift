import SystemPackage

/// Why a folder could not be written or compared. It is unchanged, unless the message says what is not.
public struct OutputError: Error, CustomStringConvertible, Sendable {
    public var message: String
    public var advice: String?

    public init(_ message: String, advice: String? = nil) {
        self.message = message
        self.advice = advice
    }

    public var description: String { "error: " + message + (advice.map { "\n  " + $0 } ?? "") }

    /// - Parameter kind: what was found instead: "no folder".
    static func inTheWay(_ place: FilePath, _ kind: String) -> OutputError {
        OutputError("\(place) is \(kind)", advice: "Move it away, or choose another folder with -o.")
    }

    static func link(_ place: FilePath) -> OutputError {
        OutputError(
            "\(place) is a symbolic link, and what rehome writes stays where it says",
            advice: "Name the place that it leads to, or move the link away.")
    }

    /// Reports an error with a sentence about a path, unless it has a sentence already.
    static func reporting<Value>(_ sentence: @autoclosure () -> String, _ body: () throws -> Value) throws(OutputError)
        -> Value
    {
        do { return try body() } catch let error as OutputError { throw error } catch {
            throw OutputError.caused(sentence(), by: error)
        }
    }

    /// A sentence about a path, the system's error, and what to do about it where that is plain.
    static func caused(_ sentence: String, by error: any Error) -> OutputError {
        let advice: String? =
            switch error as? Errno {
            case .noSpace?, .diskQuotaExceeded?: "Make room on the disk, and run the command again."
            case .readOnlyFileSystem?: "Run the command where the disk may be written to."
            default: nil
            }
        return OutputError("\(sentence): \(error)", advice: advice)
    }
}
