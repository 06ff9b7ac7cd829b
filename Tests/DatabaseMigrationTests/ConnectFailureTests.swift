import Testing

@testable import PostgresClient

@Suite struct ConnectFailureTests {
    @Test(arguments: [
        (
            #"connection to server at "db" (10.0.0.1), port 5432 failed: Network is unreachable"#,
            PostgresError.NotConnected.unreachable
        ),
        (#"connection to server at "db", port 5432 failed: No route to host"#, .unreachable),
        (#"could not translate host name "db" to address: Name or service not known"#, .unreachable),
        (#"FATAL:  password authentication failed for user "postgres""#, .wrongCredentials),
        (#"FATAL:  role "nobody" does not exist"#, .wrongCredentials),
        (#"SSL error: certificate verify failed"#, .untrustedCertificate),
        (#"server certificate for "a" does not match host name "b""#, .wrongHostName),
        (#"FATAL:  database "x" does not exist"#, .noSuchDatabase),
        (#"FATAL:  sorry, too many clients already"#, .tooManyConnections),
        (#"FATAL:  the database system is starting up"#, .notReady),
        (#"FATAL:  could not write init file: No space left on device"#, .outOfResources),
        (#"FATAL:  could not write lock file "postmaster.pid": No space left on device"#, .outOfResources),
        (#"FATAL:  out of shared memory"#, .outOfResources),
        (#"could not fork new process for connection: Resource temporarily unavailable"#, .outOfResources),
        (#"FATAL:  no pg_hba.conf entry for host "10.0.0.2", user "u", database "d", no encryption"#, .refused),
    ])
    func `what libpq says becomes a reason that tells whether to try again`(
        message: String, reason: PostgresError.NotConnected
    ) {
        #expect(PostgresError.NotConnected(message: message) == reason)
    }

    @Test func `a server without room for a connection may have it later`() {
        #expect(
            PostgresError(
                kind: .notConnected(.outOfResources), place: "db:5432/postgres", message: "No space left on device"
            ).isTransient)
    }
}
