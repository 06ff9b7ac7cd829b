import MigrationSpec

/// A command of a runbook without the names of the instance: two runbooks have the same kinds.
struct RunbookKind: Hashable, CustomStringConvertible {
    let description: String

    init(_ command: RunbookCommands.Command, of migration: Migration) {
        var text = command.script
        let names = [
            (migration.deployment, "DEPLOYMENT"), (migration.name, "MIGRATION"),
            (migration.savedSecret ?? "\(migration.name)-source-credentials", "SAVED"),
            (migration.helm?.databaseName ?? "", "DATABASE"),
            // Often one and the same.
            (migration.namespace, "NAME"), (migration.instance, "NAME"), (migration.helm?.name ?? "", "NAME"),
        ]
        for (name, word) in names.sorted(by: { $0.0.utf8.count > $1.0.utf8.count }) where !name.isEmpty {
            text = Self.replacing(name, with: word, in: text)
        }
        // Which of the other phases' stages, and which files, are named is the config's affair.
        text = text.replacing(#/(MIGRATION-[2-5]-[a-z-]+\x20?)+$/#, with: "STAGES")
        text = text.replacing(#/-[0-9a-f]{10}\b/#, with: "-HASH").replacing(#/(-|=)[0-9]+\b/#, with: { "\($0.1)N" })
        text = text.replacing(#/\x20configmap/[a-z-]+\x20argocd/#, with: " argocd")
        description = text.replacing(#/(\x20-f "\$VALUES"/[a-z.-]+)+/#, with: " -f VALUES")
    }

    /// Where it stands as a word, or as a part that hyphens end.
    private static func replacing(_ name: String, with word: String, in text: String) -> String {
        var result = ""
        var rest = text[...]
        while let range = rest.firstRange(of: name) {
            let before = result.isEmpty && range.lowerBound == rest.startIndex ? nil : rest[..<range.lowerBound].last
            let isPart = [before, rest[range.upperBound...].first].contains {
                $0?.isLetter == true || $0?.isNumber == true
            }
            result += rest[..<range.lowerBound] + (isPart ? name : word)
            rest = rest[range.upperBound...]
        }
        return result + rest
    }
}

/// The commands that no test plays, each with the reason.
enum UnplayedCommand {
    static let reasons: [(beginning: String, reason: String)] = [
        ("rehome render", "the generator's own: SealingTests, CaseTests"),
        ("rehome fleet", "reads what tools/status-json.yaml writes: FleetTests"),
        ("rehome-job after", "names what tools/after.yaml does, which is played"),
        ("kustomize build overlay", "stands for whatever renders the team's overlay: CaseTests pipe one into rehome"),
        ("helm -n portal template", "renders the chart, which is not here"),
        ("until kubectl -n portal get statefulset", "waits for what the chart makes again"),
        ("helm upgrade --wait", "named as what is to be left away"),
    ]

    static func has(_ command: RunbookCommands.Command) -> Bool {
        reasons.contains { reason in
            command.script.hasPrefix(reason.beginning) || command.script.contains(" | \(reason.beginning)")
        }
    }
}
