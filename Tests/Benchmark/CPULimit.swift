import Glibc
import SystemPackage
import TestSupport

/// A control group that gives its processes a part of one CPU, gone with the value. That part they get at once, as on a
/// machine of their own: nobody else's processes come before them.
final class CPULimit {
    private let group: FilePath
    private let parent: FilePath

    /// - Throws: ``BenchmarkError`` where this machine or container does not allow it.
    init(cpus: Double, of server: ServerProcesses) throws {
        let isUnified = access("/sys/fs/cgroup/cgroup.controllers", R_OK) == 0
        parent = isUnified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/cpu"
        group = parent.appending("rehome-bench-\(getpid())")
        guard mkdir(group.string, 0o755) == 0 else {
            throw BenchmarkError("\(group): \(Errno(rawValue: errno))")
        }
        let quota = Int(cpus * 100_000)
        do {
            if isUnified {
                try Self.write("\(quota) 100000", to: group.appending("cpu.max"))
                try Self.write("10000", to: group.appending("cpu.weight"))
            } else {
                try Self.write("100000", to: group.appending("cpu.cfs_period_us"))
                try Self.write("\(quota)", to: group.appending("cpu.cfs_quota_us"))
                try Self.write("262144", to: group.appending("cpu.shares"))
            }
            // What the postmaster starts from now on is in its group.
            try Self.write("\(server.postmaster)", to: group.appending("cgroup.procs"))
            for process in server.children() {
                // A session may have ended since.
                do { try Self.write("\(process)", to: group.appending("cgroup.procs")) } catch {
                    guard kill(pid_t(process), 0) != 0 else { throw error }
                }
            }
        } catch {
            lift()
            throw error
        }
    }

    deinit { lift() }

    /// In how many periods of 100 ms the processes wanted more than their part.
    func throttledPeriods() throws -> Int {
        let line = try group.appending("cpu.stat").text().split(separator: "\n").first { $0.hasPrefix("nr_throttled ") }
        guard let count = line.flatMap({ Int($0.dropFirst("nr_throttled ".count)) }) else {
            throw BenchmarkError("\(group)/cpu.stat does not tell nr_throttled")
        }
        return count
    }

    /// A group can only go when its processes have left it.
    private func lift() {
        let processes = (try? group.appending("cgroup.procs").text()) ?? ""
        for process in processes.split(separator: "\n") {
            try? Self.write(String(process), to: parent.appending("cgroup.procs"))
        }
        rmdir(group.string)
    }

    private static func write(_ text: String, to path: FilePath) throws {
        do {
            let file = try FileDescriptor.open(path, .writeOnly)
            _ = try file.closeAfter { try file.writeAll(text.utf8) }
        } catch {
            throw BenchmarkError("\(path): \(error)")
        }
    }
}
