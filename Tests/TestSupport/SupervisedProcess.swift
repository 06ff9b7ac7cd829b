import Dispatch
import Glibc
import Synchronization
import SystemPackage

/// A helper process that cannot outlive ours.
///
/// Its standard input and output are one socket, whose other end only this process holds. However this process
/// ends, a SIGKILL included, the kernel closes the socket, and the helper, which reads commands from it, cleans up
/// and goes. It stands in a process group of its own, so that a terminal's Ctrl-C does not end it before it has
/// cleaned up.
///
/// The conversation is made of lines: each request gets one line in answer, "ok …" or "failed …".
final class SupervisedProcess: Sendable {
    private let pid: pid_t
    private let socket: Mutex<Int32?>
    private let queue = DispatchQueue(label: "SupervisedProcess")

    /// Starts `program` by its absolute path.
    /// - Throws: `Errno` when no process can be made.
    init(_ program: FilePath, _ arguments: [String], environment: [String: String]) throws {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw Errno(rawValue: errno)
        }
        defer { close(ends[1]) }

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var defaults = sigset_t()
        sigfillset(&defaults)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        var mask = sigset_t()
        sigemptyset(&mask)
        posix_spawnattr_setsigmask(&attributes, &mask)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

        let argv = ([program.string] + arguments).map { strdup($0) } + [nil]
        let envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in argv + envp { free(text) } }
        var pid: pid_t = 0
        let result = posix_spawn(&pid, program.string, &actions, &attributes, argv, envp)
        guard result == 0 else {
            close(ends[0])
            throw Errno(rawValue: result)
        }
        self.pid = pid
        socket = Mutex(ends[0])
    }

    deinit {
        guard let open = socket.withLock({ $0 }) else { return }
        close(open)
        let pid = pid
        DispatchQueue.global().async { Self.reap(pid) }
    }

    /// Sends one line and returns what follows "ok" in the answer.
    /// - Throws: ``HelperError`` when the helper answers otherwise or is gone.
    @discardableResult
    func request(_ line: String) async throws -> String {
        try await onQueue { [self] in
            guard let open = socket.withLock({ $0 }) else { throw HelperError(request: line, answer: nil) }
            let sent = Array("\(line)\n".utf8)
            // MSG_NOSIGNAL: a helper that died must be an error here, not the end of this process.
            let isSent = send(open, sent, sent.count, Int32(MSG_NOSIGNAL)) == sent.count
            let answer = isSent ? Self.readLine(from: open) : nil
            guard let answer, answer.hasPrefix("ok") else { throw HelperError(request: line, answer: answer) }
            return String(answer.dropFirst(3))
        }
    }

    /// Lets the helper clean up and waits until it has.
    func end() async {
        try? await onQueue { [self] in
            let open = socket.withLock { descriptor in
                defer { descriptor = nil }
                return descriptor
            }
            guard let open else { return }
            close(open)
            Self.reap(pid)
        }
    }

    private func onQueue<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result(catching: work)) }
        }
    }

    /// One line without its end; `nil` when the other side is gone.
    private static func readLine(from descriptor: Int32) -> String? {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while true {
            let count = read(descriptor, &byte, 1)
            if count < 0 && errno == EINTR { continue }
            guard count == 1 else { return nil }
            if byte == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
            line.append(byte)
        }
    }

    private static func reap(_ pid: pid_t) {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    }
}

/// A helper process did not do what it was asked to.
public struct HelperError: Error, CustomStringConvertible {
    var request: String
    /// What it said; `nil` when it is gone.
    var answer: String?
    var details: String = ""

    public var description: String {
        let found = answer.map { "it answered '\($0)'" } ?? "it is gone"
        return "asked a helper process to '\(request)': \(found)" + (details.isEmpty ? "" : "\n\(details)")
    }
}
