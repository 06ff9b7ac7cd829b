import Manifests
import MigrationSpec
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// Whatever commands a runbook has, a shell can read them, and ``RunbookLifeTests`` plays their kind.
struct RunbookKindTests {
    /// What the worlds play, by the pages that they render.
    private static let played = Result {
        var kinds: Set<RunbookKind> = []
        for world in RunbookWorld.all {
            // A later attempt or generation has the same commands.
            var moments: Set<String> = []
            for step in world.steps where moments.insert(step.moment.testDescription).inserted {
                let rendered = try world.render(step)
                for command in try RunbookCommands(rendered.files.text("README.md")).all {
                    kinds.insert(RunbookKind(command, of: rendered.migration))
                }
            }
        }
        return kinds
    }

    @Test func `each command of every golden tree, and of the main example, is of a kind that is played`() async throws
    {
        let played = try Self.played.get()
        var pages: [(name: String, migration: Migration, page: String)] = []
        for tree in GoldenTree.all {
            pages.append((tree.name, try tree.migration(), try tree.output.appending("README.md").text()))
        }
        for example in Example.allCases {
            pages.append((example.rawValue, try example.migration(), try example.files().text("README.md")))
        }
        var seen: Set<String> = []
        for (name, migration, page) in pages {
            for command in RunbookCommands(page).all
            where !UnplayedCommand.has(command) && seen.insert(command.script).inserted {
                let kind = RunbookKind(command, of: migration)
                if !played.contains(kind) {
                    Issue.record("\(name) has a command that no runbook's life plays: \(kind)")
                }
            }
        }
    }

    /// Each way of changing Backstage with each engine at each moment of a life, and all other choices in turn: any two
    /// values of two choices come together in some page.
    private static var combinations: [(world: RunbookWorld, step: RunbookWorld.Step)] {
        let targets = [
            "cloudNativePG: {}", "statefulSet: {image: 'docker.io/library/postgres:17', tls: {mode: disabled}}",
            "statefulSet: {image: 'quay.io/sclorg/postgresql-16-c9s:latest', tls: {mode: disabled}}",
        ]
        let settings = ["", ", cutover: onCommand", ", parallelism: 3", ", precopy: false", ", alerts: true"]
        var all: [(RunbookWorld, RunbookWorld.Step)] = []
        for (number, mode) in ["copy", "inPlace", "patch", "none"].enumerated() {
            for (row, engine) in ["", EngineTests.argocd, EngineTests.flux].enumerated() {
                for (place, moment) in PhaseTests.Moment.all.enumerated() {
                    func turn<Choice>(_ choices: [Choice], _ shift: Int) -> Choice {
                        choices[(number + row + place + shift) % choices.count]
                    }
                    let world = RunbookWorld(
                        name: "\(mode), engine \(row)", mode: mode, gate: turn(["job", "manual", "none"], number),
                        engine: engine, target: turn(targets, row),
                        release: turn([#""1.9""#, #""1.10""#, #""1.11""#], place),
                        localDatabase: turn(["retire", "keep"], row), migration: turn(settings, number + row))
                    all.append(
                        (world, .init(moment: moment, generation: turn([1, 2], 0), attempt: turn([1, 2, 3], 0))))
                }
            }
        }
        return all
    }

    /// What needs a config of its own, at the moments of its life that no tree shows.
    private static var otherMoments: [(world: RunbookWorld, step: RunbookWorld.Step)] {
        let trees = GoldenTree.all.map(\.name).filter { !$0.hasPrefix("phase-") && !$0.contains("rollback") }
        return trees.flatMap { name in
            PhaseTests.Moment.all.filter { $0.phase != .migrate }.map {
                (RunbookWorld(name: name, golden: name), RunbookWorld.Step(moment: $0))
            }
        }
    }

    @Test func `each command of every mode, gate, engine, phase and generation is of a kind that is played`() throws {
        try expectPlayed(Self.combinations, atLeast: 50)
    }

    @Test func `each command of every golden tree's other phases is of a kind that is played`() throws {
        try expectPlayed(Self.otherMoments, atLeast: 30)
    }

    private func expectPlayed(
        _ pages: [(world: RunbookWorld, step: RunbookWorld.Step)], atLeast least: Int
    ) throws {
        let played = try Self.played.get()
        // A block may be one that is played but for a line that is not needed here.
        let lines = Set(played.flatMap { $0.description.split(separator: "\n") })
        var missing: [RunbookKind: String] = [:]
        var (rendered, seen) = (0, Set<String>())
        for (world, step) in pages {
            // Some choices do not go together, which rendering says.
            guard let page = try? world.render(step) else { continue }
            rendered += 1
            for command in try RunbookCommands(page.files.text("README.md")).all
            where !UnplayedCommand.has(command) && seen.insert(command.script).inserted {
                let kind = RunbookKind(command, of: page.migration)
                let isPlayed = kind.description.split(separator: "\n").allSatisfy { lines.contains($0) }
                if !isPlayed { missing[kind] = "\(world.name), \(step.title)" }
            }
        }
        #expect(rendered >= least)
        for (kind, place) in missing { Issue.record("\(place): a command that no runbook's life plays: \(kind)") }
    }

    @Test func `a shell can read each command, and what is listed as not played is there`() async throws {
        var scripts: Set<String> = []
        for tree in GoldenTree.all {
            scripts.formUnion(RunbookCommands(try tree.output.appending("README.md").text()).all.map(\.script))
        }
        for reason in UnplayedCommand.reasons {
            #expect(scripts.contains { $0.hasPrefix(reason.beginning) }, "no runbook has '\(reason.beginning)'")
        }
        for script in scripts {
            let result = try await run(
                .name("sh"), arguments: ["-n", "-c", script], output: .discarded, error: .string(limit: 1 << 16))
            #expect(result.terminationStatus.isSuccess, "\(script): \(result.standardError)")
        }
    }
}
