import Glibc
import SystemPackage
import TestSupport

/// Where and when it is measured.
enum Machine {
    static var description: String {
        let model = value(of: "model name", in: "/proc/cpuinfo") ?? "unknown CPU"
        let memory = value(of: "MemTotal", in: "/proc/meminfo") ?? "unknown"
        var now = time(nil)
        var date = tm()
        gmtime_r(&now, &date)
        let day = [Int(date.tm_year) + 1900, Int(date.tm_mon) + 1, Int(date.tm_mday)]
            .map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: "-")
        return "\(day), \(sysconf(Int32(_SC_NPROCESSORS_ONLN))) cores, \(model), memory \(memory)"
    }

    private static func value(of key: String, in path: FilePath) -> String? {
        let line = (try? path.text())?.split(separator: "\n").first { $0.hasPrefix(key) }
        return line?.split(separator: ":").last.map { String($0.drop { $0 == " " }) }
    }
}
