import PostgresClient

/// How far one item is that is being done.
private struct ItemProgress {
    /// Fractions of a copy.
    var copied = 0.0
    var verified = 0.0
    /// The fraction of any other item; `nil` if the server does not say.
    var other: Double?
    var rows: Int?
    var ofRows: Int?
    var detail = ""
}

extension WorkQueue {
    /// - Parameters:
    ///   - target: what the target says of the statements that it runs.
    ///   - seconds: since the copy was begun.
    func progress(at target: TargetLook, seconds: Double) -> CopyProgress {
        var sum = ProgressSum()
        var work: [(since: ContinuousClock.Instant, work: CopyProgress.Work)] = []
        var running: [DatabaseName: [(item: WorkPlan.Item, state: Running)]] = [:]
        for (item, state) in self.running { running[item.database, default: []].append((item, state)) }
        let shares = facts.sorted { $0.key < $1.key }.map { name, facts in
            var own = done(of: name, facts)
            for (item, state) in running[name] ?? [] {
                let progress = progress(of: item, state, at: target)
                add(progress, of: item, reading: reading(of: item, state, at: target), to: &own)
                let isCopy = progress.rows != nil
                let parts = progress.copied * WorkWeight.copy + progress.verified * WorkWeight.verify
                let fraction =
                    isCopy
                    ? (item.isReadingBack ? progress.verified : parts / (WorkWeight.copy + WorkWeight.verify))
                    : progress.other
                work.append(
                    (
                        state.since,
                        CopyProgress.Work(
                            database: name, what: item.description(in: opened[name]),
                            seconds: state.since.secondsUntilNow, detail: progress.detail, rows: progress.rows,
                            ofRows: progress.ofRows, fraction: fraction)
                    ))
            }
            sum += own
            return CopyProgress.Share(
                database: name, bytesDone: Int(own.bytes), bytesTotal: own.allBytes, fraction: own.fraction)
        }
        return CopyProgress(
            seconds: seconds, bytesDone: Int(sum.bytes), bytesTotal: sum.allBytes, rowsDone: sum.rows,
            rowsTotal: sum.expectedRows, rowBytes: sum.rowBytes, bytesPerSecond: 0, fraction: sum.fraction,
            work: work.sorted { $0.since < $1.since }.map(\.work), databases: shares)
    }

    /// What is done of a database, without the items that are running.
    private func done(of name: DatabaseName, _ facts: DatabaseFacts) -> ProgressSum {
        var sum = ProgressSum()
        guard let database = opened[name] else {
            sum.allBytes = facts.bytes
            sum.uncounted = facts.bytes
            sum.allWork = Double(facts.bytes) * WorkWeight.unopened
            return sum
        }
        let tally = plan.tally(of: name)
        for (place, table) in database.catalog.tables.enumerated() {
            let bytes = Double(table.bytes)
            sum.allBytes += table.bytes
            sum.allWork += bytes * (WorkWeight.copy + WorkWeight.verify)
            var (copied, verified) = (0.0, 0.0)
            if let hash = tables[name]?[table.name] {
                (copied, verified) = (1, 1)
                sum.rows += hash.base.rows
                sum.rowBytes += hash.base.bytes
                sum.allRows += hash.base.rows
                sum.counted += table.bytes
            } else {
                if let ranges = database.ranges[place]?.count, ranges > 0 {
                    copied = Double(tally.copied[place] ?? 0) / Double(ranges)
                    verified = Double(tally.verified[place] ?? 0) / Double(ranges)
                    sum.rows += sums[name]?[place]?.sent.base.rows ?? 0
                    sum.rowBytes += sums[name]?[place]?.sent.base.bytes ?? 0
                }
                if let rows = table.rows {
                    sum.allRows += rows
                    sum.counted += table.bytes
                } else {
                    sum.uncounted += table.bytes
                }
            }
            sum.bytes += bytes * copied
            sum.work += bytes * (copied * WorkWeight.copy + verified * WorkWeight.verify)
        }
        let shape = database.shape
        for (table, entries) in shape.indexes {
            let bytes = Double(shape.tables[table]) * WorkWeight.index
            sum.allWork += bytes * Double(entries.count)
            sum.work += bytes * Double(entries.count { tally.indexes.contains($0) })
        }
        for table in shape.analyzed {
            let bytes = Double(shape.tables[table]) * WorkWeight.analyze
            sum.allWork += bytes
            if tally.analyzed.contains(table) { sum.work += bytes }
        }
        let last = Double(sum.allBytes) * WorkWeight.finish + 1
        sum.allWork += last
        if followers[name] != nil { sum.work += last }
        return sum
    }

    /// Adds what an item has done so far.
    private func add(
        _ progress: ItemProgress, of item: WorkPlan.Item, reading: WorkMeter.Reading, to sum: inout ProgressSum
    ) {
        guard let database = opened[item.database] else { return }
        switch item {
        case .copy, .copyRange, .verifyRange:
            let bytes = bytes(of: item, in: database)
            sum.bytes += bytes * progress.copied
            sum.work += bytes * (progress.copied * WorkWeight.copy + progress.verified * WorkWeight.verify)
            sum.rows += reading.sent.rows
            sum.rowBytes += reading.sent.bytes
        case .index(_, let entry):
            let table = database.shape.table(indexedBy: entry)
            sum.work +=
                Double(table.map { database.catalog.tables[$0].bytes } ?? 0) * WorkWeight.index * (progress.other ?? 0)
        case .analyze(_, let table):
            sum.work += Double(database.catalog.tables[table].bytes) * WorkWeight.analyze * (progress.other ?? 0)
        case .open, .settle, .largeObjects, .finish: break
        }
    }

