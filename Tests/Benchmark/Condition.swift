import ArgumentParser

/// What stands between the two servers, or in the source's way.
enum Condition: String, CaseIterable, ExpressibleByArgument {
    case local, durable, encrypted, distant, starved

    /// With writers running, both servers always keep what is committed.
    static let live: [Condition] = [.local, .encrypted, .distant, .starved]

    var title: String {
        switch self {
        case .local: "Both servers local"
        case .durable: "Both servers local, with fsync"
        case .encrypted: "Both servers local, with TLS"
        case .distant: "Target 10 ms away"
        case .starved: "Source with a quarter of a CPU"
        }
    }

    /// Whether a contestant has anything to tell here; TLS is about the cost of itself alone.
    func measures(_ contestant: Contestant) -> Bool {
        self != .encrypted || [Contestant.rehome, .script].contains { $0.name == contestant.name }
    }
}
