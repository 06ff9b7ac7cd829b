import Glibc
import SystemPackage
import TestSupport

/// What a program and all that it started took.
struct MeasuredProcess {
    var wall: Double
    /// User and system time, in seconds.
    var cpu: Double
    /// The largest resident set of any one of its processes, in bytes.
    var peakMemory: Int

    /// Runs a script with bash, its output going to a file.
    /// - Throws: ``BenchmarkError`` with the end of the output where the script fails.
    static func run(_ script: String, environment: [String: String], log: FilePath) throws -> MeasuredProcess {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log.string, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)

        let words = ["bash", "-e", "-o", "pipefail", "-c", script]
        let arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        let variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for word in arguments + variables { free(word) } }

        let clock = ContinuousClock()
        let start = clock.now
        var process: pid_t = 0
        let failure = posix_spawn(&process, "/bin/bash", &actions, nil, arguments, variables)
        guard failure == 0 else { throw Errno(rawValue: failure) }
        var status: Int32 = 0
        var usage = rusage()
        while wait4(process, &status, 0, &usage) < 0 {
            guard errno == EINTR else { throw Errno(rawValue: errno) }
        }
        guard status == 0 else {
            throw BenchmarkError("wait status \(status):\n\((try? log.text())?.suffix(2000) ?? "")")
        }
        return MeasuredProcess(
            wall: (clock.now - start) / .seconds(1), cpu: usage.ru_utime.seconds + usage.ru_stime.seconds,
            peakMemory: usage.ru_maxrss * 1024)
    }
}

extension timeval {
    fileprivate var seconds: Double { Double(tv_sec) + Double(tv_usec) / 1e6 }
}

/// A measurement that cannot be made or does not count.
struct BenchmarkError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
