import CLibPQ

/// What becomes of memory that libpq has needed for large rows.
public enum LargeBuffers {
    /// Has buffers of this size and more go back to the system when they are freed, instead of growing a heap for each
    /// thread (`mallopt`, `M_MMAP_THRESHOLD`).
    public static func giveBack(from bytes: Int32) { _ = rehome_set_mmap_threshold(bytes) }
}
