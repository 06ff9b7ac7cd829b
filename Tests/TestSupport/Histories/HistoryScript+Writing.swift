/// What clients write.
extension HistoryScript {
    mutating func write(_ hasLongTransactions: Bool) -> HistoryTurn {
        let rest = generator.chance(10) ? seconds(100...600) : seconds(0...40)
        guard generator.chance(75) else { return HistoryTurn([.run(operation())], rest: rest) }
        let isLong = hasLongTransactions && generator.chance(6)
        var steps: [HistoryTurn.Step] = [.run(begin())]
        if generator.chance(4) { steps += manySubtransactions() }
        for _ in 0..<generator.number(1...8) {
            steps += generator.chance(30) ? savepoint() : [.run(operation())]
            if isLong {
                steps.append(.pause(seconds(100...1500)))
            } else if generator.chance(15) {
                steps.append(.pause(seconds(0...150)))
            }
        }
        steps.append(.run(generator.chance(80) ? "COMMIT" : "ROLLBACK"))
        return HistoryTurn(steps, rest: rest)
    }

    private mutating func begin() -> String {
        generator.chance(80) ? "BEGIN" : "BEGIN ISOLATION LEVEL \(generator.pick(["REPEATABLE READ", "SERIALIZABLE"]))"
    }

    /// Something that is undone or kept within its transaction, sometimes upon a lock that the transaction has already: two
    /// of its own then share the row.
    private mutating func savepoint() -> [HistoryTurn.Step] {
        var steps: [HistoryTurn.Step] = []
        let id = generator.number(1...200)
        if generator.chance(40) {
            steps.append(.run("SELECT FROM keyed WHERE id = \(id) FOR \(generator.pick(Self.locks))"))
        }
        steps.append(.run("SAVEPOINT s"))
        steps.append(.run(generator.chance(50) ? "UPDATE keyed SET body = '\(word())' WHERE id = \(id)" : operation()))
        steps.append(.run(generator.chance(50) ? "ROLLBACK TO s" : "RELEASE s"))
        return steps
    }

    /// More than a server process keeps in shared memory (64).
    private mutating func manySubtransactions() -> [HistoryTurn.Step] {
        let first = generator.number(1...2900)
        return (0..<70).flatMap { step -> [HistoryTurn.Step] in
            [
                .run("SAVEPOINT many"), .run("UPDATE keyed SET seen = now() WHERE id = \(first + step)"),
                .run(step % 5 == 0 ? "ROLLBACK TO many" : "RELEASE many"),
            ]
        }
    }

    private static let locks = ["SHARE", "KEY SHARE", "NO KEY UPDATE", "UPDATE"]

