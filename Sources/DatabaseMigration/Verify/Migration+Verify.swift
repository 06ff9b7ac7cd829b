import JobContract
import PostgresClient

extension Migration {
    /// Compares everything that is published with the source, and changes nothing.
    ///
    /// Each database is also compared with its stamp. If it holds something other than what was published, it has been
    /// written to since and cannot be verified any more.
    ///
    /// - Parameter explaining: names the first rows that differ by their keys.
    /// - Throws: ``MigrationFailure`` when there is nothing to compare, or a server cannot be asked.
    public func verify(explaining: Bool) async throws(MigrationFailure) -> VerificationReport {
        let telling = tellActivity()
        defer { activity.end(telling) }
        do {
            let target = try openTarget()
            let targetFacts = try ServerFacts(reading: target)
            guard let stamp = try PublishedState(target: targetFacts, settings: settings).stamp else {
                throw MigrationFailure(
                    .personMustAct,
                    "\(targetFacts.place): nothing of \(settings.namespace)/\(settings.instance) is published",
                    advice: "Run the Job first; 'rehome-job status' says how far it is.")
            }
            try requireSource()
            let sourceFacts = try ServerFacts(reading: openSource())
            guard sourceFacts.systemIdentifier == stamp.migration.source else {
                throw MigrationFailure(
                    .personMustAct,
                    "\(sourceFacts.place) is not the server that was copied: its system identifier is \(sourceFacts.systemIdentifier), the stamps say \(stamp.migration.source)",
                    advice: "Check the source's host: verify compares with the server that was left.")
            }
            let progress = VerificationProgress()
            let verifier = DatabaseVerifier(
                sessions: sessions(name: Sessions.applicationName(of: stamp.migration, attempt: attempt)).knowing(
                    source: sourceFacts, target: targetFacts),
                programs: try await ClientPrograms.find(
                    atLeast: max(sourceFacts.majorVersion, targetFacts.majorVersion), searchPath: searchPath,
                    interrupt: interrupt, report: report),
                isSameVersion: sourceFacts.majorVersion == targetFacts.majorVersion,
                rights: try rights(at: target, targetFacts), explains: explaining,
                progress: progress)
            let stamps = targetFacts.databases.compactMap { database -> (Stamp, DatabaseFacts)? in
                guard case .published(let own)? = DatabaseMark(comment: database.comment), own.attempt == stamp.attempt
                else { return nil }
                return (own, database)
            }
            activity.begin("comparing", detail: { progress.text })
            let databases = try await verify(stamps, with: verifier)
            return VerificationReport(publishedAt: stamp.publishedAt, databases: databases.sorted { $0.name < $1.name })
        } catch {
            throw MigrationFailure(error)
        }
    }

    /// Compares as many databases at a time as there are workers.
    private func verify(_ stamps: [(Stamp, DatabaseFacts)], with verifier: DatabaseVerifier) async throws
        -> [VerifiedDatabase]
    {
        try await withThrowingTaskGroup(of: VerifiedDatabase.self) { group in
            var verified: [VerifiedDatabase] = []
            var waiting = stamps.sorted { $0.1.bytes < $1.1.bytes }
            func begin(_ group: inout ThrowingTaskGroup<VerifiedDatabase, any Error>) {
                guard let (stamp, facts) = waiting.popLast() else { return }
                group.addTask { try await verifier.verify(stamp, encoding: facts.encoding) }
            }
            for _ in 0..<settings.workers { begin(&group) }
            do {
                while let database = try await group.next() {
                    report(
                        .verified(database: database.name, rows: database.rows, differences: database.differences.count)
                    )
                    verified.append(database)
                    begin(&group)
                }
            } catch {
                // This wakes the others, which wait for their servers.
                interrupt.raise()
                throw error
            }
            return verified
        }
    }
}
