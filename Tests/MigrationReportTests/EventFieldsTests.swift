import DatabaseMigration
import Foundation
import JobContract
import MigrationReport
import PostgresClient
import TestSupport
import Testing

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
    ]

    private static let runEvents: [RunEvent] = [
        .stopping(signal: "SIGTERM"), .receiptLeft(namespace: "n", name: "r", isNew: true),
        .reportLeft(namespace: "n", name: "r-report"), .finished(databases: 2, text: "done"),
        .failed(.retry, page: .jobFails, text: "failed"),
    ]

    private struct Schema: Decodable {
        struct Kind: Decodable {
            struct Property: Decodable {
                var type: String?
                var const: String?
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
                let type =
                    switch value {
                    case .text: "string"
                    case .integer: "integer"
                    case .number: "number"
                    case .flag: "boolean"
                    case .list: "array"
                    }
                #expect(kind.properties[name]?.type == type, "\(fields.name).\(name)")
                #expect(kind.properties[name]?.description != nil, "\(fields.name).\(name)")
            }
        }
    }
}
