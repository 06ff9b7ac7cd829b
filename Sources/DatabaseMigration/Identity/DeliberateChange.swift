import JobContract
import PostgresClient

/// Something that was changed on purpose after the copy. It is recorded in the stamp, and no comparison complains of
/// it.
public struct DeliberateChange: Codable, Hashable, Sendable, CustomStringConvertible {
    public enum Kind: String, Codable, Sendable {
        /// The database had no source.
        case createdEmpty
        /// A lock table of knex was left with exactly one unlocked row.
        case unlocked
        /// Tasks that ran when the fence came were released, so that any pod can run them again.
        case ticketsCleared
        /// The target computes generated columns differently, and the settings accept it.
        case generatedColumns
    }

    public var kind: Kind
    /// `nil` for the database as a whole.
    public var table: RelationName?

    public var description: String { table.map { "\($0): \(words)" } ?? words }

    /// The change, without the table.
    var words: String {
        switch kind {
        case .createdEmpty: "created empty"
        case .unlocked: "one unlocked row"
        case .ticketsCleared: "tickets of running tasks cleared"
        case .generatedColumns: "generated columns differ"
        }
    }
}

/// Which changes the settings ask for or accept.
struct DeliberateChanges: Sendable {
    /// Whether scheduled tasks are to be released from the pods that ran them.
    var clearsTickets: Bool
    /// Whether generated columns may differ, where the columns that they are computed from are equal.
    var acceptsGeneratedColumns: Bool

    /// The changes that are made to these tables, in a transaction at the target.
    func made(to tables: [TableContents]) -> [(change: DeliberateChange, sql: SQL)] {
        tables.filter(\.isKnexLock).map {
            (DeliberateChange(kind: .unlocked, table: $0.name), $0.changing(KnexLock.normalise($0.name)))
        }
            + tables.filter { clearsTickets && $0.isTaskList }.map {
                (DeliberateChange(kind: .ticketsCleared, table: $0.name), $0.changing(TaskTickets.clear($0.name)))
            }
    }

    /// What the state records of a table whose rows have been compared. Where a difference would have been accepted, it
    /// records no hash: an attempt that accepts none must compare the table again.
    func proof(of hash: TableHash, _ table: TableContents) -> String {
        acceptsGeneratedColumns && !table.generatedColumns.isEmpty ? "accepted" : hash.description
    }

    /// A fingerprint for a seal. It names the settings that change what the target holds, so that a copy that was
    /// sealed under other settings is not adopted.
    func sealed(_ fingerprint: String, of tables: [TableContents]) -> String {
        var marks: [String] = []
        if clearsTickets, tables.contains(where: \.isTaskList) { marks.append("tickets cleared") }
        if acceptsGeneratedColumns, tables.contains(where: { !$0.generatedColumns.isEmpty }) {
            marks.append("generated columns accepted")
        }
        return ([fingerprint] + marks).joined(separator: ", ")
    }
}

/// The columns by which Backstage's scheduler knows that a pod runs a task. Their table is
/// `backstage_backend_tasks__tasks`; with one database for all plugins there is one in each schema.
enum TaskTickets {
    static let columns: [Identifier] = ["current_run_ticket", "current_run_started_at", "current_run_expires_at"]

    /// Releases tasks, as the scheduler's own janitor does when a task's time is up. Until then, the ticket of a pod
    /// that is gone would hold up its task.
    static func clear(_ table: RelationName) -> SQL {
        "UPDATE \(table) SET \(list: columns.map { "\($0) = NULL" as SQL }) WHERE current_run_ticket IS NOT NULL"
    }
}

extension TableContents {
    var isTaskList: Bool {
        name.name.text.hasSuffix("backend_tasks__tasks") && TaskTickets.columns.allSatisfy(columns.contains)
    }
}
