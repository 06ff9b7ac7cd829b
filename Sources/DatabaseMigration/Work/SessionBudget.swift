/// How many sessions all pods of a run open at most, and so how many a server must have free.
struct SessionBudget {
    let workers: Int
    let pods: Int

    /// Workers of the pods that help.
    private var helpers: Int { workers * (pods - 1) }

    /// Databases that are open at once; the session that exported a database's snapshot stays until it is sealed.
    var openDatabases: Int { 2 * workers }

    /// The snapshots; for each worker the session that it reads with and a `pg_dump`; the fence and a look into one
    /// database. A helping pod looks at the source once; each of its workers reads with one.
    var source: Int { openDatabases + 2 * workers + 2 + helpers + pods - 1 }

    /// For each worker the session that it writes with, one for making databases and a `pg_dump`; the lock, the
    /// maintenance database and a look into one database. A helper waits for errands with one and writes with another; its
    /// pod looks for the lead with two, and the leader serves them with one.
    var target: Int { 3 * workers + 3 + 2 * helpers + 2 * (pods - 1) + (pods > 1 ? 1 : 0) }
}
