import ArgumentParser
import Glibc
import SystemPackage
import TestSupport

@main
struct RehomeDemo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rehome-demo",
        abstract:
            "Run a rendered migration between two throw-away servers while a Backstage writes, and kill it half-way.")

    @Option(help: "The folder that 'rehome render' wrote.") var manifests: String
    @Option(help: "The folder with rehome-job.") var programs: String
    @Option(help: "The folder with tls.crt and tls.key of the target's server.")
    var certificate = "examples/statefulset/throw-away"
    @Option(help: "Size of the source; 1 is some 750 MB.") var scale = 1.0

    func run() async throws {
        let screen = Screen()
        guard Pod.isPossible else {
            throw DemoError("The demo runs the Job as a container would, which takes root: sudo make demo")
        }
        screen.heading("A cluster in small")
        let cluster = try await LocalCluster.start(
            manifests: absolute(manifests), certificate: absolute(certificate))
        let act = MigrationAct(cluster: cluster, program: absolute(programs).appending("rehome-job"), screen: screen)
        screen.say(
            "source: \(cluster.source.installation), as the operator runs it, without TLS, port \(cluster.source.port)")
        screen.say(
            "target: \(cluster.target.installation), TLS required, for \(cluster.targetHost), port \(cluster.target.port)"
        )
        try await screen.timed(
            "filling the source with the \(BackstageDatabases.names.count) databases of a Backstage instance"
        ) {
            try await BackstageDatabases.create(on: cluster.source, scale: scale)
        }
        let backstage = try await LiveBackstage.start(on: cluster.source)
        screen.say("Backstage works: its plugins write to all databases, as they do all day, until the demo's end")
        try await act.killTheFirstAttempt()
        try await act.finishWithTheSecond()
        try await act.lookForLosses(await backstage.stop())
        try await act.compare()
        try await act.runAgainWithoutTheSource()
        try await act.keepTheReport(in: absolute(".build"))
        await cluster.stop()
        screen.heading("Done; the servers and all that was written are gone, but for the report.")
    }

    private func absolute(_ path: String) -> FilePath {
        let path = FilePath(path)
        guard path.isRelative, let folder = getcwd(nil, 0) else { return path }
        defer { free(folder) }
        return FilePath(String(cString: folder)).pushing(path)
    }
}

/// The demo did not show what it promises.
struct DemoError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
