import Glibc
import SystemPackage

/// What changes the disk, for a test that lets the power fail before any one of it.
struct Disk: Sendable {
    /// Called before each system call that changes a file or a folder; what it throws is that call's failure.
    var willChange: (@Sendable () throws(Errno) -> Void)?
    /// Whether to wait for the disk where a power cut must not undo what is done.
    var waits = true

    static let real = Disk()

    /// Makes a system call that gives -1 when it fails, again as long as a signal interrupts it.
    @discardableResult
    static func call(_ body: () -> Int32) throws(Errno) -> Int32 {
        while true {
            let result = body()
            if result >= 0 { return result }
            guard errno == EINTR else { throw Errno(rawValue: errno) }
        }
    }

    /// What a system call of the `stat` family says.
    static func status(_ body: (UnsafeMutablePointer<stat>) -> Int32) throws(Errno) -> stat {
        let pointer = UnsafeMutablePointer<stat>.allocate(capacity: 1)
        defer { pointer.deallocate() }
        pointer.initialize(to: stat())
        try call { body(pointer) }
        return pointer.pointee
    }

    /// As ``call(_:)``, of one that changes something.
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
