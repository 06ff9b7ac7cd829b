import JobContract
import MigrationSpec
import SystemPackage
import TestSupport
import Testing

/// The table in `docs/homes.md` says of each golden tree what it is.
struct HomesTests {
    private struct Row {
        var home: String
        var mode: String
        var engine: String
        var release: String
        var phase: String
        var target: String
    }

    private static func rows() throws -> [String: Row] {
        let text = try Checkout.folder.appending("docs/homes.md").text()
        var rows: [String: Row] = [:]
        for line in text.split(separator: "\n") where line.hasPrefix("| ") {
            let cells = line.split(separator: "|").map { cell in
                String(cell.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
            }
            guard cells.count == 7, let tree = cells.last, tree.hasPrefix("`") else { continue }
            let row = Row(
                home: cells[0], mode: cells[1], engine: cells[2], release: cells[3], phase: cells[4], target: cells[5])
            #expect(rows.updateValue(row, forKey: String(tree.dropFirst().dropLast())) == nil, "\(tree) stands twice")
        }
        return rows
    }

    @Test func `every golden tree has its row, and every row its tree`() throws {
        #expect(try Set(Self.rows().keys) == Set(GoldenTree.all.map(\.name)))
    }

    @Test(arguments: GoldenTree.all) func `a row says what its tree is`(tree: GoldenTree) throws {
        let row = try #require(try Self.rows()[tree.name])
        let migration = try tree.migration()
        let engine =
            switch migration.engine {
            case .argocd?: "Argo CD"
            case .flux?: "Flux"
            case nil: "–"
            }
        #expect(row.mode == migration.cutover.rawValue)
        #expect(row.engine == engine)
        #expect(row.release == migration.operatorVersion?.rawValue ?? "–")
        #expect(row.phase == migration.phase.rawValue)
    }

    /// What else a row says, such as who renders a Secret, is for readers.
    @Test(arguments: GoldenTree.all) func `a row names the home and the target that its tree has`(tree: GoldenTree)
        throws
    {
        let row = try #require(try Self.rows()[tree.name])
        let migration = try tree.migration()
        let home =
            if let helm = migration.helm {
                switch (helm.chart, helm.object?.kind) {
                case (.rhdh, nil): "RHDH's Helm chart, by `helm`"
                case (.rhdh, .helmRelease?): "RHDH's Helm chart, by Flux's HelmRelease"
                case (.backstage, nil): "Backstage's own chart, by `helm`"
                case (.backstage, .application?): "Backstage's own chart, by an Argo CD Application"
                default: "another"
                }
            } else if migration.backstage == nil {
                "a Deployment of one's own"
            } else {
                switch migration.cutover {
                case .copy: "a CR that nothing owns yet"
                case .inPlace: "a CR in git"
                case .patch: "a CR that Helm or kustomize renders"
                case .none: "a CR that a person keeps"
                }
            }
        let target =
            switch migration.target.kind {
            case .statefulSet: "StatefulSet"
            case .cloudNativePG: "CloudNativePG"
            case .operated(let cluster):
                cluster.clusterOperator.rawValue.hasPrefix("crunchy") ? "Crunchy's PGO" : "Zalando's operator"
            case .external: "external"
            }
        #expect(row.home.hasPrefix(home), "\(row.home)")
        #expect(row.target.hasPrefix(target), "\(row.target)")
    }

    @Test func `every mode, engine, phase and release of the operator is there`() throws {
        let migrations = try GoldenTree.all.map { try $0.migration() }
        #expect(Set(migrations.map(\.cutover)) == Set(CutoverMode.allCases))
        #expect(Set(migrations.map(\.phase)) == Set(Phase.allCases))
        // The main example, in `out/`, is of 1.8.
        let releases = Set(migrations.compactMap { $0.operatorVersion?.rawValue } + ["1.8"])
        #expect(releases == Set((5...10).map { "1.\($0)" }))
    }
}
