import CLibPQ

extension Connection {
    /// What a server keeps of a password instead of the password: the SCRAM-SHA-256 verifier (PostgreSQL manual, 53.8).
    ///
    /// Sent in the password's place, it is all that a statement log can hold.
    /// - Returns: `nil` if libpq cannot make one.
    public func passwordVerifier(of password: String, for role: String) -> String? {
        guard let text = PQencryptPasswordConn(handle, password, role, "scram-sha-256") else { return nil }
        defer { PQfreemem(text) }
        return String(cString: text)
    }
}
