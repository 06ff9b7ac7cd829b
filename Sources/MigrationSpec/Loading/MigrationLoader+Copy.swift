import JobContract

/// How the Job copies, and which of its settings exclude each other.
extension MigrationLoader {
    func copy(_ section: MigrationSection, emptyDatabases: [String], _ report: inout Report) -> Migration.Copy {
        check(section, &report)
        if section.parallelism.value.rawValue > 1, !section.fence.value {
            report.error(
                "spec.migration.parallelism is \(section.parallelism.value.rawValue), and fence is false",
                at: section.parallelism.position,
                advice:
                    "Each pod takes a snapshot of its own, and only the fence makes them all alike: set fence to true, "
                    + "or parallelism to 1.")
        }
        return Migration.Copy(
            image: section.image.rawValue, generation: section.generation.rawValue,
            attempt: section.attempt.rawValue, notBefore: section.notBefore?.rawValue,
            longestWaitSeconds: section.longestWait.seconds, expectedDuration: section.expectedDuration?.rawValue,
            include: section.include.map(\.rawValue), exclude: section.exclude.map(\.rawValue),
            emptyDatabases: (emptyDatabases + (section.emptyDatabases ?? []).map(\.rawValue)).reduce(into: []) {
                if !$0.contains($1) { $0.append($1) }
            },
            existingDatabases: section.existingDatabases, fence: section.fence.value, precopy: section.precopy.value,
            cutover: section.cutover.value, maxFenceSeconds: section.maxFence?.value.seconds, pace: section.pace,
            sourceFunctions: section.sourceFunctions, workers: section.workers.rawValue,
            splitTablesAtMiB: section.splitTablesAtMiB?.rawValue, clearTaskTickets: section.clearTaskTickets,
            acceptGeneratedDifferences: section.acceptGeneratedDifferences,
            administratorObjects: section.administratorObjects, privileges: section.privileges, report: section.report,
            parallelism: section.parallelism.value.rawValue,
            deadlineSeconds: section.deadline.seconds, retries: section.retries.rawValue,
            logFormat: section.logFormat, alerts: section.alerts, resources: section.resources.over(.job),
            pod: section.pod.settings)
    }

    /// Refuses settings that need a pre-copy: those that say when the fence falls, or how long it may stand.
    private func check(_ section: MigrationSection, _ report: inout Report) {
        if let limit = section.maxFence, limit.value.seconds > TimeSpan.longest {
            report.error(
                "spec.migration.maxFence is \(limit.value)", at: limit.position,
                advice: "Set it to 24h at most, or to 0s for no limit.")
        }
        if let limit = section.maxFence, !section.fence.value {
            report.error(
                "spec.migration.maxFence is \(limit.value), and fence is false", at: limit.position,
                advice: "There is no fence that could stand too long: take maxFence out, or set fence to true.")
        }
        guard !section.precopy.value else { return }
        if section.cutover.value == .onCommand {
            report.error(
                "spec.migration.cutover is onCommand, and precopy is false", at: section.cutover.position,
                advice:
                    "Without the pre-copy the fence comes first, and nothing is left to be said: set precopy to true, or "
                    + "cutover to auto.")
        }
        if let limit = section.maxFence {
            report.error(
                "spec.migration.maxFence is \(limit.value), and precopy is false", at: limit.position,
                advice:
                    "The fence stands for as long as the copy takes, which nothing bounds: set precopy to true, or take "
                    + "maxFence out.")
        }
    }
}
