import FoundationEssentials
import JobContract
import Testing

@Suite struct JobSettingsTests {
    static let complete = [
        "REHOME_NAMESPACE": "rhdh", "REHOME_INSTANCE": "developer-hub",
        "REHOME_TARGET_HOST": "db.example.com", "REHOME_TARGET_USER": "backstage",
        "REHOME_TARGET_PASSWORD": "throw-away",
        "REHOME_RECEIPT_NAME": "receipt",
    ]

    @Test func `each variable is declared`() {
        #expect(JobSetting.allCases.allSatisfy { !$0.meaning.isEmpty })
        #expect(JobSetting.allCases.filter(\.isSecret) == [.sourcePassword, .targetPassword, .targetOwnerPassword])
    }

    @Test func `absent variables take their defaults`() throws {
        let settings = try JobSettings(environment: Self.complete)
        #expect(settings.target.port == 5432)
        #expect(settings.target.tls == .verifyFull)
        #expect(settings.owner == "backstage")
        #expect(settings.include == ["*"])
        #expect(settings.fence)
        #expect(!settings.hasSource)
    }

    @Test func `all problems are reported at once and no password is repeated`() {
        var environment = Self.complete
        environment["REHOME_TARGET_PORT"] = "70000"
        environment["REHOME_GATE"] = "open"
        environment["REHOME_NAMESPACE"] = nil
        let error = #expect(throws: SettingsError.self) { try JobSettings(environment: environment) }
        #expect(error?.problems.count == 3)
        #expect(error?.description.contains("REHOME_GATE: found 'open', expected one of job, manual, none") == true)
        #expect(error?.description.contains("throw-away") == false)
    }

    @Test func `a password that is not there is told from one that does not fit`() {
        var environment = Self.complete
        environment["REHOME_TARGET_PASSWORD"] = nil
        let error = #expect(throws: SettingsError.self) { try JobSettings(environment: environment) }
        #expect(error?.description.hasPrefix("REHOME_TARGET_PASSWORD is not set. It is: ") == true)
    }

    @Test(
        arguments: [
            ["a"], ["a,b", "c"], ["back\\slash", "*"], [], [" outer ", "in ner"], ["caf\u{e9}", "cafe\u{301}"],
            [",\u{301}", "\\\u{301}"],
            [ByteText(bytes: [0x61, 0xC3, 0x2C])],
        ] as [[ByteText]])
    func `a list of names survives its variable`(names: [ByteText]) {
        #expect(NameList.decode(NameList.encode(names)) == names)
    }

    @Test(arguments: ["a/b", "../x", "Caf\u{e9}", "a b"])
    func `what is no name of an object in a cluster is refused`(name: String) {
        var environment = Self.complete
        environment["REHOME_NAMESPACE"] = name
        let error = #expect(throws: SettingsError.self) { try JobSettings(environment: environment) }
        #expect(error?.description.hasPrefix("REHOME_NAMESPACE: found '\(name)', expected a Kubernetes name") == true)
    }

    @Test func `no exit code that a person must act on is retried`() {
        #expect(Set(ExitStatus.neverRetry) == [.usage, .mismatch, .personMustAct])
    }

    @Test func `a job goes forward and at once unless it is told otherwise`() throws {
        let settings = try JobSettings(environment: Self.complete)
        #expect(settings.direction == .forward)
        #expect(settings.notBefore == nil)
    }

    @Test(arguments: [
        ("2026-11-21T22:00:00Z", 1_795_298_400.0), ("2026-11-21T22:00:00+01:00", 1_795_294_800),
        ("2028-02-29T00:00:00-05:30", 1_835_415_000),
        ("2026-11-21T22:00:00.250Z", 1_795_298_400.25),
    ])
    func `a start time is an instant`(text: String, seconds: Double) throws {
        #expect(try #require(StartTime(text)).instant.timeIntervalSince1970 == seconds)
    }

    @Test(arguments: [
        "2026-11-21", "2026-11-21T22:00:00", "2026-11-21 22:00:00Z", "2026-02-30T22:00:00Z", "2026-11-21T25:00:00Z",
        "2026-11-21T22:00:00Zulu", "2026-11-21T22:00:00+1:00", "2026-11-21T22:00:00+0100", "2026-11-21T22:00:00.Z",
        "tonight",
    ])
    func `what is no instant is refused with an example`(text: String) {
        var environment = Self.complete
        environment["REHOME_NOT_BEFORE"] = text
        let error = #expect(throws: SettingsError.self) { try JobSettings(environment: environment) }
        #expect(error?.description.contains("'\(text)', expected an instant such as 2026-11-21T22:00:00+01:00") == true)
    }

    @Test func `a receipt of another direction or generation is another`() {
        let identities = Direction.allCases.flatMap { direction in
            (1...2).map { Receipt.identity(from: ["a"], to: ["b", "1"], direction: direction, generation: $0) }
        }
        #expect(Set(identities).count == 4)
    }
}
