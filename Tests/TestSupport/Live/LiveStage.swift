import Synchronization

/// What all writers of a ``LiveBackstage`` look at.
final class LiveStage: Sendable {
    /// Where they write to.
    struct Scene: Sendable {
        var server: PostgresServer
        /// How often they have moved.
        var moves = 0
        var hasMoved: Bool { moves > 0 }
    }

    private struct State {
        var scene: Scene
        var isClosed = false
        var isRefused = false
        /// Who is the first in each database of a new server, and whether it has written there.
        var followers: [String: (writer: ObjectIdentifier, isDone: Bool)] = [:]
    }

    /// Seconds until an entity of the catalog is due again.
    let roundSeconds: Double
    private let state: Mutex<State>

    init(server: PostgresServer, roundSeconds: Double) {
        self.roundSeconds = roundSeconds
        state = Mutex(State(scene: Scene(server: server)))
    }

    var scene: Scene { state.withLock { $0.scene } }
    var isClosed: Bool { state.withLock { $0.isClosed } }
    /// Whether any writer has been refused since the last move.
    var isRefused: Bool { state.withLock { $0.isRefused } }

    func close() { state.withLock { $0.isClosed = true } }
    func wasRefused() { state.withLock { $0.isRefused = true } }

    func move(to server: PostgresServer) {
        state.withLock { state in
            state.scene = Scene(server: server, moves: state.scene.moves + 1)
            state.isRefused = false
            state.followers = [:]
        }
    }

    /// One writer of each database goes ahead, so that the first write does not queue behind others' logins.
    func mayFollow(_ writer: LiveWriter) -> Bool {
        state.withLock { state in
            guard let first = state.followers[writer.activity.database] else {
                state.followers[writer.activity.database] = (ObjectIdentifier(writer), false)
                return true
            }
            return first.isDone || first.writer == ObjectIdentifier(writer)
        }
    }

    func hasFollowed(_ writer: LiveWriter) {
        state.withLock { $0.followers[writer.activity.database]?.isDone = true }
    }

    func hasFollowed(_ database: String) -> Bool { state.withLock { $0.followers[database]?.isDone == true } }
}
