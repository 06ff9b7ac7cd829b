import Glibc
import SystemPackage

/// All system calls that change the disk, so that a test can let the power fail before any of them.
struct Disk: Sendable {
    /// Called before each system call that changes a file or a folder. An error that it throws is the call's.
    var willChange: (@Sendable () throws(Errno) -> Void)?
    /// Whether to wait until changes are on the disk that a power cut must not undo.
    var waits = true

    static let real = Disk()

    /// Makes a system call that returns -1 when it fails, and repeats it if a signal has interrupted it.
    @discardableResult
    static func call(_ body: () -> Int32) throws(Errno) -> Int32 {
        while true {
            let result = body()
            if result >= 0 { return result }
            guard errno == EINTR else { throw Errno(rawValue: errno) }
        }
    }

    /// The result of a system call of the `stat` family.
    static func status(_ body: (UnsafeMutablePointer<stat>) -> Int32) throws(Errno) -> stat {
        let pointer = UnsafeMutablePointer<stat>.allocate(capacity: 1)
        defer { pointer.deallocate() }
        pointer.initialize(to: stat())
        try call { body(pointer) }
        return pointer.pointee
    }

    /// Like ``call(_:)``, for a call that changes something.
    @discardableResult
    func change(_ body: () -> Int32) throws(Errno) -> Int32 {
        try willChange?()
        return try Self.call(body)
    }

    /// Waits until what was written to a file or renamed in a folder is on the disk.
    func synchronize(_ descriptor: Int32) throws(Errno) {
        if waits { try Self.call { fsync(descriptor) } }
    }

    func write(_ bytes: [UInt8], to descriptor: Int32) throws(Errno) {
        var rest = bytes[...]
        while !rest.isEmpty {
            try willChange?()
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                throw Errno(rawValue: errno)
            }
        }
    }
}
