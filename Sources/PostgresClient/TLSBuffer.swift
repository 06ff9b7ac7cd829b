import CLibPQ
import Glibc

/// Bytes that OpenSSL has decrypted and libpq has not taken yet.
///
/// A TLS record holds up to 16 KiB and libpq may take half of it; `poll` knows nothing of the rest, so a wait that
/// looked at the socket alone could sleep beside data that is already here. libpq's own blocking calls ask
/// `SSL_pending` for the same reason (`pqSocketCheck`).
struct TLSBuffer {
    private typealias Pending = @convention(c) (UnsafeMutableRawPointer) -> Int32

    /// libssl is loaded as libpq's dependency; looked up here so that its headers are not needed to build.
    private static let pending: Pending? = dlsym(nil, "SSL_pending").map { unsafeBitCast($0, to: Pending.self) }

    /// Whether a read would find something without the socket's help.
    static func hasBytes(_ connection: OpaquePointer) -> Bool {
        guard PQsslInUse(connection) != 0, let pending, let session = PQsslStruct(connection, "OpenSSL") else {
            return false
        }
        return pending(session) > 0
    }
}
