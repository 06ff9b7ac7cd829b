import JobContract
import PostgresClient

/// Checks the cut-over: whether Backstage works on the published databases, and no longer on the source.
///
/// It only reads. Between looks it remembers which databases it has seen in use, since a plugin that has nothing to do
/// closes its sessions after a while.
public actor AfterCheck {
    private let executor = BlockingExecutor(label: "after")
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    let settings: JobSettings
    private var sessions: Sessions
    private var seen: Set<DatabaseName> = []

    public init(settings: JobSettings, interrupt: Interrupt) {
        self.settings = settings
        sessions = Sessions(settings, applicationName: "rehome/after", interrupt: interrupt)
    }

    /// - Throws: ``MigrationFailure`` when the target cannot be asked or its stamps contradict what is there.
    public func look() throws(MigrationFailure) -> AfterReport {
        do {
            let target = try sessions.openTarget(DatabaseName(settings.target.database))
            let facts = try ServerFacts(reading: target)
            sessions = sessions.knowing(source: nil, target: facts)
            switch try PublishedState(target: facts, settings: settings) {
            case .none:
                return AfterReport(checks: [
                    .init(
                        "published", .notYet,
                        "nothing of \(settings.namespace)/\(settings.instance) is published at \(facts.place)",
                        advice: "'rehome-job status' says how far the copy is.")
                ])
            case .left(let stamp):
                let failure = Migration.left(stamp, at: facts)
                return AfterReport(checks: [.init("published", .personMustAct, failure.message, advice: failure.advice)]
                )
            case .complete(let stamp), .otherPlan(let stamp):
                return try look(at: Stamps(of: stamp, in: facts), target: target)
            }
        } catch {
            throw MigrationFailure(error, hadContact: false)
        }
    }

    /// The stamps that were written in one publishing transaction.
    struct Stamps {
        var place: String
        var first: Stamp
        var all: [Stamp]

        init(of stamp: Stamp, in facts: ServerFacts) {
            place = facts.place
            first = stamp
            all = facts.stamps(publishedWith: stamp)
        }
    }

    private func look(at stamps: Stamps, target: Connection) throws -> AfterReport {
        let clients = try ClientSessions.read(at: target)
        seen.formUnion(clients.counts(of: sessions.owner).keys)
        var checks: [AfterReport.Check] = [
            .init(
                "published", .ok,
                "\(stamps.all.count) databases are published at \(stamps.place) since \(stamps.first.publishedAt)"),
            targetSessions(stamps),
            sourceSessions(stamps),
        ]
        for stamp in stamps.all {
            let connection = try sessions.openOwned(stamp.database)
            checks += try locks(stamp.database, at: connection)
            if let entities = stamp.entities {
                checks.append(try catalog(stamp.database, moved: entities, at: connection))
            }
        }
        if !checks.contains(where: { $0.name == "locks" }) {
            checks.append(.init("locks", .ok, "no schema migration of knex holds its lock"))
        }
        return AfterReport(checks: checks, databases: stamps.all.count)
    }

    // MARK: Sessions

    private func targetSessions(_ stamps: Stamps) -> AfterReport.Check {
        let role = sessions.owner
        let present = stamps.all.filter { seen.contains($0.database) }
        guard !present.isEmpty else {
            return .init(
                "sessions", .notYet,
                "role \(role) has no session in any published database: Backstage does not work on them",
                advice:
                    "Wait for the roll-out. If it is over, look whether the cut-over's Secret reached the pod, and at the pod's log."
            )
        }
        let absent = stamps.all.filter { !seen.contains($0.database) }
        let missing = absent.filter { ($0.sessions ?? 0) > 0 }
        guard missing.isEmpty else {
            return .init(
                "sessions", .notYet,
                "\(present.count) databases are in use; not there: \(Self.plugins(missing)), which had sessions before the move",
                advice: "Each plugin connects when it starts. Look into Backstage's log for the ones named here.")
        }
        let idle = absent.isEmpty ? "" : "; without a session, as before the move: \(Self.plugins(absent))"
        return .init("sessions", .ok, "role \(role) works in \(present.count) published databases\(idle)")
    }

    /// `catalog (backstage_plugin_catalog)`: the plugin, as Backstage names its databases, and the database.
    static func plugins(_ stamps: [Stamp]) -> String {
        stamps.map(\.database).sorted().map { database in
            guard let plugin = database.text.after("_plugin_") else { return database.description }
            return "\(plugin) (\(database))"
        }.joined(separator: ", ")
    }

    /// A source that is gone is no failure: an operator up to 1.9 deletes it at the cut-over.
    private func sourceSessions(_ stamps: Stamps) -> AfterReport.Check {
        guard settings.hasSource else {
            return .init("source", .ok, "the source's Secret is absent, so the source was not asked")
        }
        do {
            let source = try sessions.openSource(DatabaseName(settings.source.database))
            let facts = try ServerFacts(reading: source)
            guard facts.systemIdentifier == stamps.first.migration.source else {
                return .init(
                    "source", .ok,
                    "at \(facts.place) answers another server than the one that was left, so it was not looked at")
            }
            let left = try ClientSessions.read(at: source).clients.filter {
                stamps.first.databases.contains($0.database)
            }
            guard !left.isEmpty else { return .init("source", .ok, "nobody is left at the source, \(facts.place)") }
            let names = Set(
                left.map { "\($0.database) (\($0.role)\($0.application.isEmpty ? "" : ", \($0.application)"))" }
            ).sorted()
            let isOpen = stamps.all.contains { facts.database($0.database)?.readOnlySetting != "on" }
            return .init(
                "source", isOpen ? .personMustAct : .notYet,
                "\(left.count) sessions are left at the source: \(names.joined(separator: ", "))\(isOpen ? "; it is not fenced, and what they write there is lost to the target" : "")",
                advice: "An old pod, or a program that still has the old address. Stop it.")
        } catch {
            return .init(
                "source", .ok, "the source cannot be asked, so it is not known whether somebody is left there: \(error)"
            )
        }
    }

    // MARK: Contents

    /// A pod that was killed while it changed its plugin's schema leaves the lock behind, and no other pod of the
    /// plugin starts until a person takes it away.
    private func locks(_ database: DatabaseName, at connection: Connection) throws -> [AfterReport.Check] {
        let tables = try SourceCatalog(reading: connection).tables.filter(\.isKnexLock)
        return try tables.compactMap { table in
            guard try connection.query("SELECT EXISTS (SELECT FROM \(table.name) WHERE is_locked <> 0)").isTrue else {
                return nil
            }
            let isAtWork = try connection.query(
                """
                SELECT EXISTS (SELECT FROM pg_catalog.pg_stat_activity WHERE datname = current_database() AND state <> 'idle'
                               AND backend_type = 'client backend' AND pid <> pg_backend_pid())
                """
            ).isTrue
            if isAtWork {
                return .init(
                    "locks", .notYet, "\(database).\(table.name) is locked, and a session is at work",
                    advice: "Wait until the plugin has changed its schema.")
            }
            return .init(
                "locks", .personMustAct, "\(database).\(table.name) is locked, and nobody is at work in the database",
                advice:
                    "The plugin does not start. When no pod of it is starting: \("UPDATE \(table.name) SET is_locked = 0" as SQL)."
            )
        }
    }

    private func catalog(_ database: DatabaseName, moved: Int, at connection: Connection) throws -> AfterReport.Check {
        guard
            let table = try SourceCatalog(reading: connection).tables.first(where: {
                $0.name.name == Stamp.catalogTable
            })
        else {
            return .init(
                "catalog", .personMustAct, "\(database) has no table \(Stamp.catalogTable) any more",
                advice: "It was moved with \(moved) rows. Find out who dropped it.")
        }
        let now = try connection.query("SELECT count(*) FROM \(table.name)").integer ?? 0
        guard now >= moved else {
            return .init(
                "catalog", .personMustAct, "the catalog holds \(now) entities, and \(moved) were moved",
                advice:
                    "Entities that were removed on purpose since do not matter. If nobody removed any, look whether a location or provider is missing in Backstage's configuration."
            )
        }
        return .init("catalog", .ok, "the catalog holds \(now) entities; \(moved) were moved")
    }
}
