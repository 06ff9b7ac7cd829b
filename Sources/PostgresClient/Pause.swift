import Glibc

/// Lets time pass on the calling thread, where there is no server to wait for.
public enum Pause {
    public static func milliseconds(_ count: Int) { usleep(UInt32(count) * 1000) }
}
