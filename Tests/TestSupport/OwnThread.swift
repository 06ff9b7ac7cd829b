import Dispatch

/// Runs work that blocks on a thread that nobody else waits for.
public func onOwnThread<Value: Sendable>(_ label: String, _ work: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
        DispatchQueue(label: label).async { continuation.resume(returning: work()) }
    }
}
