import Subprocess
import SystemPackage
import TestSupport
import Testing

/// How a run of the program ended.
struct Outcome {
    var code: Int?
    var output: String
    var errors: String
}

/// Runs `rehome` as a person would.
/// - Parameters:
///   - environment: what is set beside what this process has.
///   - input: what its standard input holds.
func rehome(
    _ arguments: String..., in folder: FilePath = Checkout.folder, environment: [String: String] = [:],
    input: String? = nil
) async throws -> Outcome {
    try await rehome(arguments: arguments, in: folder, environment: environment, input: input)
}

/// As ``rehome(_:in:environment:input:)``, with as many arguments as there are.
func rehome(
    arguments: [String], in folder: FilePath, environment: [String: String] = [:], input: String? = nil
) async throws -> Outcome {
    try await execute(Programs.rehome, arguments, in: folder, environment: environment, input: input)
}

/// Runs any program.
func execute(
    _ program: FilePath, _ arguments: [String], in folder: FilePath, environment: [String: String] = [:],
    input: String? = nil
) async throws -> Outcome {
    var changes: [Environment.Key: String?] = [:]
    for (name, value) in environment { changes[Environment.Key(stringLiteral: name)] = value }
    let result = try await run(
        .path(program), arguments: Arguments(arguments), environment: .inherit.updating(changes),
        workingDirectory: folder, input: .holding(input ?? ""), output: .string(limit: 1 << 20),
        error: .string(limit: 1 << 20))
    let code: Int? = if case .exited(let code) = result.terminationStatus { Int(code) } else { nil }
    return Outcome(code: code, output: result.standardOutput, errors: result.standardError)
}

/// Writes a file anew.
func put(_ text: String, at path: FilePath) throws {
    let file = try FileDescriptor.open(path, .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
    _ = try file.closeAfter { try file.writeAll(Array(text.utf8)) }
}
