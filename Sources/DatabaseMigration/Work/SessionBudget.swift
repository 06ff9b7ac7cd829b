import JobContract

/// How many sessions all pods of a run open at most, and so how many a server must have free.
struct SessionBudget {
    let workers: Int
    let pods: Int
    /// How many databases are moved.
    let databases: Int
    /// Whether each follower keeps a second session at the source: opening one takes time, which counts under the fence.
    /// Backstage needs some of what is free itself.
    let keepsSpares: Bool

    init(workers: Int, pods: Int, databases: Int, freeAtSource: Int) {
        (self.workers, self.pods, self.databases) = (workers, pods, databases)
        let comfortable = SessionBudget(workers: workers, pods: pods, databases: databases, keepsSpares: true)
        keepsSpares = comfortable.source + databases <= freeAtSource
    }

    private init(workers: Int, pods: Int, databases: Int, keepsSpares: Bool) {
        (self.workers, self.pods, self.databases, self.keepsSpares) = (workers, pods, databases, keepsSpares)
    }

    init(_ settings: JobSettings, survey: Migration.Survey) {
        self.init(
            workers: settings.workers, pods: settings.pods, databases: survey.databases.count,
            freeAtSource: survey.source.connectionLimit - survey.source.connectionsInUse)
    }

    /// Workers of the pods that help.
    private var helpers: Int { workers * (pods - 1) }

    /// Databases that are copied at once; the session that exported a database's snapshot stays until it is copied.
    var openDatabases: Int { min(databases, 2 * workers) }

    /// Databases that are brought over and sealed at once under the fence.
    var sealedAtOnce: Int { keepsSpares ? min(databases, 64) : workers }

    /// One of each database's follower, and while it makes a round, one for the newer snapshot and one that reads which
    /// blocks have changed.
    private var following: Int { databases + (keepsSpares ? databases : workers) + workers }

    /// The followers, and while databases are copied the snapshots; for each worker the session that it reads with and a
    /// `pg_dump`; the fence, a look into one database, the watch on how soon the source answers, and the marks of rounds meanwhile. A
    /// helping pod looks at the source once; each of its workers reads
    /// with one.
    var source: Int { following + openDatabases + 2 * workers + 4 + helpers + pods - 1 }

    /// One of each database's follower; for each worker the session that it writes with, one for making databases and a
    /// `pg_dump`; the lock, the maintenance database, a look into one database and one at index builds. A helper waits for tasks with one and
    /// writes with another; its pod looks for the lead with two, and the leader serves them with one.
    var target: Int { databases + 3 * workers + 4 + 2 * helpers + 2 * (pods - 1) + (pods > 1 ? 1 : 0) }
}
