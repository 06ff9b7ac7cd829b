import FoundationEssentials
import JobContract
import PostgresClient

/// Tasks shared between the pods of one Job: a table in the control database, in which a row lock claims a task.
///
/// A pod that takes a task keeps its row locked until it has answered. So no other pod takes the task, and a pod that
/// dies lets go of it (PostgreSQL manual, SELECT, `FOR UPDATE SKIP LOCKED`).
struct SharedQueue {
    static let creation: SQL = """
        CREATE TABLE IF NOT EXISTS rehome.task
            (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, epoch bigint NOT NULL, document text NOT NULL, outcome text)
        """

    /// In the control database.
    let connection: Connection

    /// The application name of sessions that wait for tasks.
    static func helperName(of identity: MigrationIdentity, attempt: String) -> String {
        Sessions.applicationName(of: identity, attempt: "helper \(attempt)")
    }

    /// The application name of sessions that do a task.
    static func taskName(_ id: Int, of helper: String) -> String { "\(helper)/task \(id)" }

    /// - Returns: the task's number in ``taskName(_:of:)``.
    static func task(ofName name: String) -> Int? {
        guard let last = name.split(separator: "/").last, last.hasPrefix("task ") else { return nil }
        return Int(last.dropFirst("task ".count))
    }

    // MARK: The leader's side

    func offer(_ task: SharedTask, epoch: Int) throws -> Int {
        let result = try connection.query(
            "INSERT INTO rehome.task (epoch, document) VALUES (\(epoch), $1) RETURNING id", [try Self.encode(task)])
        return result.integer ?? 0
    }

    /// Returns the answers and deletes them.
    func answers(epoch: Int) throws -> [(id: Int, outcome: SharedTask.Outcome)] {
        try connection.query(
            "DELETE FROM rehome.task WHERE epoch = \(epoch) AND outcome IS NOT NULL RETURNING id, outcome"
        ).rows.compactMap { row in
            guard let id = row.integer(0), let text = row[1] else { return nil }
            return (id, try JSONDecoder().decode(SharedTask.Outcome.self, from: Data(text.bytes)))
        }
    }

    /// Takes a task back, unless a pod is working on it.
    func withdraw(_ id: Int) throws(PostgresError) -> Bool {
        try !connection.query(
            """
            DELETE FROM rehome.task WHERE id IN
                (SELECT id FROM rehome.task WHERE id = \(id) AND outcome IS NULL FOR UPDATE SKIP LOCKED) RETURNING id
            """
        ).rows.isEmpty
    }

    /// How many workers of other pods are there.
    func helpers(of identity: MigrationIdentity) throws(PostgresError) -> Int {
        try connection.query(
            """
            SELECT count(*) FROM pg_catalog.pg_stat_activity
            WHERE datname = pg_catalog.current_database() AND starts_with(application_name, $1)
            """, [ByteText(Self.helperName(of: identity, attempt: ""))]
        ).integer ?? 0
    }

    // MARK: The helpers' side

    /// Takes the oldest task of the newest attempt, within the connection's open transaction.
    func take() throws -> (id: Int, epoch: Int, task: SharedTask)? {
        let rows = try connection.query(
            """
            SELECT id, epoch, document FROM rehome.task
            WHERE outcome IS NULL AND epoch = (SELECT max(epoch) FROM rehome.attempt) ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
            """
        ).rows
        guard let row = rows.first, let id = row.integer(0), let epoch = row.integer(1), let document = row[2] else {
            return nil
        }
        return (id, epoch, try JSONDecoder().decode(SharedTask.self, from: Data(document.bytes)))
    }

    func answer(_ id: Int, _ outcome: SharedTask.Outcome) throws {
        _ = try connection.query("UPDATE rehome.task SET outcome = $1 WHERE id = \(id)", [try Self.encode(outcome)])
    }

    private static func encode(_ value: some Encodable) throws -> ByteText {
        ByteText(bytes: try JSONEncoder().encode(value))
    }
}
