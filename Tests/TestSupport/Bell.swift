import Glibc

/// Wakes one thread that waits.
public final class Bell: Sendable {
    /// Readable while it rings.
    let descriptor: Int32
    private let writeEnd: Int32

    public init() {
        var ends: [Int32] = [-1, -1]
        // Without descriptors left, poll ignores -1, and a wait ends by its time alone.
        if pipe(&ends) == 0 {
            for end in ends {
                _ = fcntl(end, F_SETFD, FD_CLOEXEC)
                _ = fcntl(end, F_SETFL, O_NONBLOCK)
            }
        }
        descriptor = ends[0]
        writeEnd = ends[1]
    }

    deinit {
        close(descriptor)
        close(writeEnd)
    }

    public func ring() { _ = write(writeEnd, [1] as [UInt8], 1) }

    /// Ends the ringing.
    public func hear() {
        var bytes = [UInt8](repeating: 0, count: 64)
        while read(descriptor, &bytes, bytes.count) > 0 {}
    }

    /// Waits for so many seconds, or until it rings.
    public func wait(seconds: Double) {
        var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        if poll(&watched, 1, Int32((max(0, seconds) * 1000).rounded(.up))) > 0 { hear() }
    }
}

/// The time of day, which programs of one machine agree on.
public enum WallClock {
    /// Seconds since 1970.
    public static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
