import FoundationEssentials
import PostgresClient
import Synchronization

/// Keeps several wide rows from being in memory at once.
///
/// libpq holds a row as a whole: up to twice its size in the connection's buffer, and our copy of it is the third. So
/// two tables with wide rows are copied at once only if their widest rows together are no wider than the widest row of
/// all. Memory stays below three times that row.
final class MemoryBudget: Sendable {
    /// Narrower rows (in bytes) are not counted: with them the Job needs some 40 MiB in all.
    static let wideRow = 2 * 1024 * 1024
    /// How many times its width a row takes in memory while it is copied.
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
        try hold(width, interrupt: interrupt)
        defer { letGo(of: width) }
        return try body()
    }

    /// Waits on the calling thread until there is room for rows of a width. ``letGo(of:)`` must follow.
    ///
    /// - Throws: ``CancellationError`` when the interrupt is raised meanwhile; then nothing is held.
    func hold(_ width: Int, interrupt: Interrupt) throws {
        while width >= Self.wideRow, !take(width) {
            guard !interrupt.isRaised else { throw CancellationError() }
            Pause.milliseconds(20)
        }
    }

    func letGo(of width: Int) {
        if width >= Self.wideRow { use.withLock { $0.taken -= width } }
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
    static func limit() -> Int? { limits().min() }

    /// What the control groups of this process allow, from its own up to the root that the container sees.
    private static func limits() -> [Int] {
        var files = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
        for line in text(of: "/proc/self/cgroup").split(separator: "\n") {
            // number:controllers:path; version 2 names no controllers.
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            if parts[1].isEmpty { files.append("/sys/fs/cgroup\(parts[2])/memory.max") }
            if parts[1].split(separator: ",").contains("memory") {
                files.append("/sys/fs/cgroup/memory\(parts[2])/memory.limit_in_bytes")
            }
        }
        // Version 1 writes a number near 2^63 for no limit, version 2 the word "max".
        return files.compactMap { Int(text(of: $0).filter { !$0.isWhitespace }) }.filter { $0 < 1 << 60 }
    }

    private static func text(of file: String) -> String {
        FileManager.default.contents(atPath: file).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}
