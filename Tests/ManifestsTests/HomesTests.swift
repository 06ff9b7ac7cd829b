import JobContract
import MigrationSpec
import SystemPackage
import TestSupport
import Testing

/// The table in `docs/homes.md` says of each golden tree what it is.
struct HomesTests {
    private struct Row {
        var mode: String
        var engine: String
        var release: String
        var phase: String
    }

    private static func rows() throws -> [String: Row] {
        let text = try Checkout.folder.appending("docs/homes.md").text()
        var rows: [String: Row] = [:]
        for line in text.split(separator: "\n") where line.hasPrefix("| ") {
            let cells = line.split(separator: "|").map { cell in
                String(cell.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
            }
            guard cells.count == 7, let tree = cells.last, tree.hasPrefix("`") else { continue }
            let row = Row(mode: cells[1], engine: cells[2], release: cells[3], phase: cells[4])
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

    @Test func `every mode, engine and phase is there`() throws {
        let migrations = try GoldenTree.all.map { try $0.migration() }
        #expect(Set(migrations.map(\.cutover)) == Set(CutoverMode.allCases))
        #expect(Set(migrations.map(\.phase)) == Set(Phase.allCases))
        let releases = migrations.compactMap { $0.operatorVersion?.deletesLocalDatabase }
        #expect(Set(releases) == [true, false])
    }
}
