import Foundation
import JobContract
import MigrationReport
import PostgresClient
import TestSupport
import Testing

@testable import DatabaseMigration

/// What a log of JSON says, held to its schema.
@Suite struct EventFieldsTests {
    private static let table = RelationName(schema: "public", name: "t")

    /// At least one of each kind, and each field that is not always there with it and without.
    private static let events: [MigrationEvent] = [
        .connected(side: .source, place: "db:5432/postgres", version: "15.18", isEncrypted: true),
        .awaitingServer(side: .target, place: "db:5432/postgres", reason: "Connection refused", seconds: 59),
        .finding(.error("the target is older than the source", "Name another target")),
        .finding(.note("the source has no statistics")),
        .planned(databases: 2, bytes: 7),
        .waitingForStart(until: "2026-11-27T02:00:00Z", seconds: 60), .startReached, .waitingForOtherAttempt,
        .appeared(databases: ["c"]), .helping,
        .fenced(databases: ["a", "b"], endedSessions: 3, leftOpen: true, seconds: 0.0123),
        .fenceLifted(databases: ["a", "b"]),
        .opened(database: "a", tables: 1, bytes: 2, adopted: .partial, seconds: 0.1),
        .copied(database: "a", table: table, rows: 1, bytes: 2, seconds: 3, verifySeconds: 1),
        .copiedRange(database: "a", table: table, blocks: "0 to 99", rows: 1, bytes: 2, seconds: 3),
        .rechecked(database: "a", table: table, rows: 1, seconds: 2),
        .indexed(database: "a", index: "public.t_pkey", seconds: 2), .analyzed(database: "a", table: table, seconds: 2),
        .leftOut(database: "a", objects: [LeftOut(.privileges, "SELECT on public.t for reader")]),
        .rebuilding(database: "a", reason: "its schema has changed"),
        .progress(progress(fraction: 0.5, rowsTotal: 4, work: [work(fraction: 0.5, ofRows: 2), work()])),
        .progress(progress(fraction: 0, rowsTotal: nil, work: [])),
        .working(on: "publishing", seconds: 16), .copiedDatabase(database: "a", rows: 3, seconds: 1),
        .round(RoundSummary(number: 1, databases: 2)), .postponed(database: "a", reason: "another session locks it"),
        .keepingUp(for: "'rehome-job go'"), .cutOverPutOff(reason: "too long", attempt: 1, seconds: 5),
        .sealed(database: "a", fingerprint: "f00", seconds: 1), .sourceMoved(attempt: 1),
        .verified(database: "a", rows: 3, differences: 0), .proved(databases: 2), .answerLost,
        .published(databases: ["a"], setAside: [:], seconds: 0.2, fenced: nil),
        .published(databases: ["a"], setAside: ["a": "b"], seconds: 0.2, fenced: 0.7),
        .alreadyPublished(databases: ["a"], at: "2026-11-27T02:00:00Z"), .leftOver(databases: ["a"]),
    ]

    private static let runEvents: [RunEvent] = [
        .stopping(signal: "SIGTERM"), .receiptLeft(namespace: "n", name: "r", isNew: true),
        .reportLeft(namespace: "n", name: "r-report"), .finished(databases: 2, text: "done"),
        .receipt(["kind": "ConfigMap"]),
        .failed(.retry, page: .jobFails, text: "failed"),
    ]

    private static var told: [EventFields] {
        events.map { EventFields($0) } + runEvents.map { EventFields($0) }
    }

    private static func progress(fraction: Double, rowsTotal: Int?, work: [CopyProgress.Work]) -> CopyProgress {
        CopyProgress(
            seconds: 20, bytesDone: 1, bytesTotal: 2, rowsDone: 3, rowsTotal: rowsTotal, bytesPerSecond: 5,
            fraction: fraction, work: work, databases: [])
    }

    private static func work(fraction: Double? = nil, ofRows: Int? = nil) -> CopyProgress.Work {
        .init(
            database: "a", what: "building the index b of c", seconds: 5,
            detail: fraction == nil ? "" : "scanning table", rows: ofRows.map { $0 / 2 }, ofRows: ofRows,
            fraction: fraction)
    }

