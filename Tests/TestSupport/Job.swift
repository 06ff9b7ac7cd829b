import Glibc
import JobContract
import Subprocess
import SystemPackage

/// Runs the real `rehome-job` between two servers, with settings as the manifests give them.
public struct Job: Sendable {
    public var environment: [String: String]
    public var arguments = ["migrate", "--verbose"]
    /// A program that the Job is run by, with its arguments; the Job's own follow them.
    public var launcher: [String] = []

    /// How a run ended.
    public struct Result: Sendable {
        /// The exit code, or 128 and the signal's number.
        public var status: Int32
        /// Standard output, then standard error.
        public var output: String
        /// Standard output alone.
        public var written: String
        public var end: ExitStatus? { ExitStatus(rawValue: status) }
    }

    public init(from source: PostgresServer, to target: PostgresServer) {
        environment = [
            "REHOME_NAMESPACE": "rhdh", "REHOME_INSTANCE": "developer-hub", "REHOME_GATE": "none",
            "REHOME_SOURCE_HOST": source.host, "REHOME_SOURCE_PORT": "\(source.port)",
            "REHOME_SOURCE_USER": source.superuser, "REHOME_SOURCE_PASSWORD": source.password,
            "REHOME_SOURCE_SECRET": "backstage-psql-secret-developer-hub",
            "REHOME_TARGET_HOST": target.host, "REHOME_TARGET_PORT": "\(target.port)",
            "REHOME_TARGET_USER": target.superuser, "REHOME_TARGET_PASSWORD": target.password,
            "REHOME_TARGET_SSLMODE": "disable", "HOME": "/tmp",
            // pg_dump of every version on this machine, as an image would have one.
            "PATH": PostgresInstallation.installed.map(\.programs.string).joined(separator: ":"),
        ]
    }

    public subscript(setting: JobSetting) -> String? {
        get { environment[setting.rawValue] }
        set { environment[setting.rawValue] = newValue }
    }

    /// Runs to the end.
    ///
    /// - Parameter onLine: sees each line of output as it comes, and the process, to break something at that moment.
    public func run(onLine: (String, pid_t) async throws -> Void = { _, _ in }) async throws -> Result {
        try await run(meanwhile: { _ in }, onLine: onLine)
    }

    /// Runs to the end.
    ///
    /// - Parameter meanwhile: goes on beside the process and is cancelled when its output ends.
    public func run(
        meanwhile: @escaping @Sendable (pid_t) async throws -> Void, onLine: (String, pid_t) async throws -> Void
    ) async throws -> Result {
        var variables: [Environment.Key: String] = [:]
        for (name, value) in environment { variables[Environment.Key(stringLiteral: name)] = value }
        var lines: [String] = []
        let result = try await Subprocess.run(
            .path(launcher.first.map { FilePath($0) } ?? Programs.rehomeJob),
            arguments: Arguments(
                launcher.isEmpty ? arguments : launcher.dropFirst() + [Programs.rehomeJob.string] + arguments),
            environment: .custom(variables), input: .none,
            output: .sequence, error: .string(limit: 1 << 20)
        ) { execution in
            let process = execution.processIdentifier.value
            async let _ = meanwhile(process)
            for try await line in execution.standardOutput.strings() {
                lines.append(line)
                try await onLine(line, process)
            }
        }
        let status: Int32 =
            switch result.terminationStatus {
            case .exited(let code): code
            case .signaled(let signal): 128 + signal
            }
        let written = lines.joined(separator: "\n")
        return Result(status: status, output: written + result.standardError, written: written)
    }
}
