/// The Job's settings, decoded from its environment.
public struct JobSettings: Sendable {
    /// Where a server listens, who connects, and how the connection is protected.
    public struct Server: Sendable {
        public var host: String
        public var port: Int
        public var user: ByteText
        public var password: String
        public var database: ByteText
        public var tls: TLSMode
        /// PEM file of the authorities; empty for the system's own.
        public var caFile: String
    }

    public var namespace: String
    public var instance: String
    public var generation: Int
    public var direction: Direction
    /// `nil`: at once.
    public var notBefore: StartTime?
    public var source: Server
    /// The Secret that the source's credentials come from.
    public var sourceSecret: String
    public var target: Server
    /// The role that owns what is published.
    public var owner: ByteText
    /// The owner's password, if the Job is to see to it that the role exists; empty if it exists.
    public var ownerPassword: String
    /// Whether the owner may create databases.
    public var ownerCreatesDatabases: Bool
    public var include: [ByteText]
    public var exclude: [ByteText]
    public var emptyDatabases: [ByteText]
    public var existingDatabases: ExistingDatabasePolicy
    public var fence: Bool
    /// Whether everything is copied before the fence.
    public var precopy: Bool
    public var cutover: CutoverPolicy
    /// Seconds after which a fence is lifted again if nothing is published; `nil` for no limit.
    public var maxFence: Double?
    public var pace: Pace
    public var sourceFunctions: SourceFunctions
    /// How many new pods the fence waits for.
    public var doors: Int
    /// Seconds after which it falls without them.
    public var doorPatience: Int
    public var workers: Int
    public var pods: Int
    /// Bytes from which on a table is copied in parts.
    public var splitLimit: Int
    public var clearTaskTickets: Bool
    public var acceptGeneratedDifferences: Bool
    /// What only an administrator can make and is to be made all the same.
    public var administratorObjects: Set<AdministratorObject>
    public var privileges: PrivilegePolicy
    public var gate: Gate
    public var receiptName: String
    /// Whether a report is left beside the receipt.
    public var report: Bool
    public var logFormat: LogFormat
    /// Where a Prometheus Pushgateway is; empty for none.
    public var pushgateway: String
    /// What is set and is not the default, by name; no secrets.
    public var given: [String: String]

    /// Whether the environment names a source at all. It does not once the operator has deleted its Secret.
    public var hasSource: Bool { !source.host.isEmpty && !source.user.isEmpty }

    /// - Throws: ``SettingsError`` with every problem found, not only the first.
    public init(environment: [String: String]) throws(SettingsError) {
        var reader = SettingsReader(environment: environment)
        namespace = reader.objectName(.namespace)
        instance = reader.objectName(.instance)
        generation = reader.integer(.generation, in: 1...1_000_000)
        direction = reader.choice(.direction, fallback: .forward)
        notBefore = reader.startTime(.notBefore)
        source = Server(
            host: reader.text(.sourceHost), port: reader.integer(.sourcePort, in: 1...65535),
            user: reader.name(.sourceUser), password: reader.text(.sourcePassword),
            database: reader.name(.sourceDatabase), tls: reader.choice(.sourceTLSMode, fallback: .disable),
            caFile: reader.text(.sourceCAFile))
        sourceSecret = reader.text(.sourceSecret)
        target = Server(
            host: reader.text(.targetHost), port: reader.integer(.targetPort, in: 1...65535),
            user: reader.name(.targetUser), password: reader.text(.targetPassword),
            database: reader.name(.targetDatabase), tls: reader.choice(.targetTLSMode, fallback: .verifyFull),
            caFile: reader.text(.targetCAFile))
        let owner = reader.name(.targetOwner)
        self.owner = owner.isEmpty ? target.user : owner
        ownerPassword = reader.text(.targetOwnerPassword)
        if self.owner != target.user && ownerPassword.isEmpty {
            reader.report(
                .targetOwnerPassword, found: SettingsReader.nothing,
                expected: "the password of \(self.owner): the Job works in its databases as their owner")
        }
        ownerCreatesDatabases = reader.flag(.targetOwnerCreatesDatabases)
        include = NameList.decode(reader.name(.include))
        exclude = NameList.decode(reader.name(.exclude))
        emptyDatabases = NameList.decode(reader.name(.emptyDatabases))
        existingDatabases = reader.choice(.existingDatabases, fallback: .refuse)
        fence = reader.flag(.fence)
        precopy = reader.flag(.precopy)
        cutover = reader.choice(.cutover, fallback: .auto)
        let seconds = reader.integer(.maxFence, in: 0...86_400)
        maxFence = seconds == 0 ? nil : Double(seconds)
        pace = reader.choice(.pace, fallback: .gentle)
        sourceFunctions = reader.choice(.sourceFunctions, fallback: .auto)
        doors = reader.integer(.doors, in: 0...100)
        doorPatience = reader.integer(.doorPatience, in: 0...86_400)
        workers = reader.integer(.workers, in: 1...64)
        pods = reader.integer(.pods, in: 1...64)
        if pods > 1 && !fence {
            reader.report(
                .pods, found: "'\(pods)' without a fence",
                expected: "1, or \(JobSetting.fence.rawValue)=on: the pods' snapshots agree only while nobody writes")
        }
        splitLimit = reader.integer(.splitTablesAtMiB, in: 1...1_000_000) * 1024 * 1024
        clearTaskTickets = reader.flag(.clearTaskTickets)
        acceptGeneratedDifferences = reader.flag(.acceptGeneratedDifferences)
        administratorObjects = Set(reader.choices(.administratorObjects))
        privileges = reader.choice(.privileges, fallback: .ownerOnly)
        gate = reader.choice(.gate, fallback: .job)
        receiptName = reader.text(.receiptName)
        report = reader.flag(.report)
        logFormat = reader.choice(.logFormat, fallback: .text)
        pushgateway = reader.pushgateway()
        given = reader.given
        if gate != .none && receiptName.isEmpty {
            reader.report(
                .receiptName, found: SettingsReader.nothing,
                expected: "the receipt's name, since the gate is '\(gate.rawValue)'")
        }
        if report && receiptName.isEmpty {
            reader.report(
                .receiptName, found: SettingsReader.nothing,
                expected: "the receipt's name, since the report is named after it")
        }
        guard reader.problems.isEmpty else { throw SettingsError(problems: reader.problems) }
    }
}

