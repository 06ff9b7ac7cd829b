import JobContract
import Testing

@Suite struct JobSettingsTests {
    static let complete = [
        "REHOME_NAMESPACE": "rhdh", "REHOME_INSTANCE": "developer-hub",
        "REHOME_TARGET_HOST": "db.example.com", "REHOME_TARGET_USER": "backstage", "REHOME_TARGET_PASSWORD": "throw-away",
        "REHOME_RECEIPT_NAME": "receipt",
    ]

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

    @Test(arguments: [["a"], ["a,b", "c"], ["back\\slash", "*"], []])
    func `a list of names survives its variable`(names: [String]) {
        #expect(NameList.decode(NameList.encode(names)) == names)
    }

    @Test func `no exit code that a person must act on is retried`() {
        #expect(Set(ExitStatus.neverRetry) == [.usage, .mismatch, .personMustAct])
    }
}