    /// One statement that writes, or that locks rows.
    mutating func operation() -> String {
        let id = generator.number(1...3000)
        let few = generator.number(1...5)
        let text = word()
        switch generator.number(0...31) {
        case 0, 1: return "UPDATE keyed SET body = '\(text)' WHERE id = \(id)"
        case 2: return "DELETE FROM keyed WHERE id BETWEEN \(id) AND \(id + few)"
        case 3:
            return
                "INSERT INTO keyed (id, body) SELECT g, '\(text)' FROM generate_series(\(id), \(id + few)) g ON CONFLICT (id) DO UPDATE SET body = excluded.body"
        case 4: return "UPDATE keyed SET id = -id WHERE id = \(id) AND NOT EXISTS (SELECT FROM keyed WHERE id = -\(id))"
        case 5:
            return
                "UPDATE keyed SET big = (SELECT string_agg(md5('\(text)' || i), '') FROM generate_series(1, \(generator.pick([3, 300]))) i) WHERE id = \(id)"
        case 6: return "UPDATE keyed SET seen = clock_timestamp() WHERE id BETWEEN \(id) AND \(id + 150)"
        case 7: return "UPDATE keyed SET body = body WHERE id BETWEEN \(id) AND \(id + few)"
        // The same row, gone and there again.
        case 8:
            return
                "WITH d AS (DELETE FROM keyed WHERE id = \(id) RETURNING id) INSERT INTO keyed (id, body) SELECT 1000000 + id, '\(text)' FROM d ON CONFLICT DO NOTHING"
        case 9, 10: return "INSERT INTO keyless (a, b) SELECT \(id % 60), 'copy \(few)' FROM generate_series(1, \(few))"
        case 11: return "DELETE FROM keyless WHERE ctid IN (SELECT ctid FROM keyless WHERE a = \(id % 60) LIMIT \(few))"
        case 12:
            return
                "UPDATE keyless SET b = \(generator.chance(30) ? "NULL" : "'copy \(few)'") WHERE ctid IN (SELECT ctid FROM keyless WHERE a = \(id % 60) LIMIT \(few))"
        case 13: return "UPDATE paired SET b = '\(text)', note = 'moved' WHERE a = \(id % 100) AND b = 'b\(few)'"
        case 14:
            return
                "INSERT INTO paired SELECT \(id % 100), 'b\(few)', '\(text)' ON CONFLICT (a, b) DO UPDATE SET note = excluded.note"
        // Each locks its parent.
        case 15:
            return "INSERT INTO children (parent, note) SELECT id, '\(text)' FROM parents WHERE id % 50 = \(id % 50)"
        case 16: return "DELETE FROM parents WHERE id = \(id % 300)"
        case 17: return "INSERT INTO parents SELECT \(id % 300), '\(text)' ON CONFLICT DO NOTHING"
        case 18:
            return
                "UPDATE parents SET id = id + 1000 WHERE id = \(id % 300) AND NOT EXISTS (SELECT FROM parents WHERE id = \(id % 300 + 1000))"
        case 19, 20:
            return
                "UPDATE parted SET place = (place + \(generator.pick([1, 100, 200]))) % 300, body = '\(text)' WHERE id BETWEEN \(id) AND \(id + few)"
        case 21: return "INSERT INTO parted SELECT \(id), \(id % 300), '\(text)' ON CONFLICT DO NOTHING"
        case 22:
            return generator.chance(50)
                ? "DELETE FROM ancestors WHERE id = \(id % 200)"
                : "INSERT INTO heirs (id, note, more) SELECT g, '\(text)', 'new' FROM generate_series(1, \(few)) g"
        case 23:
            return "INSERT INTO scratch SELECT \(id), '\(text)' ON CONFLICT (id) DO UPDATE SET body = excluded.body"
        case 24:
            return generator.chance(50)
                ? "INSERT INTO computed (a) VALUES (\(id))" : "UPDATE computed SET a = \(id) WHERE id = \(id % 300)"
        case 25:
            return generator.chance(50)
                ? "DELETE FROM spans WHERE during && int4range(\(id), \(id + 30))"
                : "INSERT INTO spans VALUES (int4range(\(id), \(id + 2))) ON CONFLICT DO NOTHING"
        case 26:
            return generator.chance(50)
                ? "INSERT INTO bare DEFAULT VALUES" : "DELETE FROM bare WHERE ctid IN (SELECT ctid FROM bare LIMIT 1)"
        case 27:
            return
                "SELECT FROM \(generator.pick(["keyed", "parents"])) WHERE id BETWEEN \(id % 20) AND \(id % 20 + few) FOR \(generator.pick(Self.locks))"
        // Version 15 lets a read-only transaction write large objects, so a row that it refuses comes first.
        case 28:
            return
                "WITH o AS (INSERT INTO objects SELECT lo_from_bytea(0, '\(text)'), '\(text)' RETURNING id) SELECT count(*) FROM o"
        case 29:
            return generator.chance(50)
                ? "WITH o AS (DELETE FROM objects WHERE id IN (SELECT min(id) FROM objects) RETURNING id) SELECT lo_unlink(id) FROM o"
                : "WITH o AS (UPDATE objects SET note = '\(text)' WHERE id IN (SELECT max(id) FROM objects) RETURNING id) SELECT lo_put(id, 0, '\(text)') FROM o"
        case 30: return generator.chance(80) ? "SELECT nextval('numbers')" : "SELECT setval('numbers', \(id))"
        default: return "CREATE TEMP TABLE IF NOT EXISTS passing (a int); INSERT INTO pg_temp.passing VALUES (\(id))"
        }
    }
}
