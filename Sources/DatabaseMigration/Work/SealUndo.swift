import PostgresClient

/// Takes back what the seal of a database has made, so that rounds can go on, or a later attempt.
struct SealUndo {
    /// The entries that the seal makes.
    private let lateEntries: [SchemaScript.Entry]

    /// - Parameters:
    ///   - entries: those of the section post-data.
    ///   - stages: when each is made.
    init(_ entries: [SchemaScript.Entry], _ stages: [EntryStage]) {
        lateEntries = zip(entries, stages).filter { $1 != .beforeRounds }.map(\.0)
    }

    /// Whether all can be taken back. Of two constraints of one name, one may be inherited from the other, and an
    /// inherited one cannot be dropped alone.
    var isPossible: Bool {
        let constraints = lateEntries.compactMap { $0.statements.first?.addedConstraint?.name }
        return Set(constraints).count == constraints.count && lateEntries.allSatisfy { $0.undoing != nil }
    }

    /// What was made last comes first.
    var statements: [SQL] { lateEntries.reversed().flatMap { $0.undoing ?? [] } }
}
