import Synchronization
import Testing

@testable import DatabaseMigration
@testable import PostgresClient

/// Which servers are asked again, and what is said meanwhile.
@Suite struct FirstContactTests {
    /// - Parameter patience: seconds.
    private func contact(patience: Double, interrupt: Interrupt = Interrupt(), report: @escaping EventSink = { _ in })
        -> FirstContact
    {
        FirstContact(side: .target, patience: patience, interrupt: interrupt, report: report)
    }

    private static func failure(_ message: String) -> PostgresError {
        PostgresError(kind: .notConnected(.init(message: message)), place: "db:5432/postgres", message: message)
    }

    @Test(arguments: [
        (#"could not translate host name "db" to address: Name or service not known"#, true),
        (#"connection to server at "db", port 5432 failed: Connection refused"#, true),
        ("FATAL:  the database system is starting up", true),
        ("FATAL:  sorry, too many clients already", true),
        (#"FATAL:  password authentication failed for user "postgres""#, false),
        ("SSL error: certificate verify failed", false),
        (#"server certificate for "a" does not match host name "b""#, false),
        ("server does not support SSL, but SSL was required", false),
        (#"FATAL:  database "x" does not exist"#, false),
        (#"FATAL:  no pg_hba.conf entry for host "10.0.0.2", user "u", database "d", no encryption"#, false),
    ])
    func `only a server that may come up is asked again`(message: String, isAskedAgain: Bool) {
        let tries = Mutex(0)
        #expect(throws: PostgresError.self) {
            try contact(patience: 0.1).open { () throws(PostgresError) in
                tries.withLock { $0 += 1 }
                throw Self.failure(message)
            }
        }
        #expect((tries.withLock(\.self) > 1) == isAskedAgain)
    }

    @Test func `whoever has no patience hears at once`() {
        let tries = Mutex(0)
        let told = Mutex(0)
        #expect(throws: PostgresError.self) {
            try contact(patience: 0, report: { _ in told.withLock { $0 += 1 } }).open { () throws(PostgresError) in
                tries.withLock { $0 += 1 }
                throw Self.failure("Connection refused")
            }
        }
        #expect(tries.withLock(\.self) == 1 && told.withLock(\.self) == 0)
    }

    @Test func `the same reason is said once in a while, another one at once`() {
        let reasons = ["could not translate host name", "Connection refused", "Connection refused", "No route to host"]
        let tries = Mutex(0)
        let told = Mutex<[String]>([])
        let contact = contact(patience: 60) { event in
            guard case .awaitingServer(.target, _, let reason, _) = event else { return }
            told.withLock { $0.append(reason) }
        }
        #expect(throws: PostgresError.self) {
            try contact.open { () throws(PostgresError) in
                let turn = tries.withLock { tries in
                    defer { tries += 1 }
                    return tries
                }
                throw Self.failure(turn < reasons.count ? reasons[turn] : "password authentication failed")
            }
        }
        #expect(told.withLock(\.self) == ["could not translate host name", "Connection refused", "No route to host"])
    }
}