    private struct Schema: Decodable {
        struct Kind: Decodable {
            struct Property: Decodable {
                var type: String?
                var const: String?
                var description: String?
                var items: Items?
            }
            struct Items: Decodable {
                var type: String?
                var properties: [String: Item]?
                var required: [String]?
            }
            struct Item: Decodable {
                var type: String?
                var description: String?
            }
            var title: String
            var description: String?
            var properties: [String: Property]
            var required: [String]?

            /// What a line of this kind has that not every line has.
            var ownFields: Set<String> { Set(properties.keys).subtracting(["event"]) }
        }
        var oneOf: [Kind]

        init() throws {
            let file = URL(filePath: "\(Checkout.folder)/docs/job-log.schema.json")
            self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: file))
        }
    }

    @Test func `each kind of event is documented, and each that is documented exists`() throws {
        let kinds = try Schema().oneOf
        #expect(kinds.map(\.title).sorted() == EventKind.allCases.map(\.rawValue).sorted())
        for kind in kinds {
            #expect(kind.properties["event"]?.const == kind.title)
            #expect(kind.description?.hasSuffix(".") == true, "\(kind.title)")
        }
        // What is held to the schema below is all that there is.
        let told = Set(Self.told.map(\.kind))
        #expect(told == Set(EventKind.allCases).subtracting([.message]))
    }

    @Test func `every event has the fields and their types that the schema says`() throws {
        let schema = try Schema()
        for fields in Self.told {
            let name = fields.kind.rawValue
            let kind = try #require(schema.oneOf.first { $0.title == name }, "\(name)")
            #expect((kind.required ?? []).allSatisfy { fields.values[$0] != nil }, "\(name)")
            for (field, value) in fields.values {
                let property = kind.properties[field]
                #expect(property?.type == Self.type(of: value), "\(name).\(field)")
                #expect(property?.description != nil, "\(name).\(field)")
                if case .list = value { #expect(property?.items?.type == "string", "\(name).\(field)") }
                guard case .objects(let objects) = value else { continue }
                let items = try #require(property?.items)
                for object in objects {
                    #expect((items.required ?? []).allSatisfy { object[$0] != nil })
                    for (key, value) in object {
                        #expect(items.properties?[key]?.type == Self.type(of: value), "\(name).\(field).\(key)")
                        #expect(items.properties?[key]?.description != nil, "\(name).\(field).\(key)")
                    }
                }
            }
        }
    }

    @Test func `each field that is documented exists, and one that is always there is said to be`() throws {
        let told = Dictionary(grouping: Self.told, by: \.kind.rawValue)
        for kind in try Schema().oneOf where kind.title != EventKind.message.rawValue {
            let events = try #require(told[kind.title], "\(kind.title)").map { Set($0.values.keys) }
            let ever = events.reduce(Set()) { $0.union($1) }
            let always = events.reduce(ever) { $0.intersection($1) }
            #expect(kind.ownFields == ever, "\(kind.title)")
            #expect(Set(kind.required ?? []) == always, "\(kind.title)")
        }
    }

    @Test func `each field of what is at work is documented, and each that is documented exists`() throws {
        let items = try #require(
            try Schema().oneOf.first { $0.title == EventKind.progress.rawValue }?.properties["work"]?.items)
        let work = Self.told.flatMap { fields -> [Set<String>] in
            guard case .objects(let objects)? = fields.values["work"] else { return [] }
            return objects.map { Set($0.keys) }
        }
        let ever = work.reduce(Set()) { $0.union($1) }
        #expect(ever == Set((items.properties ?? [:]).keys))
        #expect(Set(items.required ?? []) == work.reduce(ever) { $0.intersection($1) })
    }

    private static func type(of value: EventFields.Value) -> String {
        switch value {
        case .text: "string"
        case .integer: "integer"
        case .number: "number"
        case .flag: "boolean"
        case .list, .objects: "array"
        case .document: "object"
        }
    }
}
