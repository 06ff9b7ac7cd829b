/// Makes up what one session does. It knows nothing of what became of earlier turns, so that a seed tells everything.
struct HistoryScript: Sendable {
    enum Role: Sendable {
        case writer(hasLongTransactions: Bool)
        case maintenance
        case schema(changes: Int)
        case preparing
        /// For so many seconds.
        case lifting(Double)
        case databases(Int)
    }

    let role: Role
    /// No two sessions have the same.
    let number: Int
    var generator: SeededGenerator
    var turns = 0

    init(_ role: Role, number: Int, seed: UInt64) {
        (self.role, self.number) = (role, number)
        generator = SeededGenerator(seed: seed)
    }

    /// - Returns: `nil` once there is nothing more to be done.
    mutating func next() -> HistoryTurn? {
        turns += 1
        switch role {
        case .writer(let hasLongTransactions): return write(hasLongTransactions)
        case .maintenance: return maintain()
        case .schema(let changes): return turns <= changes ? change() : nil
        case .preparing: return prepare()
        case .lifting: return lift()
        case .databases(let count): return turns <= count * 2 ? database() : nil
        }
    }

    mutating func seconds(_ range: ClosedRange<Int>) -> Double { Double(generator.number(range)) / 1000 }

    /// Some text that nobody else has.
    mutating func word() -> String { String(generator.next(), radix: 36) }

    // MARK: Roles with little to choose

    /// A row in each transaction, so that their order can be told.
    private mutating func lift() -> HistoryTurn {
        HistoryTurn(
            [.run("INSERT INTO lifted VALUES (\(turns))"), .mark(.lifted(serial: turns))], rest: seconds(20...400))
    }

    private mutating func prepare() -> HistoryTurn {
        HistoryTurn(
            [
                .run("BEGIN"), .run("INSERT INTO paired VALUES (\(1000 + turns), 'prepared \(word())', '')"),
                .run(operation()),
                .prepare(commits: generator.chance(70), after: seconds(0...2500)),
            ], rest: seconds(200...3000))
    }

    /// One that appears, and then perhaps one that goes.
    private mutating func database() -> HistoryTurn {
        let name = "backstage_plugin_new_\(turns / 2)"
        guard turns % 2 == 0 else {
            let created = "backstage_plugin_new_\((turns + 1) / 2)"
            return HistoryTurn(
                [
                    .pause(seconds(0...4000)), .run("CREATE DATABASE \(created) TEMPLATE template0"),
                    .mark(.created(database: created)),
                    .elsewhere(
                        "CREATE TABLE things (id serial PRIMARY KEY, body text); INSERT INTO things (body) SELECT 'thing ' || g FROM generate_series(1, 500) g",
                        database: created),
                ],
                rest: seconds(0...2000))
        }
        guard generator.chance(30) else {
            return HistoryTurn(
                [.elsewhere("UPDATE things SET body = '\(word())' WHERE id % 10 = 0", database: name)], rest: 0)
        }
        return HistoryTurn([.run("DROP DATABASE \(name) WITH (FORCE)"), .mark(.dropped(database: name))], rest: 0)
    }
}