    /// Bytes on disk of what a copy is about.
    private func bytes(of item: WorkPlan.Item, in database: OpenedDatabase) -> Double {
        switch item {
        case .copy(_, let places): places.reduce(0) { $0 + Double(database.catalog.tables[$1].bytes) }
        case .copyRange(_, let place, _), .verifyRange(_, let place, _):
            Double(database.catalog.tables[place].bytes) / Double(max(1, database.ranges[place]?.count ?? 1))
        case .open, .settle, .largeObjects, .index, .analyze, .finish: 0
        }
    }

    /// The rows and bytes of an item, as this pod has counted them, or the target for another pod.
    private func reading(of item: WorkPlan.Item, _ state: Running, at target: TargetLook) -> WorkMeter.Reading {
        var reading = state.meter.reading
        // Rows that have not reached a slow target yet do not count.
        if let work = reading.backend.flatMap({ target.backends[$0] }), item.isOfOneTable, !reading.isSent,
            work.sent > 0, work.sent < reading.sent.rows
        {
            reading.sent.bytes = Int(Double(reading.sent.bytes) * Double(work.sent) / Double(reading.sent.rows))
            reading.sent.rows = work.sent
        }
        guard let task = state.task, let work = target.tasks[task] else { return reading }
        (reading.sent.rows, reading.found.rows) = (work.sent, work.found)
        // The server tells of one COPY at a time. Once rows are read back, it has forgotten those that were sent.
        if work.found > 0, !item.isReadingBack {
            reading.sent.rows = max(work.found, expectedRows(of: item) ?? 0)
            reading.isSent = true
        }
        return reading
    }

    /// About how many rows a copy is to bring over; `nil` where nobody knows.
    private func expectedRows(of item: WorkPlan.Item) -> Int? {
        guard let database = opened[item.database] else { return nil }
        switch item {
        case .copy(_, let places):
            return places.reduce(Int?(0)) { sum, place in
                database.catalog.tables[place].rows.flatMap { rows in sum.map { $0 + rows } }
            }
        case .copyRange(_, let place, _):
            return database.catalog.tables[place].rows.map { $0 / max(1, database.ranges[place]?.count ?? 1) }
        case .open, .verifyRange, .settle, .largeObjects, .index, .analyze, .finish: return nil
        }
    }

    private func progress(of item: WorkPlan.Item, _ state: Running, at target: TargetLook) -> ItemProgress {
        let reading = reading(of: item, state, at: target)
        let server = state.task.flatMap { target.tasks[$0] } ?? reading.backend.flatMap { target.backends[$0] }
        var progress = ItemProgress()
        guard let database = opened[item.database] else { return progress }
        let bytes = bytes(of: item, in: database)
        switch item {
        case .copy, .copyRange: progress.ofRows = expectedRows(of: item)
        case .verifyRange(_, let place, _):
            let rows = sums[item.database]?[place]?.sent.base.rows ?? 0
            progress.rows = reading.found.rows
            progress.ofRows = max(rows / max(1, database.ranges[place]?.count ?? 1), reading.found.rows)
            progress.verified = Self.share(reading.found.rows, of: progress.ofRows)
            return progress
        case .open, .settle, .largeObjects, .index, .analyze, .finish:
            progress.other = server?.fraction
            progress.detail = [reading.part, server?.phase].compactMap(\.self).filter { !$0.isEmpty }.joined(
                separator: ", ")
            return progress
        }
        progress.rows = reading.sent.rows
        if reading.isSent {
            progress.copied = 1
            progress.ofRows = reading.sent.rows
            progress.verified = Self.share(reading.found.rows, of: reading.sent.rows)
            progress.detail = "reading back"
        } else if let rows = progress.ofRows, rows > 0 {
            progress.ofRows = max(rows, reading.sent.rows)
            progress.copied = Self.share(reading.sent.rows, of: rows)
        } else {
            progress.ofRows = nil
            progress.copied = Self.share(reading.sent.bytes, of: Int(bytes))
        }
        return progress
    }

    /// At most 0.99, since `all` may be an estimate: only the item's end means that all is done.
    private static func share(_ done: Int, of all: Int?) -> Double {
        guard let all, all > 0 else { return 0 }
        return min(0.99, Double(done) / Double(all))
    }
}

extension WorkPlan.Item {
    /// Whether the item is a single COPY, so that the target's count is the item's.
    fileprivate var isOfOneTable: Bool {
        switch self {
        case .copy(_, let tables): tables.count == 1
        case .copyRange: true
        case .open, .verifyRange, .settle, .largeObjects, .index, .analyze, .finish: false
        }
    }

    fileprivate var isReadingBack: Bool { if case .verifyRange = self { true } else { false } }
}
