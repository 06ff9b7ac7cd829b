import CLibPQ
import Glibc

/// Bytes that OpenSSL has decrypted and libpq has not taken yet.
///
/// A TLS record holds up to 16 KiB, of which libpq may take only a part. `poll` does not know about the rest, so a wait
/// on the socket alone could sleep although data is here already. libpq's own blocking calls ask `SSL_pending` for the
/// same reason (`pqSocketCheck`).
struct TLSBuffer {
    private typealias Pending = @convention(c) (UnsafeMutableRawPointer) -> Int32

    /// libssl is loaded as a dependency of libpq. Looking the function up at run time saves needing its headers.
    private static let pending: Pending? = dlsym(nil, "SSL_pending").map { unsafeBitCast($0, to: Pending.self) }

    /// Whether a read would find something without waiting for the socket.
    static func hasBytes(_ connection: OpaquePointer) -> Bool {
        guard PQsslInUse(connection) != 0, let pending, let session = PQsslStruct(connection, "OpenSSL") else {
            return false
        }
        return pending(session) > 0
    }
}
