import Synchronization

/// Raised once, by any thread.
public final class Flag: Sendable {
    private let value = Mutex(false)

    public init() {}

    public var isRaised: Bool { value.withLock { $0 } }
    public func raise() { value.withLock { $0 = true } }
}
