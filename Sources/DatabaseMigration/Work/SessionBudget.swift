/// How many sessions a run opens at most, and so how many a server must have free.
struct SessionBudget {
    let workers: Int

    /// Databases that are open at once; the session that exported a database's snapshot stays until it is sealed.
    var openDatabases: Int { 2 * workers }

    /// The snapshots; for each worker the session that it reads with and a `pg_dump`; the fence and a look into one
    /// database.
    var source: Int { openDatabases + 2 * workers + 2 }

    /// For each worker the session that it writes with, one for making databases and a `pg_dump`; the lock, the
    /// maintenance database and a look into one database.
    var target: Int { 3 * workers + 3 }
}
