import Foundation
import Glibc
import Subprocess
import SystemPackage

/// A program in a real terminal, which tmux is: what a person would see of it, at a size that changes.
///
/// The terminal is closed by ``close()``; the program goes with it.
public struct Tmux: Sendable {
    /// Where Debian puts the program.
    private static let program: FilePath = "/usr/bin/tmux"

    /// Whether this machine has tmux.
    public static let isInstalled = access(program.string, X_OK) == 0

    private static let lastWords = "the program has ended with "

    private let folder: FilePath

    /// Runs a program in a new terminal. What it has written stays on the screen after its end.
    ///
    /// - Parameters:
    ///   - command: The program, by its absolute path, and its arguments.
    ///   - environment: All that the program gets, but for what tmux says of the terminal.
    ///   - width: In columns.
    ///   - height: In lines.
    /// - Throws: ``CommandError`` where tmux refuses.
    public static func run(
        _ command: [String], environment: [String: String], width: Int, height: Int
    ) async throws -> Tmux {
        let tmux = Tmux(folder: try makeTemporaryFolder("tmux"))
        try tmux.folder.appending("tmux.conf").write(
            """
            set -g default-terminal tmux-256color
            set -g status off
            set -g remain-on-exit on
            set -g remain-on-exit-format ""
            set -g history-limit 10000

            """)
        let size = ["-x", "\(width)", "-y", "\(height)"]
        do {
            // The server that the first command starts hands its environment on to the program. The program is a shell's
            // child: tmux wakes a child of its own that is stopped, and may not learn how one has ended.
            let shell = ["/bin/sh", "-c", "\"$@\"; echo \"\(Self.lastWords)$?\"", "sh"]
            try await tmux.call(
                ["new-session", "-d"] + size + ["--"] + shell + command, environment: environment)
        } catch {
            await tmux.close()
            throw error
        }
        return tmux
    }

    /// Makes the window larger or smaller, as a person does with the mouse.
    ///
    /// The program stands still meanwhile, and tmux has read all that it has written: tmux wraps its lines anew at once
    /// and tells it of the size a moment later, and what is drawn or on its way in between belongs to neither.
    ///
    /// - Parameters:
    ///   - width: In columns.
    ///   - height: In lines.
    /// - Returns: Whether the program is told of the new size.
    public func resize(width: Int, height: Int) async throws -> Bool {
        let words = try await call(["display-message", "-p", "#{pane_pid} #{pane_tty}"])
            .split { $0.isWhitespace }
        guard words.count == 2, let shell = pid_t(words[0]) else { return false }
        let children = try FilePath("/proc/\(shell)/task/\(shell)/children").text()
        guard let process = children.split(separator: " ").first.flatMap({ pid_t($0) }), kill(process, SIGSTOP) == 0
        else { return false }
        defer { kill(process, SIGCONT) }
        let terminal = try FileDescriptor.open(
            FilePath(String(words[1])), .readWrite, options: .closeOnExec)
        defer { try? terminal.close() }
        guard try await eventually({ try Self.isStopped(process) }), try await readsAll(of: terminal) else {
            return false
        }
        try await call(["resize-window", "-x", "\(width)", "-y", "\(height)"])
        return try await eventually {
            var size = winsize()
            return ioctl(terminal.rawValue, UInt(TIOCGWINSZ), &size) == 0 && Int(size.ws_col) == width
                && Int(size.ws_row) == height
        }
    }

    /// Whether each thread of the process stands still: `T` in proc(5)'s `stat`.
    private static func isStopped(_ process: pid_t) throws -> Bool {
        let threads = FilePath("/proc/\(process)/task")
        return try FileManager.default.contentsOfDirectory(atPath: threads.string).allSatisfy { thread in
            // A thread that has ended in between is looked for again.
            (try? threads.appending(thread).appending("stat").text())?.contains(#/\) T /#) ?? false
        }
    }

    /// Waits until tmux has read what was written to the terminal: a title that is written after it is the pane's then.
    private func readsAll(of terminal: FileDescriptor) async throws -> Bool {
        let title = "read-\(UInt64.random(in: .min ... .max))"
        try terminal.writeAll("\u{1B}]2;\(title)\u{1B}\\".utf8)
        return try await eventually {
            try await call(["display-message", "-p", "#{pane_title}"]).hasPrefix(title)
        }
    }

    /// The lines that are on the screen now.
    ///
    /// - Parameters:
    ///   - isWhole: Whether those that have left it at the top come first.
    ///   - hasColours: Whether colours and other attributes are in them as a terminal's sequences.
    public func lines(isWhole: Bool = false, hasColours: Bool = false) async throws -> [String] {
        let text = try await call(
            ["capture-pane", "-p"] + (isWhole ? ["-S", "-"] : []) + (hasColours ? ["-e"] : []))
        return text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// The program's exit code; `nil` while it runs.
    public func exitCode() async throws -> Int? {
        try await lines(isWhole: true).last { $0.hasPrefix(Self.lastWords) }.flatMap {
            Int($0.dropFirst(Self.lastWords.count))
        }
    }

    /// Closes the terminal, and ends what runs in it.
    public func close() async {
        _ = try? await call(["kill-server"])
        remove(folder)
    }

    @discardableResult
    private func call(_ arguments: [String], environment: [String: String] = [:]) async throws -> String {
        var variables: [Environment.Key: String] = [:]
        let own = ["TMUX_TMPDIR": folder.string, "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"]
        for (name, value) in own.merging(environment, uniquingKeysWith: { $1 }) {
            variables[Environment.Key(stringLiteral: name)] = value
        }
        let result = try await Subprocess.run(
            .path(Self.program),
            arguments: Arguments(["-u", "-f", folder.appending("tmux.conf").string] + arguments),
            environment: .custom(variables), input: .none, output: .string(limit: 1 << 20),
            error: .string(limit: 1 << 20))
        guard result.terminationStatus.isSuccess else {
            throw CommandError(
                program: Self.program, status: "\(result.terminationStatus)", standardError: result.standardError)
        }
        return result.standardOutput
    }
}
