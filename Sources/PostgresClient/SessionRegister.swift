import Synchronization

/// The sessions of this process, by the process numbers of their backends.
///
/// Code that ends other sessions must know which are ours. The application name does not tell, since every client can
/// choose it.
public final class SessionRegister: Sendable {
    private struct Session: Hashable {
        var server: String
        var backend: Int
    }

    private let sessions = Mutex<Set<Session>>([])

    public init() {}

    /// - Returns: the backends' process numbers.
    public func backends(at server: String) -> [Int] {
        sessions.withLock { $0.filter { $0.server == server }.map(\.backend).sorted() }
    }

    func add(_ backend: Int, at server: String) {
        sessions.withLock { _ = $0.insert(Session(server: server, backend: backend)) }
    }
    func remove(_ backend: Int, at server: String) {
        sessions.withLock { _ = $0.remove(Session(server: server, backend: backend)) }
    }
}
