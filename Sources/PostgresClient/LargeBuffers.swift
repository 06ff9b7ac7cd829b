import CLibPQ

/// Gives back memory that libpq has needed for large rows.
public enum LargeBuffers {
    /// Makes buffers of at least this size go back to the system when they are freed, instead of staying in the heap of
    /// each thread (`mallopt`, `M_MMAP_THRESHOLD`).
    public static func giveBack(from bytes: Int32) { _ = rehome_set_mmap_threshold(bytes) }
}
