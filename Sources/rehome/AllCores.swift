import Glibc

/// Spreads work over the machine's cores.
enum AllCores {
    /// The result for each item, in the order of the items.
    ///
    /// - Parameter makeWorker: makes what one core works with. Each should have objects of its own: if cores share
    ///   objects, they wait for each other even to count references.
    static func map<Item: Sendable, Output: Sendable>(
        _ items: [Item], _ makeWorker: @escaping @Sendable () -> (Item) -> Output
    ) async -> [Output] {
        let cores = min(items.count, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        guard cores > 1 else { return items.map(makeWorker()) }
        return await withTaskGroup(of: [(index: Int, output: Output)].self) { group in
            for core in 0..<cores {
                group.addTask {
                    let work = makeWorker()
                    return stride(from: core, to: items.count, by: cores).map { ($0, work(items[$0])) }
                }
            }
            var outputs = [Output?](repeating: nil, count: items.count)
            for await part in group {
                for (index, output) in part { outputs[index] = output }
            }
            return outputs.compactMap(\.self)
        }
    }
}
