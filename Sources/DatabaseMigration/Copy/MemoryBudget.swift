import FoundationEssentials
import PostgresClient
import Synchronization

/// Keeps several wide rows from being in memory at once.
///
/// libpq holds a row as a whole: up to twice its size in the connection's buffer, and once more for us. So while a table of
/// wide rows is on its way, no other may be whose widest row does not fit beside it under the widest row of all: memory
/// stays below three times that row.
final class MemoryBudget: Sendable {
    /// Rows below this many bytes count for nothing: with them the Job needs some 40 MiB in all.
    static let wideRow = 2 * 1024 * 1024
    /// What a row takes on its way, by its width.
    static let copies = 3
    /// What the Job needs besides, in bytes.
    static let base = 64 * 1024 * 1024

    private struct Use {
        var widest = 0
        var taken = 0
    }

    private let use = Mutex(Use())

    /// Runs `body` once there is room for rows of a width; waits on the calling thread.
    ///
    /// - Throws: ``CancellationError`` when the interrupt is raised meanwhile, and what `body` throws.
    func whileHolding<Result>(_ width: Int, interrupt: Interrupt, _ body: () throws -> Result) throws -> Result {
        guard width >= Self.wideRow else { return try body() }
        while !take(width) {
            guard !interrupt.isRaised else { throw CancellationError() }
            Pause.milliseconds(20)
        }
        defer { use.withLock { $0.taken -= width } }
        return try body()
    }

    private func take(_ width: Int) -> Bool {
        use.withLock { use in
            use.widest = max(use.widest, width)
            guard use.taken == 0 || use.taken + width <= use.widest else { return false }
            use.taken += width
            return true
        }
    }

    /// Bytes that the Job needs to move rows of a width.
    static func needed(for width: Int) -> Int { width < wideRow ? base : base + copies * width }

    /// Bytes that the kernel lets this container have; `nil` without a limit.
    static func limit() -> Int? {
        // Control groups of version 2, then of version 1, as a container sees its own.
        for file in ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"] {
            guard let data = FileManager.default.contents(atPath: file) else { continue }
            let text = String(decoding: data, as: UTF8.self).filter { !$0.isWhitespace }
            // Version 1 writes a number near 2^63 for no limit.
            return Int(text).flatMap { $0 < 1 << 60 ? $0 : nil }
        }
        return nil
    }
}
