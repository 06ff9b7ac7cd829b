public import FoundationEssentials

/// The instant before which the Job does not begin, in the form of RFC 3339: `2026-11-21T22:00:00+01:00`.
///
/// The offset (`Z` or `±hh:mm`) is required: without it, each reader would take a maintenance window to be in their own
/// time zone.
public struct StartTime: Sendable, Equatable {
    public let instant: Date
    /// As it was written.
    public let text: String

    /// - Returns: `nil` for anything but a date, `T`, a time of day and an offset, all of which must exist.
    public init?(_ text: String) {
        guard let instant = try? Date.ISO8601FormatStyle().parse(text), let offset = Self.offset(at: text.dropFirst(19))
        else { return nil }
        // The parser continues past the end of a month or a day: it takes the 30th of February for the 2nd of March.
        let asWritten = instant.addingTimeInterval(Double(offset)).formatted(.iso8601)
        guard asWritten.prefix(19) == text.prefix(19) else { return nil }
        self.instant = instant
        self.text = text
    }

    /// The offset from UTC, in seconds to the east, from the part of a timestamp after the seconds.
    private static func offset(at rest: Substring) -> Int? {
        var rest = rest
        if rest.first == "." {
            let fraction = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
            guard !fraction.isEmpty else { return nil }
            rest = rest.dropFirst(1 + fraction.count)
        }
        if rest == "Z" { return 0 }
        let parts = rest.dropFirst().split(separator: ":", omittingEmptySubsequences: false)
        guard let sign = rest.first, sign == "+" || sign == "-", parts.count == 2, parts.allSatisfy({ $0.count == 2 }),
            let hours = Int(parts[0]), let minutes = Int(parts[1]), (0..<24).contains(hours), (0..<60).contains(minutes)
        else { return nil }
        return (sign == "-" ? -1 : 1) * (hours * 3600 + minutes * 60)
    }
}
