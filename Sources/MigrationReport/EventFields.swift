import DatabaseMigration
import FoundationEssentials
import JobContract
import PostgresClient

/// An event as data: a kind and fields that stay the same from version to version (docs/job-log.schema.json).
public struct EventFields: Encodable, Sendable {
    public enum Value: Encodable, Sendable {
        case text(String)
        case integer(Int)
        case number(Double)
        case flag(Bool)
        case list([String])
        case objects([[String: Value]])
        case document(any Encodable & Sendable)

        public func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .text(let value): try container.encode(value)
            case .integer(let value): try container.encode(value)
            case .number(let value): try container.encode((value * 1000).rounded() / 1000)
            case .flag(let value): try container.encode(value)
            case .list(let value): try container.encode(value)
            case .objects(let value): try container.encode(value)
            case .document(let value): try container.encode(value)
            }
        }
    }

    public let kind: EventKind
    public private(set) var values: [String: Value] = [:]

    public func encode(to encoder: any Encoder) throws { try values.encode(to: encoder) }

    init(_ kind: EventKind, _ values: KeyValuePairs<String, Value?>) {
        self.kind = kind
        for (key, value) in values { self.values[key] = value }
    }

    public init(_ event: MigrationEvent) {
        self =
            switch event {
            case .connected(let side, let place, let version, let isEncrypted):
                Self(
                    .connected,
                    [
                        "side": .text(side.rawValue), "place": .text(place), "version": .text(version),
                        "tls": .flag(isEncrypted),
                    ])
            case .awaitingServer(let side, let place, let reason, let seconds):
                Self(
                    .awaitingServer,
                    [
                        "side": .text(side.rawValue), "place": .text(place), "reason": .text(reason),
                        "seconds": .number(seconds),
                    ])
            case .finding(let finding):
                Self(
                    .finding,
                    [
                        "severity": .text(finding.severity.rawValue), "finding": .text(finding.message),
                        "advice": finding.advice.map { .text($0) },
                    ])
            case .planned(let databases, let bytes):
                Self(.planned, ["databases": .integer(databases), "bytes": .integer(bytes)])
            case .waitingForStart(let until, let seconds):
                Self(.waiting, ["for": .text(until), "seconds": .number(seconds)])
            case .startReached: Self(.waitOver, [:])
            case .waitingForOtherAttempt: Self(.waitingForOtherAttempt, [:])
            case .appeared(let databases): Self(.appeared, ["names": names(databases)])
            case .helping: Self(.helping, [:])
            case .fenced(let databases, let ended, let leftOpen, let seconds):
                Self(
                    .fenced,
                    [
                        "names": names(databases), "endedSessions": .integer(ended), "leftOpen": .flag(leftOpen),
                        "seconds": .number(seconds),
                    ])
            case .fenceLifted(let databases): Self(.fenceLifted, ["names": names(databases)])
            case .opened(let database, let tables, let bytes, let adopted, let seconds):
                Self(
                    .opened,
                    [
                        "database": .text("\(database)"), "tables": .integer(tables), "bytes": .integer(bytes),
                        "adopted": .text(adopted.rawValue), "seconds": .number(seconds),
                    ])
            case .copied(let database, let table, let rows, let bytes, let seconds, let verifySeconds):
                Self(
                    .copied,
                    [
                        "database": .text("\(database)"), "table": .text("\(table)"), "rows": .integer(rows),
                        "bytes": .integer(bytes), "seconds": .number(seconds),
                        "verifySeconds": .number(verifySeconds),
                    ])
            case .copiedRange(let database, let table, let blocks, let rows, let bytes, let seconds):
                Self(
                    .copiedRange,
                    [
                        "database": .text("\(database)"), "table": .text("\(table)"), "blocks": .text(blocks),
                        "rows": .integer(rows), "bytes": .integer(bytes),
                        "seconds": .number(seconds),
                    ])
            case .rechecked(let database, let table, let rows, let seconds):
                Self(
                    .rechecked,
                    [
                        "database": .text("\(database)"), "table": .text("\(table)"), "rows": .integer(rows),
                        "seconds": .number(seconds),
                    ])
            case .indexed(let database, let index, let seconds):
                Self(.indexed, ["database": .text("\(database)"), "index": .text(index), "seconds": .number(seconds)])
            case .analyzed(let database, let table, let seconds):
                Self(
                    .analyzed,
                    ["database": .text("\(database)"), "table": .text("\(table)"), "seconds": .number(seconds)])
            case .leftOut(let database, let objects):
                Self(.leftOut, ["database": .text("\(database)"), "objects": .list(objects.map(\.description))])
            case .rebuilding(let database, let reason):
                Self(.begunAgain, ["database": .text("\(database)"), "reason": .text(reason)])
            case .progress(let progress):
                Self(
                    .progress,
                    [
                        "seconds": .number(progress.seconds), "bytes": .integer(progress.bytesDone),
                        "ofBytes": .integer(progress.bytesTotal), "rows": .integer(progress.rowsDone),
                        "ofRows": progress.rowsTotal.map { .integer($0) }, "fraction": .number(progress.fraction),
                        "bytesPerSecond": .number(progress.bytesPerSecond),
                        "secondsLeft": progress.secondsLeft.map { .number($0) },
                        "work": .objects(progress.work.map(\.fields)),
                    ])
            case .working(let what, let seconds):
                Self(.working, ["on": .text(what), "seconds": .number(seconds)])
            case .copiedDatabase(let database, let rows, let seconds):
                Self(
                    .copiedDatabase,
                    ["database": .text("\(database)"), "rows": .integer(rows), "seconds": .number(seconds)])
            case .round(let round):
                Self(
                    .round,
                    [
                        "round": .integer(round.number), "databases": .integer(round.databases),
                        "rows": .integer(round.rows), "bytes": .integer(round.bytes),
                        "blocks": .integer(round.blocks), "seconds": .number(round.seconds),
                        "tablesCopiedAgain": .integer(round.replaced),
                        "begunAgain": names(round.begunAgain), "behind": names(round.behind),
                    ])
            case .postponed(let database, let reason):
                Self(.postponed, ["database": .text("\(database)"), "reason": .text(reason)])
            case .keepingUp(let reason): Self(.keepingUp, ["for": .text(reason)])
            case .cutOverPutOff(let reason, let attempt, let seconds):
                Self(
                    .cutOverPutOff, ["reason": .text(reason), "tries": .integer(attempt), "seconds": .number(seconds)])
            case .sealed(let database, let fingerprint, let seconds):
                Self(
                    .sealed,
                    ["database": .text("\(database)"), "fingerprint": .text(fingerprint), "seconds": .number(seconds)])
            case .sourceMoved(let attempt): Self(.sourceMoved, ["turn": .integer(attempt)])
            case .verified(let database, let rows, let differences):
                Self(
                    .verified,
                    ["database": .text("\(database)"), "rows": .integer(rows), "differences": .integer(differences)])
            case .proved(let databases): Self(.proved, ["databases": .integer(databases)])
            case .answerLost: Self(.answerLost, [:])
            case .published(let databases, let aside, let seconds, let fenced):
                Self(
                    .published,
                    [
                        "names": names(databases), "setAside": names(aside.keys.sorted()), "seconds": .number(seconds),
                        "refusedSeconds": fenced.map { .number($0) },
                    ])
            case .alreadyPublished(let databases, let time):
                Self(.alreadyPublished, ["names": names(databases), "at": .text(time)])
            case .leftOver(let databases): Self(.leftOver, ["names": names(databases)])
            }
    }
}

extension CopyProgress.Work {
    fileprivate var fields: [String: EventFields.Value] {
        var fields: [String: EventFields.Value] = [
            "database": .text("\(database)"), "what": .text(what), "seconds": .number(seconds),
        ]
        if !detail.isEmpty { fields["detail"] = .text(detail) }
        fields["rows"] = rows.map { .integer($0) }
        fields["ofRows"] = ofRows.map { .integer($0) }
        fields["fraction"] = fraction.map { .number($0) }
        fields["secondsLeft"] = secondsLeft.map { .number($0) }
        return fields
    }
}

private func names(_ databases: [DatabaseName]) -> EventFields.Value { .list(databases.map(\.description)) }
