import JobContract
import PostgresClient

/// What a comparison of a published target with its source has shown.
public struct VerificationReport: Sendable, Codable {
    public var publishedAt: String
    public var databases: [VerifiedDatabase]

    /// The program's exit status: `ExitStatus.success`, `ExitStatus.mismatch`, or `ExitStatus.personMustAct` if there
    /// is nothing left to be verified.
    public var status: ExitStatus {
        if databases.contains(where: \.isWrittenTo) { return .personMustAct }
        return databases.contains { !$0.differences.isEmpty } ? .mismatch : .success
    }
}

/// One database, as it stands on both sides.
public struct VerifiedDatabase: Sendable, Codable {
    public var name: DatabaseName
    public var tables: Int
    public var rows: Int
    /// In COPY's text format.
    public var bytes: Int
    /// Whether the target holds something else than was published.
    public var isWrittenTo: Bool
    /// Whether something of it could not be read at the target, and so is not compared; the notes name it.
    public var isPartial: Bool
    public var differences: [Difference]
    /// What differs and is allowed to.
    public var notes: [String]
    /// What was changed on purpose and is left out.
    public var leftOut: [DeliberateChange]
    /// What of the source was not brought over, as the stamp says.
    public var notMoved: [LeftOut]
}

/// Something that is not the same on both sides.
public struct Difference: Sendable, Codable {
    public enum Subject: String, Sendable, Codable {
        case table, sequence, largeObjects, materializedView, extensionSettings, schema
    }
    public var subject: Subject
    public var name: String
    public var message: String
    /// The first rows that differ, if they were asked for.
    public var rows: [DifferingRow] = []

    /// Whether it only says that something is missing which the move has left out. A statement is recognised by its own
    /// words.
    func isMissing(_ leftOut: LeftOut) -> Bool {
        subject == .schema && message.hasPrefix(SchemaComparison.missing) && message.hasSuffix(": \(leftOut.title)")
    }
}

/// A row by its key, never by its content.
public struct DifferingRow: Sendable, Codable, Equatable {
    public enum Place: String, Sendable, Codable {
        case onlySource, onlyTarget
        /// On both sides, with other contents.
        case both
    }
    public struct KeyColumn: Sendable, Codable, Equatable {
        public var column: Identifier
        public var value: ByteText
    }

    /// The columns of the primary key, or of another key without nulls; empty for a table that has none.
    public var key: [KeyColumn]
    public var place: Place
}
