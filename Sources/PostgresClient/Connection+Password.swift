import CLibPQ
import Glibc
import JobContract

extension Connection {
    /// What a server keeps of a password instead of the password: the SCRAM-SHA-256 verifier (PostgreSQL manual, 53.8).
    ///
    /// Sent in the password's place, it is all that a statement log can hold.
    /// - Returns: `nil` if libpq cannot make one.
    public func passwordVerifier(of password: String, for role: RoleName) -> ByteText? {
        guard let name = Self.copy(role.text) else { return nil }
        defer { free(name) }
        guard let text = PQencryptPasswordConn(handle, password, name, "scram-sha-256") else { return nil }
        defer { PQfreemem(text) }
        return ByteText(String(cString: text))
    }
}
