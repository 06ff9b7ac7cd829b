import JobContract
import SystemPackage
import TestSupport
import Testing

/// A whole life of a migration on real servers, driven by what `rehome render` writes for each phase: rehearse, migrate,
/// cut over, work, go back, work, and go again; with the wrong orders that engines and people come up with.
@Suite(.serialized, .enabled(if: Pod.isPossible, "making a container's namespaces takes root"))
struct WholeLifeTests {
    /// An operator, how the cut-over treats its database, and who opens the gate.
    struct World: CustomTestStringConvertible, Sendable {
        enum Side: Sendable { case local, remote }
        var release: OperatorStandIn.Release
        var retires: Bool
        var isGateManual = false
        /// Which servers crash between any two steps.
        var crashing: Set<Side> = []
        /// Whether the namespace has a quota of all that one may count.
        var hasQuota = false
        var testDescription: String {
            "\(crashing.map { "a \($0) server that crashes, " }.sorted().joined())\(hasQuota ? "a quota, " : "")operator \(release.rawValue), local database \(retires ? "retired" : "kept"), receipt left by \(isGateManual ? "a person" : "the Job")"
        }

        static let all = [
            World(release: .upTo1_9, retires: true, crashing: [.local]),
            World(release: .upTo1_9, retires: false, isGateManual: true),
            World(release: .from1_10, retires: true, isGateManual: true, crashing: [.remote]),
            World(release: .from1_10, retires: false, hasQuota: true),
            World(release: .from1_10, retires: false, crashing: [.local, .remote]),
        ]
    }

    @Test(arguments: World.all)
    func `nothing that Backstage wrote is lost on the way there, back, and there again`(world: World) async throws {
        try await withTemporaryFolder { folder in
            let trees = try await Trees(world, in: folder)
            let cluster = try await LifeCluster.start(
                release: world.release, backstage: Trees.example.appending("backstage.yaml"),
                database: trees.migrate.stage("database"),
                certificate: Trees.example.appending("throw-away"))
            if world.hasQuota { await cluster.setQuota() }
            try await BackstageDatabases.create(on: await cluster.local, scale: 0.01)
            try await cluster.reconcile()
            let life = Life(cluster: cluster, trees: trees, world: world)
            try await life.rehearse()
            try await life.migrate()
            try await life.repeatJobAfterCutover()
            try await life.goBack()
            try await life.goAgainWithAnOldReceipt()
            await cluster.stop()
        }
    }

    /// As docs/major-version.md says.
    @Test(arguments: OperatorStandIn.Release.allCases)
    func `the operator's own database gets another major version, and nothing is lost`(
        release: OperatorStandIn.Release
    ) async throws {
        let newest = try PostgresInstallation.withTLS()
        guard !newest.programs.string.hasPrefix("/tmp/") else {
            try Test.cancel("a pod has a /tmp of its own, and sees no program in this one's")
        }
        try await withTemporaryFolder { folder in
            let world = World(release: release, retires: true)
            let trees = try await Trees(world, in: folder)
            let cluster = try await LifeCluster.start(
                release: release, backstage: Trees.example.appending("backstage.yaml"),
                database: trees.migrate.stage("database"), certificate: Trees.example.appending("throw-away"))
            guard await cluster.local.installation.major < newest.major else {
                await cluster.stop()
                try Test.cancel("there is no newer PostgreSQL that speaks TLS")
            }
            try await BackstageDatabases.create(on: await cluster.local, scale: 0.01)
            try await cluster.reconcile()
            let life = Life(cluster: cluster, trees: trees, world: world)
            try await life.rehearse()
            try await life.migrate()
            try await life.comeBack(to: newest)
            await cluster.stop()
        }
    }
}

/// The phases' trees, all rendered from one config.
struct Trees {
    static let example = Checkout.folder.appending("examples/statefulset")

    let prepare: RenderedTree
    let migrate: RenderedTree
    let copyBack: RenderedTree
    let cutoverBack: RenderedTree
    let migrateAgain: RenderedTree

    init(_ world: WholeLifeTests.World, in folder: FilePath) async throws {
        let release = #"operatorVersion: "\#(world.release == .upTo1_9 ? "1.8" : "1.10")""#
        let cutover =
            "localDatabase: \(world.retires ? "retire" : "keep")\(world.isGateManual ? "\n    gate: manual" : "")"
        let limits = world.hasQuota ? "    resources: {limits: {cpu: 2}}\n" : ""
        func tree(_ name: String, _ phase: String, generation: Int = 1) async throws -> RenderedTree {
            try await RenderedTree(
                of: Self.example, named: name,
                changes: [
                    #"operatorVersion: "1.8""#: release, "localDatabase: retire": cutover,
                    "\nspec:\n": "\nspec:\n  \(phase)\n",
                    "\n  migration:\n": "\n  migration:\n    generation: \(generation)\n\(limits)",
                    "      storage: 20Gi\n": "      storage: 20Gi\n\(limits.isEmpty ? "" : "  \(limits)")",
                ], in: folder)
        }
        prepare = try await tree("prepare", "phase: prepare")
        migrate = try await tree("migrate", "phase: migrate")
        copyBack = try await tree("copy-back", "phase: rollback\n  rollback: {step: copyBack}")
        cutoverBack = try await tree("cutover-back", "phase: rollback\n  rollback: {step: cutoverBack}")
        migrateAgain = try await tree("migrate-again", "phase: migrate", generation: 2)
    }
}
