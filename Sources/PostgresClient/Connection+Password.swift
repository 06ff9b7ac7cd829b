import CLibPQ
import Glibc
import JobContract

extension Connection {
    /// The SCRAM-SHA-256 verifier that a server stores in the place of a password (PostgreSQL manual, `pg_authid`).
    ///
    /// It is sent instead of the password, so that a statement log cannot hold the password itself.
    ///
    /// - Returns: `nil` if libpq cannot make one.
    public func passwordVerifier(of password: String, for role: RoleName) -> ByteText? {
        guard let name = Self.copy(role.text) else { return nil }
        defer { free(name) }
        guard let text = PQencryptPasswordConn(handle, password, name, "scram-sha-256") else { return nil }
        defer { PQfreemem(text) }
        return ByteText(String(cString: text))
    }
}
