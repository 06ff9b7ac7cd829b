import Dispatch
import Glibc
import Synchronization

/// Wakes every wait for a server at once.
///
/// A wait polls the interrupt's descriptor together with its socket. An interrupt that was raised stays raised, so
/// waits that are running or begin later end with ``PostgresError/Kind/interrupted``.
public final class Interrupt: Sendable {
    /// Stays readable once the interrupt is raised, since nobody reads from it.
    let descriptor: Int32
    private let writeEnd: Int32
    private let raised = Mutex(false)

    public init() {
        var ends: [Int32] = [-1, -1]
        // If no descriptors are left, it is -1, which poll ignores. Then `isRaised` is only checked at the next wait.
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

    /// Sleeps on the calling thread.
    ///
    /// - Parameter place: for whose sake, for the message.
    /// - Throws: ``PostgresError`` when the interrupt is raised.
    func sleep(_ duration: Duration, place: String) throws(PostgresError) {
        let deadline = Deadline(seconds: duration / .seconds(1))
        var descriptors = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
        while deadline.remainingMilliseconds > 0 {
            _ = poll(&descriptors, 1, deadline.remainingMilliseconds)
            if isRaised { throw .interrupted(at: place) }
        }
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

    /// Lets time pass on the calling thread, unless the interrupt is raised before it is over.
    ///
    /// - Returns: whether it is raised.
    public func isRaised(within seconds: Double) -> Bool {
        let deadline = Deadline(seconds: seconds)
        var raising = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while !isRaised {
            let count = poll(&raising, 1, deadline.remainingMilliseconds)
            if count == 0 || (count < 0 && errno != EINTR) { break }
        }
        return isRaised
    }

    public func raise() {
        let isFirst = raised.withLock { raised in
            defer { raised = true }
            return !raised
        }
        if isFirst { _ = write(writeEnd, [1] as [UInt8], 1) }
    }
}
