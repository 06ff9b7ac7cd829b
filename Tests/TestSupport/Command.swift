import Glibc
import Subprocess
import SystemPackage

/// A program that is run to its end, with its output collected.
enum Command {
    /// The most output that is collected; a dump of a test's schema is far below it.
    private static let outputLimit = 64 << 20

    /// Runs `program` and returns its standard output.
    /// - Parameters:
    ///   - environment: Added to ours. Secrets go here, never into `arguments`, which everybody on the machine can read.
    ///   - input: What the program reads from its standard input.
    /// - Throws: ``CommandError`` for any end but exit code 0.
    static func run(
        _ program: FilePath, _ arguments: [String], environment: [String: String] = [:], input: String = ""
    ) async throws -> String {
        var changes: [Environment.Key: String?] = [:]
        for (name, value) in environment { changes[Environment.Key(stringLiteral: name)] = value }
        let result = try await Subprocess.run(
            .path(program), arguments: Arguments(arguments), environment: .inherit.updating(changes),
            input: .holding(input),
            output: .string(limit: outputLimit), error: .string(limit: outputLimit))
        guard result.terminationStatus.isSuccess else {
            throw CommandError(
                program: program, status: "\(result.terminationStatus)", standardError: result.standardError)
        }
        return result.standardOutput
    }
}

extension InputProtocol where Self == FileDescriptorInput {
    /// An open file without a name. A program that ends before it has read all its input is no trouble then, while
    /// a pipe would end this process with SIGPIPE.
    public static func holding(_ text: String) throws -> FileDescriptorInput {
        let path = try makeTemporaryFolder("input").appending("input")
        defer {
            unlink(path.string)
            rmdir(path.removingLastComponent().string)
        }
        try path.write(text)
        return .fileDescriptor(
            try FileDescriptor.open(path, .readOnly, options: .closeOnExec), closeAfterSpawningProcess: true)
    }
}

/// A program ended otherwise than with exit code 0.
public struct CommandError: Error, CustomStringConvertible {
    public var program: FilePath
    public var status: String
    public var standardError: String

    public var description: String { "\(program) ended with \(status): \(standardError)" }
}
