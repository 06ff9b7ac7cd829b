import PostgresClient

/// Finds what differs between the two sides of a database.
struct ContentComparison {
    /// What differs and should not.
    private(set) var differences: [Difference] = []
    /// What differs and is allowed to.
    private(set) var notes: [String] = []

    /// - Parameter changes: what was changed on purpose; those tables are left out.
    init(source: ComparedContents, target: ComparedContents, changes: [DeliberateChange]) {
        compareTables(source, target, changes: changes)
        compareSequences(source.sequences.filter { !target.hidden.contains($0.name) }, target.sequences)
        if source.largeObjects != target.largeObjects {
            differences.append(
                Difference(
                    subject: .largeObjects, name: "large objects",
                    message:
                        "\(source.catalog.largeObjects.count) at the source, \(target.catalog.largeObjects.count) at the target, and their contents or identifiers differ"
                ))
        }
        for (view, rows) in source.viewRows.sorted(by: { $0.key < $1.key }) where !target.hidden.contains(view) {
            guard let found = target.viewRows[view] else {
                if source.catalog.forcedSecurityViews.contains(view) {
                    notes.append(
                        "materialized view \(view) is empty at the target: it reads tables that hide rows from their owner"
                    )
                    continue
                }
                differences.append(
                    Difference(
                        subject: .materializedView, name: view.description,
                        message: "holds rows at the source, and none at the target"))
                continue
            }
            if rows != found {
                notes.append(
                    "materialized view \(view) has \(rows) rows at the source and \(found) at the target, where it was refreshed"
                )
            }
        }
    }

    private mutating func compareTables(
        _ source: ComparedContents, _ target: ComparedContents, changes: [DeliberateChange]
    ) {
        let changed = Dictionary(
            changes.compactMap { change in change.table.map { ($0, change.kind) } },
            uniquingKeysWith: { first, _ in first })
        for name in Set(source.tables.keys).union(target.tables.keys).sorted() {
            guard let wanted = source.tables[name] else {
                differences.append(
                    Difference(subject: .table, name: name.description, message: "is only at the target"))
                continue
            }
            guard let found = target.tables[name] ?? (target.hidden.contains(name) ? wanted : nil) else {
                differences.append(
                    Difference(subject: .table, name: name.description, message: "is only at the source"))
                continue
            }
            if source.hidden.contains(name) || target.hidden.contains(name) { continue }
            switch changed[name] {
            case .unlocked, .ticketsCleared, .createdEmpty: continue
            case .generatedColumns where wanted.base == found.base: continue
            case .generatedColumns, nil: break
            }
            guard wanted != found else { continue }
            let message =
                if wanted.base == found.base {
                    "the generated columns differ, the columns that they are computed from are equal"
                } else if wanted.base.rows == found.base.rows {
                    "\(wanted.base.rows) rows on both sides, and their contents differ"
                } else {
                    "\(wanted.base.rows) rows at the source, \(found.base.rows) at the target"
                }
            differences.append(Difference(subject: .table, name: name.description, message: message))
        }
    }

    /// How many values of a sequence a crash of the server may skip: the server logs them ahead (PostgreSQL's
    /// `SEQ_LOG_VALS`).
    private static let stepsOfCrash = 32

    private mutating func compareSequences(_ source: [SequenceValue], _ target: [SequenceValue]) {
        let found = Dictionary(target.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for sequence in source {
            guard let other = found[sequence.name], other != sequence else {
                if found[sequence.name] == nil {
                    differences.append(
                        Difference(
                            subject: .sequence, name: sequence.name.description, message: "is missing at the target"))
                }
                continue
            }
            // No row was written: a transaction was rolled back, or the server has recovered from a crash.
            if differences.isEmpty,
                abs(sequence.lastValue.subtractingReportingOverflow(other.lastValue).partialValue) <= Self.stepsOfCrash
                    * sequence.increment
            {
                notes.append(
                    "sequence \(sequence.name) has moved on at the source, from \(other.lastValue) to \(sequence.lastValue), as a crash of the server moves it; no row has changed"
                )
                continue
            }
            differences.append(
                Difference(
                    subject: .sequence, name: sequence.name.description,
                    message: "stands at \(sequence.lastValue) at the source and at \(other.lastValue) at the target"))
        }
    }
}
