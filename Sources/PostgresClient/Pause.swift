import Glibc

/// Sleeps on the calling thread, where there is no server that could do the waiting.
public enum Pause {
    public static func milliseconds(_ count: Int) { usleep(UInt32(count) * 1000) }
}
