/// A part of the output that is applied as a whole, in this order.
public enum Stage: Int, CaseIterable, Sendable {
    case database, copy, cutover, orchestrator

    public var folder: String {
        switch self {
        case .database: "1-database"
        case .copy: "2-copy"
        case .cutover: "3-cutover"
        case .orchestrator: "4-orchestrator"
        }
    }

    /// The Argo CD sync wave of its objects.
    var wave: Int { rawValue * 10 }

    /// What must be done before it. The orchestrator needs the databases, not the cut-over.
    var dependencies: [Stage] {
        switch self {
        case .database: []
        case .copy: [.database]
        case .cutover, .orchestrator: [.copy]
        }
    }
}
