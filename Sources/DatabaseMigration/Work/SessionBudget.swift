import JobContract

/// How many sessions all pods of a run open at most, and so how many a server must have free.
struct SessionBudget {
    let workers: Int
    let pods: Int
    /// How many databases are moved.
    let databases: Int
    /// Whether each follower keeps a second session at the source. Opening one takes time, which counts under the
    /// fence. But Backstage needs some of the free sessions itself.
    let keepsSpares: Bool

    /// Workers besides ``workers``, which work while others wait for a server that is far away or slow.
    let extraWorkers: Int

    /// Free sessions that are left to Backstage, besides those that it has.
    private static let leftFree = 10

    /// - Parameters:
    ///   - freeAtTarget: `nil` where roles or databases at one of the servers have limits of their own.
    init(workers: Int, pods: Int, databases: Int, freeAtSource: Int, freeAtTarget: Int?) {
        let choices = [(true, workers / 2), (true, 0), (false, 0)].map {
            SessionBudget(workers: workers, pods: pods, databases: databases, keepsSpares: $0.0, extraWorkers: $0.1)
        }
        self =
            choices.first { choice in
                guard choice.source + Self.leftFree <= freeAtSource else { return false }
                return choice.extraWorkers == 0 || freeAtTarget.map { choice.target + Self.leftFree <= $0 } ?? false
            } ?? choices[2]
    }

    private init(workers: Int, pods: Int, databases: Int, keepsSpares: Bool, extraWorkers: Int) {
        (self.workers, self.pods, self.databases) = (workers, pods, databases)
        (self.keepsSpares, self.extraWorkers) = (keepsSpares, extraWorkers)
    }

    init(_ settings: JobSettings, survey: Migration.Survey) {
        let (source, target) = (survey.source, survey.target)
        let hasLimits = source.hasLimitedSessions || target.hasLimitedSessions
        self.init(
            workers: settings.workers, pods: settings.pods, databases: survey.databases.count,
            freeAtSource: source.connectionLimit - source.connectionsInUse,
            freeAtTarget: hasLimits ? nil : target.connectionLimit - target.connectionsInUse)
    }

    /// Workers of the pods that help.
    private var helpers: Int { workers * (pods - 1) }

    /// Databases that are copied at once.
    var openDatabases: Int { min(databases, 2 * workers) }

    /// Databases that are brought over and sealed at once under the fence.
    var sealedAtOnce: Int { keepsSpares ? min(databases, 64) : workers }

    /// Sessions of the followers: one each. While it makes a round, a follower has one more for the newer snapshot and
    /// one that reads which blocks have changed.
    private var following: Int { databases + (keepsSpares ? databases : workers) + workers }

    /// Sessions at the source:
    ///
    /// - the followers', which hold the snapshots, those of databases that are being copied too;
    /// - for each worker, the one that it reads with, and a `pg_dump`;
    /// - four more: for the fence, a look into one database, the pace, and the marks of rounds;
    /// - for each helping pod, one for its look at the source, and one for each of its workers.
    var source: Int { following + 2 * (workers + extraWorkers) + 4 + helpers + pods - 1 }

    /// Sessions at the target:
    ///
    /// - one for each database's follower;
    /// - for each worker, the one that it writes with, one that makes databases, and a `pg_dump`;
    /// - four more: for the lock, the maintenance database, a look into one database, and the watch on index builds;
    /// - for each helper, one that waits for tasks and one that writes;
    /// - for each helping pod, two that try to take the lead; and one with which the leader serves the helpers.
    var target: Int { databases + 3 * (workers + extraWorkers) + 4 + 2 * helpers + 2 * (pods - 1) + (pods > 1 ? 1 : 0) }
}
