/// What happens in a random history: everything about it follows from its seed, but for when the threads come to it.
public struct HistoryPlan: Sendable, CustomStringConvertible {
    public let seed: UInt64
    /// Sessions that write all the time.
    public let writers: Int
    /// Whether somebody truncates, rewrites, freezes and vacuums tables.
    public let hasMaintenance: Bool
    /// How often the schema is changed.
    public let schemaChanges: Int
    /// How many databases appear, some of which go again.
    public let databases: Int
    /// Whether transactions are prepared, and ended by anybody later.
    public let preparesTransactions: Bool
    /// Whether transactions stay open for seconds.
    public let hasLongTransactions: Bool
    /// For how many seconds somebody writes who lifts the read-only default for himself; `nil` for nobody.
    public let liftedSeconds: Double?
    /// Whether everything is rehearsed first.
    public let isRehearsed: Bool
    /// Seconds after which the Job is killed, to be run again; `nil` for never.
    public let killedAfter: Double?
    /// Seconds after which the word is given; `nil` for a fence that falls when the copy keeps up.
    public let wordAfter: Double?
    /// Whether the source has an event trigger that keeps the Job from reading its log.
    public let hidesLog: Bool
    /// Whether the target needs seconds for an index, while rounds go on.
    public let hasSlowIndex: Bool
    /// Settings of the Job, by the names of its variables.
    public let settings: [String: String]

    public init(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        func seconds(_ range: ClosedRange<Int>) -> Double { Double(generator.number(range)) / 1000 }
        self.seed = seed
        writers = generator.number(2...5)
        hasMaintenance = generator.chance(60)
        schemaChanges = generator.chance(30) ? generator.number(1...3) : 0
        databases = generator.chance(20) ? generator.number(1...2) : 0
        preparesTransactions = generator.chance(25)
        hasLongTransactions = generator.chance(40)
        liftedSeconds = generator.chance(20) ? (generator.chance(20) ? .infinity : seconds(2000...12000)) : nil
        isRehearsed = generator.chance(10)
        killedAfter = generator.chance(15) ? seconds(200...4000) : nil
        wordAfter = generator.chance(70) ? seconds(500...6000) : nil
        var settings = ["REHOME_CUTOVER": wordAfter == nil ? "auto" : "onCommand"]
        settings["REHOME_SOURCE_FUNCTIONS"] = generator.chance(60) ? "auto" : "never"
        settings["REHOME_PACE"] = generator.chance(50) ? "gentle" : "full"
        settings["REHOME_WORKERS"] = "\(generator.number(1...4))"
        settings["REHOME_MAX_FENCE"] = generator.pick(["60", "0", "2"])
        if generator.chance(10) { settings["REHOME_PRECOPY"] = "off" }
        self.settings = settings
        hidesLog = generator.chance(40)
        hasSlowIndex = generator.chance(40)
    }

    /// Whether somebody may keep the Job from publishing for longer.
    public var isTroublesome: Bool {
        schemaChanges > 0 || databases > 0 || preparesTransactions || liftedSeconds != nil || isRehearsed
            || killedAfter != nil
    }

    /// What the Job may say truly when it publishes nothing.
    public var trueReasons: [String] {
        var reasons: [String] = []
        if liftedSeconds != nil || preparesTransactions { reasons.append("the source keeps being written to") }
        if preparesTransactions { reasons.append("prepared transactions at the source") }
        // An index that was half made when its session ended becomes one by a later REINDEX.
        if schemaChanges > 0 || hasMaintenance {
            reasons += ["its schema has changed", "the source's schema has changed"]
        }
        if databases > 0 {
            reasons += [
                "databases have appeared", "does not exist", "terminating connection due to administrator command",
                // What pg_dump says when the database is dropped under it.
                "server closed the connection unexpectedly", "somebody has begun to drop it",
            ]
        }
        return reasons
    }

    public var description: String {
        var parts = ["\(writers) writers"]
        if hasMaintenance { parts.append("maintenance") }
        if hasLongTransactions { parts.append("long transactions") }
        if preparesTransactions { parts.append("prepared transactions") }
        if schemaChanges > 0 { parts.append("\(schemaChanges) schema changes") }
        if databases > 0 { parts.append("\(databases) new databases") }
        if let liftedSeconds { parts.append("the fence lifted for \(liftedSeconds) s") }
        if isRehearsed { parts.append("rehearsed") }
        if hidesLog { parts.append("log hidden") }
        if hasSlowIndex { parts.append("a slow index") }
        if let killedAfter { parts.append("killed after \(killedAfter) s") }
        if let wordAfter { parts.append("the word after \(wordAfter) s") }
        return "history \(seed): "
            + (parts + settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }).joined(separator: ", ")
    }
}
