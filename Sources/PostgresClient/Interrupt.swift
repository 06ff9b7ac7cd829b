import Dispatch
import Glibc
import Synchronization

/// Wakes every wait for a server at once.
///
/// A wait polls the interrupt's descriptor next to its socket. Once raised, an interrupt stays raised: whatever
/// still waits, or begins to, ends with ``PostgresError/Kind/interrupted``.
public final class Interrupt: Sendable {
    /// Readable for good once the interrupt is raised; nobody ever reads from it.
    let descriptor: Int32
    private let writeEnd: Int32
    private let raised = Mutex(false)

    public init() {
        var ends: [Int32] = [-1, -1]
        // Without descriptors left, poll ignores -1 and `isRaised` alone is seen, at the next wait.
        if pipe(&ends) == 0 {
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        }
        descriptor = ends[0]
        writeEnd = ends[1]
    }

    deinit {
        close(descriptor)
        close(writeEnd)
    }

    /// Returns once the interrupt is raised, or the task cancelled.
    public func raised() async {
        let descriptor = descriptor
        let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: .global())
        let (signals, continuation) = AsyncStream<Void>.makeStream()
        source.setEventHandler { continuation.finish() }
        source.resume()
        for await _ in signals {}
        source.cancel()
        // The descriptor must outlive the source.
        withExtendedLifetime(self) {}
    }

    public var isRaised: Bool { raised.withLock { $0 } }

    public func raise() {
        let isFirst = raised.withLock { raised in
            defer { raised = true }
            return !raised
        }
        if isFirst { _ = write(writeEnd, [1] as [UInt8], 1) }
    }
}
