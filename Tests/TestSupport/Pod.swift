import Glibc
import Subprocess
import SystemPackage

/// A running container of a Job's pod, in mount and process namespaces of its own, with the container's environment,
/// files and restrictions and nothing else of ours.
///
/// Needs root, and a machine that lets it make namespaces.
public final class Pod: Sendable {
    /// How a container ended.
    public struct End: Sendable {
        /// The program's exit code, or 128 and the number of the signal that ended it, as Kubernetes reports it.
        public let exitCode: Int32
        /// What it wrote to `/dev/termination-log`.
        public let terminationMessage: String
    }

    /// The container's standard output and error, line by line. For one reader.
    public let lines: AsyncStream<String>
    /// The program's process.
    private let process: pid_t
    private let outcome: Task<End, any Error>

    /// Whether this process may make the namespaces that a pod needs: whether it has `CAP_SYS_ADMIN`.
    public static let isPossible: Bool = {
        let status = (try? FilePath("/proc/self/status").text()) ?? ""
        let effective = status.firstMatch(of: /CapEff:\s*([0-9a-f]+)/).flatMap { UInt64($0.1, radix: 16) } ?? 0
        return effective & (1 << 21) != 0
    }()

    /// Starts a container.
    /// - Parameters:
    ///   - program: What stands for the image: its only program.
    ///   - hosts: What DNS would know, besides `localhost`: host names and their addresses.
    public static func start(
        _ container: PodContainer, program: FilePath, hosts: [String: String] = [:]
    ) async throws -> Pod {
        guard isPossible else {
            throw PodError("running a pod takes namespaces of its own, which only root may make (CAP_SYS_ADMIN)")
        }
        let folder = try makeTemporaryFolder("pod")
        do {
            try write(container, hosts: hosts, to: folder)
        } catch {
            remove(folder)
            throw error
        }
        let (lines, feed) = AsyncStream.makeStream(of: String.self)
        let (starts, started) = AsyncStream.makeStream(of: pid_t.self)
        let outcome = Task {
            defer {
                // First, so that whoever has read the last line finds nothing left.
                remove(folder)
                started.finish()
                feed.finish()
            }
            return try await run(container, program: program, folder: folder, started: started, feed: feed)
        }
        for await process in starts { return Pod(lines: lines, process: process, outcome: outcome) }
        _ = try await outcome.value
        var complaints: [String] = []
        for await line in lines { complaints.append(line) }
        throw PodError("the container did not start: \(complaints.joined(separator: "\n"))")
    }

    private init(lines: AsyncStream<String>, process: pid_t, outcome: Task<End, any Error>) {
        self.lines = lines
        self.process = process
        self.outcome = outcome
    }

    /// Sends a signal to the program. `SIGKILL` ends all of the container's processes with it.
    public func signal(_ number: Int32) throws {
        guard kill(process, number) == 0 else { throw Errno(rawValue: errno) }
    }

    /// Waits until the container has ended.
    public func end() async throws -> End { try await outcome.value }

    private static func run(
        _ container: PodContainer, program: FilePath, folder: FilePath, started: AsyncStream<pid_t>.Continuation,
        feed: AsyncStream<String>.Continuation
    ) async throws -> End {
        let result = try await Subprocess.run(
            .path("/usr/bin/python3"),
            arguments: Arguments(
                [
                    Checkout.here.appending("scripts/pod.py").string, folder.string,
                    container.isReadOnly ? "read-only" : "writable", program.string,
                ] + container.arguments),
            // Nothing is written; that it stays open tells that this process is alive.
            input: .inputWriter, output: .sequence, error: .combinedWithOutput
        ) { execution in
            var isStarted = false
            for try await line in execution.standardOutput.strings() {
                if !isStarted, let process = line.wholeMatch(of: /process (\d+)/).flatMap({ pid_t($0.1) }) {
                    isStarted = true
                    started.yield(process)
                    continue
                }
                feed.yield(line)
            }
        }
        guard case .exited(let exitCode) = result.terminationStatus else {
            throw PodError("what runs the container ended with \(result.terminationStatus)")
        }
        return End(exitCode: exitCode, terminationMessage: try folder.appending("termination-log").text())
    }

    private static func write(_ container: PodContainer, hosts: [String: String], to folder: FilePath) throws {
        let names = hosts.map { "\($0.value) \($0.key)\n" }.sorted().joined()
        try folder.appending("hosts").write("127.0.0.1 localhost\n::1 localhost\n\(names)", mode: .worldReadable)
        try folder.appending("termination-log").write("", mode: [.worldReadable, .groupWrite, .otherWrite])
        let environment = container.environment.map { "\($0.key)=\($0.value)\u{0}" }.joined()
        try folder.appending("environment").write(environment)
        var mounts = ""
        for (index, mount) in container.mounts.enumerated() {
            switch mount {
            case .empty(let path): mounts += "empty \(path)\n"
            case .files(let files, let path):
                // Below these, folders can be made without touching the machine's own files.
                guard path.hasPrefix("/run/") || path.hasPrefix("/var/run/") else {
                    throw PodError("'\(path)': files can be mounted below /run and /var/run only")
                }
                let source = folder.appending("\(index)")
                try source.createFolder()
                for (name, text) in files { try source.appending(name).write(text, mode: .worldReadable) }
                mounts += "files \(index) \(path)\n"
            }
        }
        try folder.appending("mounts").write(mounts)
    }
}
