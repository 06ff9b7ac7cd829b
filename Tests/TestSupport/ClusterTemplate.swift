import SystemPackage

/// A cluster that `initdb` has made and nobody has started: a server made from a copy costs half the work.
///
/// There is one for each set of options in this process, and it goes with the process.
final class ClusterTemplate: Sendable {
    struct Options: Hashable {
        var root: FilePath
        var programs: FilePath
        var superuser: String
        var locale: String

        /// What `postgres-server.sh` is started with, after the server's folder.
        var arguments: [String] { [root.string, programs.string, "--username", superuser, "--locale", locale] }
    }

    let folder: FilePath
    /// Removes the folder when this process ends.
    private let helper: SupervisedProcess

    private init(_ options: Options) async throws {
        folder = try makeTemporaryFolder("cluster-template")
        try folder.appending("password").write("replaced-in-every-copy")
        helper = try PostgresServer.helper(in: folder, options)
        do { try await helper.request("template") } catch var error as HelperError {
            error.details = PostgresServer.logs(in: folder)
            throw error
        }
    }

    /// The template for some options, which is made when it is first asked for.
    static func with(_ options: Options) async throws -> ClusterTemplate {
        try await Templates.shared.template(options)
    }

    private actor Templates {
        static let shared = Templates()
        private var templates: [Options: Task<ClusterTemplate, any Error>] = [:]

        func template(_ options: Options) async throws -> ClusterTemplate {
            if let known = templates[options] { return try await known.value }
            let making = Task { try await ClusterTemplate(options) }
            templates[options] = making
            do { return try await making.value } catch {
                // Whoever comes next tries again.
                templates[options] = nil
                throw error
            }
        }
    }
}
