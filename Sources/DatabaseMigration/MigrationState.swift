/// Where a migration stands, as one look at both servers tells. Times are RFC 3339, by the target server's clock.
public enum MigrationState: Sendable, Equatable {
    case notBegun
    /// A rehearsal's copy waits at the target for the real run.
    case rehearsed(at: String)
    /// An attempt is at work.
    case copying(since: String, isRehearsal: Bool)
    /// Everything is copied, and an attempt brings over what changes until the fence may fall.
    case keepingUp(since: String)
    /// An attempt has died or was ended, and nothing is published.
    case interrupted(since: String)
    /// Everything is published, and Backstage is not seen to work on it.
    case published(at: String)
    /// Everything is published, and Backstage works on it.
    case done(at: String)
    /// What was published has been left again, in the other direction or by a later migration.
    case left(publishedAt: String)

    public var text: String {
        switch self {
        case .notBegun: "not begun"
        case .rehearsed(let time): "rehearsed at \(time), nothing is published"
        case .copying(let time, true): "a rehearsal is running since \(time)"
        case .copying(let time, false): "copying since \(time)"
        case .keepingUp(let time):
            "everything is copied and kept up with the source, by an attempt begun at \(time); nothing is published"
        case .interrupted(let time): "nothing is published; the last attempt was begun at \(time) and has ended"
        case .published(let time): "published at \(time) and not cut over"
        case .done(let time): "done, published at \(time), and Backstage works on it"
        case .left(let time): "published at \(time), and left again since"
        }
    }
}

/// Whether writes at the source are refused.
public enum FenceState: Sendable, Equatable {
    case lifted
    /// Since when (RFC 3339) and for how many seconds; `nil` if nobody recorded it.
    case standing(since: String?, seconds: Int?)
    /// The source could not be asked, for this reason.
    case unknown(String)

    public var text: String {
        switch self {
        case .lifted: "the source is not fenced"
        case .standing(let since?, let seconds?): "the source is fenced since \(since), for \(Self.duration(seconds))"
        case .standing: "the source is fenced"
        case .unknown(let reason): "whether the source is fenced is not known: \(reason)"
        }
    }

    /// `2 d 3 h`, `3 h 20 min`, `5 min 2 s`: the two largest units.
    static func duration(_ seconds: Int) -> String {
        let seconds = max(0, seconds)
        let units = [
            ("d", seconds / 86400), ("h", seconds / 3600 % 24), ("min", seconds / 60 % 60), ("s", seconds % 60),
        ]
        let shown = units.drop { $0.1 == 0 }.prefix(2)
        return shown.isEmpty ? "0 s" : shown.map { "\($0.1) \($0.0)" }.joined(separator: " ")
    }
}
