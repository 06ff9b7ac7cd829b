import ArgumentParser
import Glibc
import SystemPackage

/// Standard output, standard error and the environment.
enum Console {
    /// - Throws: ``ExitCode/cannotWrite``, with the cause on standard error: half of what was asked for is nothing.
    static func print(_ text: String) throws { try write(text + "\n") }

    /// As ``print(_:)``, without a line break of its own.
    static func write(_ text: String) throws {
        do { try FileDescriptor.standardOutput.writeAll(text.utf8) } catch {
            self.error("error: standard output cannot be written: \(error)\n  What came out is not whole.")
            throw ExitCode.cannotWrite
        }
    }

    /// There is nobody to tell that standard error is gone.
    static func error(_ text: String) { _ = try? FileDescriptor.standardError.writeAll((text + "\n").utf8) }

    /// Whether a person reads standard output.
    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

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
