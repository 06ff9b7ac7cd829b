import Glibc

/// Does something once, at the first line of a log that contains a text.
final class Moment {
    private let text: String
    private(set) var hasCome = false

    init(_ text: String) { self.text = text }

    func at(_ line: String, _ action: () async throws -> Void) async rethrows {
        guard !hasCome, line.contains(text) else { return }
        hasCome = true
        try await action()
    }
}

/// Holds a process still while something around it is changed: it sees the change as one instant.
func whileStopped(_ process: pid_t, _ action: () async throws -> Void) async rethrows {
    kill(process, SIGSTOP)
    defer { kill(process, SIGCONT) }
    try await action()
}
