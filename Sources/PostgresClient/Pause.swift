import Glibc

/// Sleeps on the calling thread, if there is no server that could do the waiting (`pg_sleep`).
public enum Pause {
    public static func milliseconds(_ count: Int) { usleep(UInt32(count) * 1000) }
}
