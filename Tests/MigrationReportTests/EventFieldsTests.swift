import Foundation
import JobContract
import MigrationReport
import PostgresClient
import TestSupport
import Testing

@testable import DatabaseMigration

/// What a log of JSON says, held to its schema.
@Suite struct EventFieldsTests {
    private static let events: [MigrationEvent] = [
        .connected(side: .source, place: "db:5432/postgres", version: "15.18", isEncrypted: true),
        .awaitingServer(side: .target, place: "db:5432/postgres", reason: "Connection refused", seconds: 59),
        .planned(databases: 2, bytes: 7),
        .fenced(databases: ["a", "b"], endedSessions: 3, seconds: 0.0123),
        .round(RoundSummary(number: 1, databases: 2)), .keepingUp(for: "'rehome-job go'"),
        .published(databases: ["a"], setAside: [:], seconds: 0.2, fenced: nil),
        .published(databases: ["a"], setAside: ["a": "b"], seconds: 0.2, fenced: 0.7),
        .working(on: "publishing", seconds: 16), .answerLost, .sealed(database: "a", fingerprint: "f00", seconds: 1),
        .rebuilding(database: "a", reason: "its schema has changed"),
        .copied(
            database: "a", table: .init(schema: "public", name: "t"), rows: 1, bytes: 2, seconds: 3, verifySeconds: 1),
        .cutOverPutOff(reason: "too long", attempt: 1, seconds: 5),
        .progress(
            CopyProgress(
                seconds: 20, bytesDone: 1, bytesTotal: 2, rowsDone: 3, rowsTotal: 4, bytesPerSecond: 5, fraction: 0.5,
                work: [
                    .init(
                        database: "a", what: "building the index b of c", seconds: 5, detail: "scanning table", rows: 1,
                        ofRows: 2, fraction: 0.5)
                ], databases: [])),
    ]

    private static let runEvents: [RunEvent] = [
        .stopping(signal: "SIGTERM"), .receiptLeft(namespace: "n", name: "r", isNew: true),
        .reportLeft(namespace: "n", name: "r-report"), .finished(databases: 2, text: "done"),
        .receipt(["kind": "ConfigMap"]),
        .failed(.retry, page: .jobFails, text: "failed"),
    ]

    private struct Schema: Decodable {
        struct Kind: Decodable {
            struct Property: Decodable {
                var type: String?
                var const: String?
                var description: String?
                var items: Items?
            }
            struct Items: Decodable {
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
        }
        var oneOf: [Kind]
    }

    @Test func `every event has the name, the fields and their types that the schema says`() throws {
        let schema = try JSONDecoder().decode(
            Schema.self, from: Data(contentsOf: URL(filePath: "\(Checkout.folder)/docs/job-log.schema.json")))
        for fields in Self.events.map({ EventFields($0) }) + Self.runEvents.map({ EventFields($0) }) {
            let kind = try #require(schema.oneOf.first { $0.title == fields.name }, "\(fields.name)")
            #expect(kind.properties["event"]?.const == fields.name)
            #expect(kind.description?.hasSuffix(".") == true, "\(fields.name)")
            #expect((kind.required ?? []).allSatisfy { fields.values[$0] != nil }, "\(fields.name)")
            for (name, value) in fields.values {
                #expect(kind.properties[name]?.type == Self.type(of: value), "\(fields.name).\(name)")
                #expect(kind.properties[name]?.description != nil, "\(fields.name).\(name)")
                guard case .objects(let objects) = value else { continue }
                let items = try #require(kind.properties[name]?.items)
                for object in objects {
                    #expect((items.required ?? []).allSatisfy { object[$0] != nil })
                    for (key, value) in object {
                        #expect(items.properties?[key]?.type == Self.type(of: value), "\(fields.name).\(name).\(key)")
                        #expect(items.properties?[key]?.description != nil, "\(fields.name).\(name).\(key)")
                    }
                }
            }
        }
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
