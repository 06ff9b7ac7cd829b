/// A five-character error code (PostgreSQL manual, appendix A).
public struct SQLState: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public var rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public var description: String { rawValue }
    /// The first two characters, shared by related errors.
    public var errorClass: String { String(rawValue.prefix(2)) }

    /// `insufficient_privilege`
    public static let insufficientPrivilege = SQLState(rawValue: "42501")
    /// `invalid_catalog_name`: no database of that name
    public static let noSuchDatabase = SQLState(rawValue: "3D000")
    /// `duplicate_database`
    public static let duplicateDatabase = SQLState(rawValue: "42P04")
    /// `object_in_use`: another session is connected to the database
    public static let objectInUse = SQLState(rawValue: "55006")
    /// `not_null_violation`
    public static let notNullViolation = SQLState(rawValue: "23502")
    /// `foreign_key_violation`
    public static let foreignKeyViolation = SQLState(rawValue: "23503")
    /// `division_by_zero`
    public static let divisionByZero = SQLState(rawValue: "22012")
    /// `unique_violation`: also the error of two concurrent CREATE DATABASE of one name
    public static let uniqueViolation = SQLState(rawValue: "23505")
    /// `undefined_function`
    public static let undefinedFunction = SQLState(rawValue: "42883")
    /// `undefined_table`
    public static let undefinedTable = SQLState(rawValue: "42P01")
    /// `undefined_object`: also, in later versions, a snapshot whose session has ended
    public static let undefinedObject = SQLState(rawValue: "42704")
    /// `invalid_parameter_value`: also, in earlier versions, a snapshot whose session has ended
    public static let invalidParameterValue = SQLState(rawValue: "22023")
    /// A statement was cancelled, by a person or by `statement_timeout`.
    public static let queryCanceled = SQLState(rawValue: "57014")
    /// `lock_not_available`: also a wait for a lock that took longer than `lock_timeout`
    public static let lockNotAvailable = SQLState(rawValue: "55P03")
    /// `deadlock_detected`
    public static let deadlockDetected = SQLState(rawValue: "40P01")

    /// Whether the same statement may succeed later although nobody changes anything here.
    public var isTransient: Bool {
        switch errorClass {
        // Connection lost, transaction rolled back by the server, no resources (disk, memory, connections).
        case "08", "40", "53", "58": true
        // Operator intervention: shutdown, restart, a terminated backend, a timeout set from outside.
        case "57": true
        case "55": rawValue == "55P03" || rawValue == "55006"
        // A timeout, or a server that has become a standby.
        case "25": rawValue == "25P03" || rawValue == "25P04" || rawValue == "25006"
        default: false
        }
    }
}
