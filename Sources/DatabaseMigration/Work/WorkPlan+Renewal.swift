import PostgresClient

/// When the snapshots of databases that are being copied are renewed.
extension WorkPlan {
    /// Has nothing more begin to read a database by the snapshot that it has, and begins to renew it as soon as nothing
    /// reads by it any more. If that may take long, nothing is held up for it.
    ///
    /// - Returns: whether the renewal has begun.
    mutating func beginRenewal(of name: DatabaseName) -> Bool {
        guard let progress = databases[name], let shape = progress.shape, !progress.mustRestart, !progress.isFinished,
            !progress.running.contains(.finish(name))
        else { return false }
        let reading = progress.running.subtracting(progress.paused).filter(\.readsSource)
        if reading.isEmpty {
            databases[name]?.renewal = .running
            databases[name]?.ready.removeAll { $0 == .finish(name) }
        } else if reading.allSatisfy({ endsSoon($0, shape) && !progress.pauseless.contains($0) }) {
            databases[name]?.renewal = .wanted
        }
        return reading.isEmpty
    }

    /// Whether an item ends, or pauses, within seconds.
    private func endsSoon(_ item: Item, _ shape: Shape) -> Bool {
        switch item {
        case .copy(_, let tables):
            tables.allSatisfy { shape.inPieces.contains($0) }
                || tables.reduce(0) { $0 + shape.tables[$1] } <= 2 * TableRange.pieceBytes
        case .copyRange(_, let table, _): shape.inPieces.contains(table)
        case .open, .verifyRange, .settle, .largeObjects, .index, .analyze, .finish: false
        }
    }

    func isRenewalWanted(of name: DatabaseName) -> Bool {
        databases[name].map { $0.renewal != .none && !$0.mustRestart } ?? false
    }

    func isBeingFinished(_ name: DatabaseName) -> Bool { databases[name]?.running.contains(.finish(name)) ?? false }

    mutating func readsWithoutPause(_ item: Item) { databases[item.database]?.pauseless.insert(item) }
    mutating func pause(_ item: Item) { databases[item.database]?.paused.insert(item) }
    mutating func resume(_ item: Item) { databases[item.database]?.paused.remove(item) }

    mutating func endRenewal(of name: DatabaseName, mustRestart: Bool) {
        databases[name]?.renewal = .none
        if mustRestart { databases[name]?.mustRestart = true }
        offerFinish(name)
    }
}