/// One or more environment variables that the Job cannot work with.
public struct SettingsError: Error, CustomStringConvertible {
    public var problems: [String]
    public var description: String { problems.joined(separator: "\n") }
}

private struct SettingsReader {
    let environment: [String: String]
    var problems: [String] = []

    init(environment: [String: String]) { self.environment = environment }

    static let nothing = "nothing"

    mutating func text(_ setting: JobSetting) -> String {
        if let value = environment[setting.rawValue], !value.isEmpty { return value }
        if let fallback = setting.defaultValue { return fallback }
        report(setting, found: Self.nothing, expected: setting.meaning)
        return ""
    }

    mutating func name(_ setting: JobSetting) -> ByteText { ByteText(text(setting)) }

    /// The name of an object in a cluster. Such names are ASCII, so that comparing them as strings is comparing bytes.
    mutating func objectName(_ setting: JobSetting) -> String {
        let value = text(setting)
        let isName = value.utf8.allSatisfy { byte in
            byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
        }
        if !isName || value.utf8.count > 253 {
            report(
                setting, found: "'\(value)'",
                expected: "a Kubernetes name: at most 253 lower-case letters, digits, '-' and '.'")
        }
        return value
    }

    mutating func integer(_ setting: JobSetting, in range: ClosedRange<Int>) -> Int {
        let value = text(setting)
        guard let number = Int(value), range.contains(number) else {
            report(setting, found: "'\(value)'", expected: "a number from \(range.lowerBound) to \(range.upperBound)")
            return range.lowerBound
        }
        return number
    }

    mutating func flag(_ setting: JobSetting) -> Bool {
        let value = text(setting)
        if value != "on" && value != "off" { report(setting, found: "'\(value)'", expected: "on or off") }
        return value != "off"
    }

    mutating func startTime(_ setting: JobSetting) -> StartTime? {
        let value = text(setting)
        guard !value.isEmpty else { return nil }
        let time = StartTime(value)
        if time == nil {
            report(setting, found: "'\(value)'", expected: "an instant such as 2026-11-21T22:00:00+01:00")
        }
        return time
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(_ setting: JobSetting, fallback: Choice) -> Choice
    where Choice.RawValue == String {
        let value = text(setting)
        if let choice = Choice(rawValue: value) { return choice }
        let choices = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        report(setting, found: "'\(value)'", expected: "one of \(choices)")
        return fallback
    }

    /// A list of which each item is one of the choices.
    mutating func choices<Choice: RawRepresentable & CaseIterable>(_ setting: JobSetting) -> [Choice]
    where Choice.RawValue == String {
        NameList.decode(name(setting)).compactMap { item in
            if let choice = item.string.flatMap({ Choice(rawValue: $0) }) { return choice }
            report(
                setting, found: "'\(item)'",
                expected: "some of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
            return nil
        }
    }

    /// Plain words of a URL that libcurl can do something with; it may hold no user and password, which a log could show.
    mutating func pushgateway() -> String {
        let value = text(.pushgateway)
        let hasScheme = value.hasPrefix("http://") || value.hasPrefix("https://")
        let isPlain = value.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "@") }
        if !value.isEmpty, !hasScheme || !isPlain {
            report(
                .pushgateway, found: "a URL that does not fit",
                expected: "http:// or https://, a host, and no user or password")
        }
        return value
    }

    /// What is set to something else than its default, secrets left out.
    var given: [String: String] {
        var given: [String: String] = [:]
        for setting in JobSetting.allCases where !setting.isSecret {
            guard let value = environment[setting.rawValue], !value.isEmpty, value != setting.defaultValue else {
                continue
            }
            given[setting.rawValue] = VisibleText.of(value)
        }
        return given
    }

    mutating func report(_ setting: JobSetting, found: String, expected: String) {
        // A secret's value is not repeated, not even a wrong one. Values come in quotes, so they cannot read like this.
        let shown = setting.isSecret && found != Self.nothing ? "a value that does not fit" : VisibleText.of(found)
        problems.append("\(setting.rawValue): found \(shown), expected \(expected)")
    }
}
