import Glibc
import SystemPackage
import TestSupport

/// A control group whose processes share the machine's CPUs with all others by its rules, gone with the value.
final class ControlGroup {
    private let group: FilePath
    private let parent: FilePath
    private let isUnified: Bool

    /// How much of the CPUs a group gets of what others want, too.
    enum Precedence {
        case first, last

        /// `cpu.weight` of control groups version 2, and `cpu.shares` of version 1.
        fileprivate var values: (weight: Int, shares: Int) { self == .first ? (10_000, 262_144) : (1, 2) }
    }

    /// - Parameters:
    ///   - cpus: of how many CPUs the processes may use the time; `nil` for all.
    /// - Throws: ``BenchmarkError`` where this machine or container does not allow it.
    init(_ name: String, cpus: Double?, precedence: Precedence) throws {
        isUnified = access("/sys/fs/cgroup/cgroup.controllers", R_OK) == 0
        parent = isUnified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/cpu"
        group = parent.appending("rehome-bench-\(name)-\(getpid())")
        guard mkdir(group.string, 0o755) == 0 else {
            throw BenchmarkError("\(group): \(Errno(rawValue: errno))")
        }
        do {
            let quota = cpus.map { Int($0 * 100_000) }
            if isUnified {
                try Self.write("\(precedence.values.weight)", to: group.appending("cpu.weight"))
                if let quota { try Self.write("\(quota) 100000", to: group.appending("cpu.max")) }
            } else {
                try Self.write("\(precedence.values.shares)", to: group.appending("cpu.shares"))
                if let quota {
                    try Self.write("100000", to: group.appending("cpu.cfs_period_us"))
                    try Self.write("\(quota)", to: group.appending("cpu.cfs_quota_us"))
                }
            }
        } catch {
            remove()
            throw error
        }
    }

    deinit { remove() }

    /// Takes a server in, with all that its postmaster starts from now on.
    func add(_ server: ServerProcesses) throws {
        let members = group.appending("cgroup.procs")
        try Self.write("\(server.postmaster)", to: members)
        for process in server.children() {
            // A session may have ended since.
            do { try Self.write("\(process)", to: members) } catch {
                guard kill(pid_t(process), 0) != 0 else { throw error }
            }
        }
    }

    /// The beginning of a command that runs in the group.
    var launcher: [String] { ["/bin/sh", "-c", #"echo $$ >"$0/cgroup.procs" && exec "$@""#, group.string] }

    /// In how many periods of 100 ms the processes wanted more than their part.
    func throttledPeriods() throws -> Int {
        let line = try group.appending("cpu.stat").text().split(separator: "\n").first { $0.hasPrefix("nr_throttled ") }
        guard let count = line.flatMap({ Int($0.dropFirst("nr_throttled ".count)) }) else {
            throw BenchmarkError("\(group)/cpu.stat does not tell nr_throttled")
        }
        return count
    }

    /// A group can only go when its processes have left it.
    private func remove() {
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

/// A source with little CPU, on a machine of its own as far as that goes: what it may use of the CPUs it gets at once,
/// and so do the writers. The target and whoever copies get what these leave.
struct StarvedSource {
    private let source: ControlGroup
    private let others: ControlGroup

    init(cpus: Double, in arena: Arena) throws {
        source = try ControlGroup("source", cpus: cpus, precedence: .first)
        others = try ControlGroup("others", cpus: nil, precedence: .last)
        try source.add(ServerProcesses(of: arena.source))
        try others.add(ServerProcesses(of: arena.target))
    }

    /// The beginning of the command of whoever copies.
    var launcher: [String] { others.launcher }

    func throttledPeriods() throws -> Int { try source.throttledPeriods() }
}
