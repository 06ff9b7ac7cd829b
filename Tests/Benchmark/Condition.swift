import ArgumentParser

/// What stands between the two servers, or in the source's way.
enum Condition: String, CaseIterable, ExpressibleByArgument {
    case local, distant, starved

    var title: String {
        switch self {
        case .local: "Both servers local"
        case .distant: "Target 10 ms away"
        case .starved: "Source with a quarter of a CPU"
        }
    }
}
