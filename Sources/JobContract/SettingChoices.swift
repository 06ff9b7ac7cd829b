/// Who creates the receipt, the ConfigMap that the cut-over CR waits for.
public enum Gate: String, CaseIterable, Sendable {
    /// `rehome-job`, through the Kubernetes API, once everything is published.
    case job
    /// A person or CI, from the manifest that the Job prints.
    case manual
    /// Nobody: only the order in which the engine applies the stages protects the cut-over.
    case none
}

/// Form of the Job's log.
public enum LogFormat: String, CaseIterable, Sendable {
    /// For people.
    case text
    /// One object a line.
    case json
}

/// When the fence falls.
public enum CutoverPolicy: String, CaseIterable, Sendable {
    /// As soon as the copy keeps up with the source, and not before ``JobSetting/notBefore``.
    case auto
    /// When a person says so, with ``JobCommand/go``.
    case onCommand
}

/// How the source is read while Backstage writes to it.
public enum Pace: String, CaseIterable, Sendable {
    /// Slower as soon as the source takes longer to answer than before.
    case gentle
    /// As fast as it goes.
    case full
}

/// Whether a superuser's rights may be used at the source: to make functions of the server's own extensions, in
/// transactions that are rolled back, which read its write-ahead log and its tables' blocks, and to make open sessions
/// read-only through its configuration under the fence.
public enum SourceFunctions: String, CaseIterable, Sendable {
    case auto, never
}

/// Whose privileges on the databases' objects are brought over.
public enum PrivilegePolicy: String, CaseIterable, Sendable {
    /// Those of every role that exists at the target.
    case keep
    /// Only the owner's.
    case ownerOnly
}

/// What happens to a target database with a wanted name that is not Rehome's.
public enum ExistingDatabasePolicy: String, CaseIterable, Sendable {
    /// Stop, unless it holds no user objects.
    case refuse
    /// Rename it aside in the publishing transaction; nothing is dropped.
    case setAside
}

/// How a connection is encrypted and its peer checked; libpq's `sslmode` (PostgreSQL manual, "SSL Support").
public enum TLSMode: String, CaseIterable, Sendable {
    case disable
    case require
    case verifyCA = "verify-ca"
    case verifyFull = "verify-full"
}
