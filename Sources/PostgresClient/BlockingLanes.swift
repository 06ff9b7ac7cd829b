/// Runs blocking work for many items on its own threads, a few items at a time.
public enum BlockingLanes {
    /// - Parameters:
    ///   - items: what is worked on.
    ///   - count: how many items are worked on at once.
    ///   - body: opens its own connections, since a connection belongs to one lane.
    /// - Returns: the result of each item, in the items' order.
    /// - Throws: the first error. Items that no lane has begun by then are skipped.
    public static func map<Item: Sendable, Output: Sendable>(
        _ items: [Item], lanes count: Int, _ body: @escaping @Sendable (Item) throws -> Output
    ) async throws -> [Output] {
        try await withThrowingTaskGroup(of: [(place: Int, output: Output)].self) { group in
            for number in 0..<min(count, items.count) {
                let lane = Lane(number: number)
                let places = Array(stride(from: number, to: items.count, by: count))
                group.addTask {
                    var outputs: [(place: Int, output: Output)] = []
                    for place in places where !Task.isCancelled {
                        outputs.append((place, try await lane.run { try body(items[place]) }))
                    }
                    return outputs
                }
            }
            var all: [(place: Int, output: Output)] = []
            for try await outputs in group { all += outputs }
            return all.sorted { $0.place < $1.place }.map(\.output)
        }
    }

    private actor Lane {
        private let executor: BlockingExecutor
        nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

        init(number: Int) { executor = BlockingExecutor(label: "lane \(number)") }

        func run<Output: Sendable>(_ body: @Sendable () throws -> Output) throws -> Output { try body() }
    }
}
