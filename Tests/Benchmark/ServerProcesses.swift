import Glibc
import SystemPackage
import TestSupport

/// The processes of a server, from `/proc`.
struct ServerProcesses {
    let postmaster: Int

    init(of server: PostgresServer) throws {
        let file = try server.folder.appending("data").appending("postmaster.pid").text()
        guard let pid = file.split(separator: "\n").first.flatMap({ Int($0) }) else {
            throw BenchmarkError("\(server.folder)/data/postmaster.pid does not begin with a process id")
        }
        postmaster = pid
    }

    /// Seconds of CPU that the server has used: its own, that of children it has waited for, and of those that live.
    func cpuSeconds() -> Double {
        let ticks = Self.all().reduce(0) { sum, process in
            process.pid == postmaster
                ? sum + process.ticks + process.childTicks : process.parent == postmaster ? sum + process.ticks : sum
        }
        return Double(ticks) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    func children() -> [Int] { Self.all().filter { $0.parent == postmaster }.map(\.pid) }

    private struct Process {
        var pid: Int
        var parent: Int
        var ticks: Int
        var childTicks: Int
    }

    /// proc(5): after the name in parentheses, `ppid` is the 2nd field, `utime`, `stime`, `cutime`, `cstime` 12th to 15th.
    private static func all() -> [Process] {
        guard let directory = opendir("/proc") else { return [] }
        defer { closedir(directory) }
        var found: [Process] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let pid = Int(name), let text = try? FilePath("/proc/\(name)/stat").text(),
                let end = text.lastIndex(of: ")")
            else { continue }
            let fields = text[text.index(after: end)...].split(separator: " ").map { Int($0) ?? 0 }
            guard fields.count > 14 else { continue }
            found.append(
                Process(
                    pid: pid, parent: fields[1], ticks: fields[11] + fields[12], childTicks: fields[13] + fields[14]))
        }
        return found
    }
}
