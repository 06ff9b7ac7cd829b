/// Numbers in a form for people.
enum Units {
    /// `1.2 GB`, in powers of 1000 as for disks and networks.
    static func bytes(_ count: Int) -> String {
        var value = Double(count)
        for unit in ["bytes", "kB", "MB", "GB"] {
            if value < 1000 {
                return unit == "bytes" ? "\(count) bytes" : "\(decimal(value, places: value < 10 ? 1 : 0)) \(unit)"
            }
            value /= 1000
        }
        return "\(decimal(value, places: 1)) TB"
    }

    static func seconds(_ seconds: Double) -> String {
        // More than 30 years is no time that was measured.
        let seconds = min(max(seconds, 0), 1_000_000_000)
        if seconds < 0.995 { return "\(Int((seconds * 1000).rounded())) ms" }
        if seconds < 120 { return "\(decimal(seconds, places: 1)) s" }
        return "\(Int(seconds) / 60) min \(Int(seconds) % 60) s"
    }

    /// `1,234,567`.
    static func count(_ number: Int) -> String {
        let digits = String(number)
        var grouped = ""
        for (position, digit) in digits.enumerated() {
            if position > 0 && (digits.count - position) % 3 == 0 { grouped.append(",") }
            grouped.append(digit)
        }
        return grouped
    }

    static func decimal(_ value: Double, places: Int) -> String {
        let scale = places == 0 ? 1.0 : 10.0
        let scaled = Int((value * scale).rounded())
        return places == 0 ? "\(scaled)" : "\(scaled / 10).\(scaled % 10)"
    }
}
