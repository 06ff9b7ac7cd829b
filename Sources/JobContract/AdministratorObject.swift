/// A kind of object that only an administrator of a server can make.
///
/// If the databases belong to an ordinary role, each kind is made at the target only if the settings name it. Otherwise
/// it is left out and reported. docs/security.md has the table.
public enum AdministratorObject: String, CaseIterable, Sendable, Codable {
    /// Extensions that are not trusted at the target (PostgreSQL manual, "Extension Files", `trusted`), and comments on
    /// extensions.
    case extensions
    /// They run a function of the source's schema whenever somebody changes the schema, even an administrator. So they
    /// are left out unless asked for, even where the owner could make them.
    case eventTriggers
    /// `FOR ALL TABLES` and `FOR TABLES IN SCHEMA`.
    case publications
    /// Foreign data wrappers, and the right to make servers that use them.
    case foreignData
    /// Procedural languages that are not trusted.
    case languages
    /// The attribute by which functions promise to reveal nothing about their arguments.
    case leakproof
    /// Settings of a database that only a superuser may set. They change what the server does for everybody in the
    /// database, so they too are left out unless asked for.
    case settings
}
