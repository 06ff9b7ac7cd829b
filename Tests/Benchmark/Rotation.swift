/// Lets everybody take turns under each condition, so that what changes on the machine meanwhile meets all alike.
struct Rotation {
    let contestants: [Contestant]
    let conditions: [Condition]
    let rounds: Int

    /// - Parameters:
    ///   - skip: is told what of it is not possible on this machine, and why.
    ///   - remark: is told what is to be known of the figures.
    ///   - measure: one contestant under one condition; rounds count from 1.
    func run(
        in arena: Arena, skip: (String) -> Void, remark: (String) -> Void,
        measure: (Contestant, Condition, _ round: Int) async throws -> Void
    ) async throws {
        for condition in conditions {
            if condition == .durable { try await arena.setDurable(true) }
            var limit: CPULimit?
            if condition == .starved {
                do {
                    limit = try CPULimit(cpus: 0.25, of: ServerProcesses(of: arena.source))
                } catch {
                    skip("the source with a quarter of a CPU: \(error)")
                    continue
                }
            }
            for round in 0..<rounds {
                for place in contestants.indices {
                    let contestant = contestants[(place + round) % contestants.count]
                    if condition.measures(contestant) { try await measure(contestant, condition, round + 1) }
                }
            }
            if condition == .durable { try await arena.setDurable(false) }
            if let limit { remark("The source was held back in \(try limit.throttledPeriods()) tenths of a second.") }
        }
    }
}
