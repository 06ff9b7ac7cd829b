import Manifests
import MigrationSpec
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// Whatever commands a runbook has, a shell can read them, and ``RunbookLifeTests`` plays their kind.
struct RunbookKindTests {
    /// What the worlds play, by the pages that they render.
    private func playedKinds() async throws -> Set<RunbookKind> {
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
        let played = try await playedKinds()
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
