import JobContract
import MigrationSpec
import YAMLTree

/// Alerts for Prometheus. They read what kube-state-metrics reports about the Job (its page job-metrics.md), and what
/// the Job pushes.
struct AlertRules {
    let migration: Migration
    /// The Job's name, hash included.
    let job: String

    private var labels: String {
        "{namespace=\(PromQLString(migration.namespace)),job_name=\(PromQLString(job))}"
    }

    var rules: YAMLValue {
        let failed = "{namespace=\(PromQLString(migration.namespace)),job_name=\(PromQLString(job)),condition=\"true\"}"
        let deadline = migration.jobDeadlineSeconds
        let ofJob: [YAMLValue] = [
            rule(
                "RehomeJobFailed", "max(kube_job_failed\(failed)) > 0", lasting: "0m", severity: "critical",
                summary: "The Job \(job) has failed for good",
                action:
                    "Its last log lines say why, and whether the fence was lifted. tools/status.yaml says what state things are in."
            ),
            rule(
                "RehomePodFailed",
                "max(kube_job_status_failed\(labels)) > 0 and max(kube_job_status_active\(labels)) > 0", lasting: "1m",
                severity: "warning", summary: "A pod of the Job \(job) has failed, and another goes on",
                action: "Nothing need be done unless it repeats: the next pod takes up what is proven."),
            rule(
                "RehomeJobNearDeadline",
                "max(kube_job_status_active\(labels)) > 0 and (time() - max(kube_job_status_start_time\(labels))) > \(deadline * 4 / 5)",
                lasting: "1m", severity: "critical",
                summary: "The Job \(job) has used four fifths of its \(deadline / 60) minutes",
                action:
                    "Kubernetes ends it when they are over, and an end in the middle lifts the fence with nothing published: see "
                    + "tools/status.yaml."),
        ]
        return .sequence(ofJob + [fenceStands].compactMap(\.self))
    }

    /// The fence stands for longer than it may with nothing published; `nil` where no metric shows that, or where the
    /// fence is meant to stand for the whole copy.
    private var fenceStands: YAMLValue? {
        let copy = migration.copy
        let isPushed = copy.pod.env?.items?.contains { $0["name"]?.string == JobSetting.pushgateway.rawValue } ?? false
        guard isPushed, copy.fence, copy.precopy, migration.jobStage?.command == .migrate else { return nil }
        let limit = copy.maxFenceSeconds ?? JobSetting.maxFence.defaultValue.flatMap { Int($0) } ?? 0
        // Without a limit, the fence may stand for as long as it takes.
        guard limit > 0 else { return nil }
        let seconds = limit + Self.fenceMargin
        let place =
            "{namespace=\(PromQLString(migration.namespace)),instance=\(PromQLString(migration.instance))}"
        return rule(
            "RehomeFenceStands", "max(rehome_fenced\(place)) == 1", lasting: "\(seconds)s", severity: "critical",
            summary: "Writes at the source have been refused for more than \(seconds) s, with nothing published",
            action:
                "tools/status.yaml says what state things are in. The Job lifts the fence by itself unless it was killed or cannot "
                + "reach the source; where no Job runs any more, tools/release.yaml lifts it.")
    }

    /// Seconds by which a fence may exceed its limit: lifting it takes time, and Prometheus sees that only at its next
    /// scrape.
    private static let fenceMargin = 120

    private func rule(
        _ name: String, _ expression: String, lasting duration: String, severity: String, summary: String,
        action: String
    ) -> YAMLValue {
        [
            "alert": .string(name), "expr": .string(expression), "for": .string(duration),
            "labels": ["severity": .string(severity), "migration": .string(migration.name)],
            "annotations": ["summary": .string(summary), "description": .string(action)],
        ]
    }
}
