import FoundationEssentials
import JobContract
import SystemPackage
import TestSupport
import Testing

extension EndToEnd {
    /// Databases of every odd kind at once (`Tests/TestSupport/sql/odd`), that change while the copy keeps up with them.
    @Suite struct OddRowsTests {
        private struct Example {
            var name: String
            var script: String
            /// Run while the fence waits for the word.
            var meanwhile: String

            /// Those that a version can have.
            static func all(for version: PostgresInstallation) throws -> [Example] {
                let folder = Checkout.folder.appending("Tests/TestSupport/sql/odd")
                let files = try FileManager.default.contentsOfDirectory(atPath: folder.string).sorted()
                return try files.compactMap { file in
                    let text = try folder.appending(file).text()
                    let since = text.firstMatch(of: #/(?m)^-- Since ([0-9]+)\.$/#).flatMap { Int($0.1) } ?? 0
                    guard version.major >= since else { return nil }
                    let change = try #require(text.firstRange(of: "-- Meanwhile:\n"), "\(file)")
                    return Example(
                        name: String(file.dropLast(".sql".count)), script: String(text[..<change.lowerBound]),
                        meanwhile: String(text[change.upperBound...]))
                }
            }
        }

        static let pairs = ConformanceTests.Pair.all.filter { pair in
            pair.target.major == PostgresInstallation.installed.last?.major
                && [PostgresInstallation.installed.first?.major, pair.target.major].contains(pair.source.major)
        }

        @Test(arguments: pairs)
        func `what changes in odd tables between the first copy and the fence is there`(pair: ConformanceTests.Pair)
            async throws
        {
            let examples = try Example.all(for: pair.source)
            #expect(examples.count >= 9)
            let (source, target) = (
                try await PostgresServer.start(pair.source), try await PostgresServer.start(pair.target)
            )
            for example in examples {
                try await source.psql("CREATE DATABASE \"\(example.name)\"")
                try await source.psql(example.script, database: example.name)
            }
            var job = Job(from: source, to: target)
            job[.privileges] = "keep"
            job[.administratorObjects] = "extensions,publications"
            let result = try await job.runOnCommand {
                for example in examples { try await source.psql(example.meanwhile, database: example.name) }
            }
            #expect(result.end == .success, "\(result.output)")
            for example in examples {
                try await source.copy(example.name, to: target, as: "reference")
                #expect(try await target.schema(of: example.name) == target.schema(of: "reference"))
                let (moved, reference) = (
                    try await target.contents(of: example.name), try await target.contents(of: "reference")
                )
                #expect(moved.keys == reference.keys, "\(example.name)")
                let others = moved.filter { reference[$0.key] != $0.value }.keys
                #expect(others.isEmpty, "\(example.name)")
                try await target.psql("DROP DATABASE reference")
            }
        }
    }
}
