import PostgresClient

/// How workers and renewals of snapshots keep out of each other's way.
extension WorkQueue {
    /// Those that hold the snapshots by which databases are copied.
    var copyingFollowers: [DatabaseFollower] {
        copying.filter { opened[$0.key] != nil && !plan.isBeingFinished($0.key) }.map(\.value)
    }

    /// A database that is being copied and whose snapshot is renewed.
    struct Renewal: Sendable {
        let follower: DatabaseFollower
        let copied: DatabaseFollower.Copied
    }

    /// Begins to renew the snapshots of some databases that are being copied: of those that nobody reads at this moment
    /// by the snapshot that they have. Who reads one of the others is to pause.
    func beginRenewal(of names: [DatabaseName]) -> [Renewal] {
        names.compactMap { name in
            guard let follower = copying[name], plan.beginRenewal(of: name) else { return nil }
            return Renewal(follower: follower, copied: copied(of: name))
        }
    }

    func copied(of name: DatabaseName) -> DatabaseFollower.Copied {
        var ranges = copiedRanges[name] ?? [:]
        for (item, read) in read where item.database == name { ranges[read.table, default: []].append(read.range) }
        let hasObjects = opened[name]?.hasLargeObjects ?? true
        return DatabaseFollower.Copied(
            tables: tables[name] ?? [:], ranges: ranges,
            largeObjects: largeObjects[name] ?? (hasObjects ? nil : ContentHash()))
    }

    /// Whether somebody waits until nobody reads a database by the snapshot that it has.
    func isRenewalWanted(of name: DatabaseName) -> Bool { plan.isRenewalWanted(of: name) }

    /// Notes that a worker has let go of the snapshot. It is not to be waited for.
    ///
    /// - Parameters:
    ///   - table: that it is about, by its place in the catalog.
    ///   - range: of the table that has been read.
    func stopReading(_ item: WorkPlan.Item, table: Int, read range: TableRange) {
        read[item] = (table, range)
        stopReading(item)
    }

    /// The same, for an item of which nothing has been read, or which is read once more.
    func stopReading(_ item: WorkPlan.Item) { plan.pause(item) }

    /// Notes that an item will be read to its end without a pause.
    func readsWithoutPause(_ item: WorkPlan.Item) {
        read[item] = nil
        plan.readsWithoutPause(item)
    }

    /// Waits while a database's snapshot is renewed.
    ///
    /// - Returns: the snapshot by which the item is read from then on; `nil` if the database is to be begun again, or
    ///   something has failed.
    func resumeReading(_ item: WorkPlan.Item) async -> String? {
        while failure == nil, plan.isRenewalWanted(of: item.database) {
            await withCheckedContinuation { waiting.append($0) }
        }
        plan.resume(item)
        read[item] = nil
        return failure == nil ? opened[item.database]?.snapshot : nil
    }

    /// - Parameter snapshot: by which the database is read from now on; `nil` if it has to be begun again.
    func endRenewal(of name: DatabaseName, snapshot: String?) {
        if let snapshot {
            opened[name]?.snapshot = snapshot
            opened[name]?.isRenewed = true
        } else {
            forget(name)
        }
        plan.endRenewal(of: name, mustRestart: snapshot == nil)
        wake()
    }
}
