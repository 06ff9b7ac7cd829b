import ArgumentParser
import Glibc
import JobContract
import SystemPackage

/// Standard output, standard error and the environment.
enum Console {
    /// - Throws: ``ExitCode/cannotWrite``, with the cause on standard error, since half a result is of no use.
    static func print(_ text: String) throws { try write(visible(text) + "\n") }

    /// Writes the text unchanged, without a line break.
    static func write(_ text: String) throws {
        do { try FileDescriptor.standardOutput.writeAll(text.utf8) } catch {
            self.error("error: standard output cannot be written: \(error)\n  What came out is not whole.")
            throw ExitCode.cannotWrite
        }
    }

    /// If standard error is gone, nobody can be told, so that is ignored.
    static func error(_ text: String) { _ = try? FileDescriptor.standardError.writeAll((visible(text) + "\n").utf8) }

    /// A prompt for a person. It goes to standard error, since standard output may be the result.
    static func prompt(_ text: String) { _ = try? FileDescriptor.standardError.writeAll(visible(text).utf8) }

    /// The text without characters that control a terminal or are invisible, except those between lines and words.
    static func visible(_ text: String) -> String {
        text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
            let hasReturn = line.last == UInt8(ascii: "\r")
            let words = line.dropLast(hasReturn ? 1 : 0).split(
                separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
            return words.map { VisibleText.of(Array($0)) }.joined(separator: "\t") + (hasReturn ? "\r" : "")
        }.joined(separator: "\n")
    }

    /// Whether a person reads standard output.
    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Whether a person at a terminal reads all output and types the input.
    static var isInteractive: Bool { [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO].allSatisfy { isatty($0) == 1 } }

    static var environment: [String: String] {
        var result: [String: String] = [:]
        var entry = environ
        while let pointer = entry.pointee {
            let pair = String(cString: pointer).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { result[String(pair[0])] = String(pair[1]) }
            entry += 1
        }
        return result
    }
}
