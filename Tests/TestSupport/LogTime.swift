/// When a line of the Job's log was written, as the Job says it. A test that reads the line may be late: it shares its
/// threads with every other one.
public enum LogTime {
    /// Seconds of the day; `nil` for a line that goes on with the one before it.
    public static func of(_ line: some StringProtocol) -> Double? {
        guard let time = String(line).prefixMatch(of: #/(\d\d):(\d\d):(\d\d\.\d+)Z\ /#), let hours = Double(time.1),
            let minutes = Double(time.2), let seconds = Double(time.3)
        else { return nil }
        return (hours * 60 + minutes) * 60 + seconds
    }

    /// Seconds from one time of the day to a later one, which may be the next day's.
    public static func seconds(from start: Double, to end: Double) -> Double {
        end >= start ? end - start : end + 24 * 60 * 60 - start
    }

    /// Seconds from the first line that holds one text to the first one after it that holds another; `nil` if there are
    /// no such two.
    public static func seconds(from first: String, to second: String, in log: String) -> Double? {
        let lines = log.split(separator: "\n")
        guard let start = lines.firstIndex(where: { $0.contains(first) }),
            let end = lines[start...].firstIndex(where: { $0.contains(second) }), let from = of(lines[start]),
            let to = of(lines[end])
        else { return nil }
        return seconds(from: from, to: to)
    }

    /// The longest time between two lines, in seconds.
    public static func longestSilence(in lines: [String]) -> Double {
        let times = lines.compactMap { of($0) }
        return zip(times, times.dropFirst()).map { seconds(from: $0, to: $1) }.max() ?? 0
    }
}
